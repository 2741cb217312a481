//! `cargo xtask test`: every test, on real parts, in stages.

mod count;
mod native;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use self::count::Count;
use self::native::Binary;
use crate::artefacts::{self, Artefacts, Profile, path_with};
use crate::commands::up::example_api;
use crate::console::{self, Colour, Stage, paint};
use crate::postgres::Cluster;
use crate::process::LogSink;
use crate::runner;
use crate::tools::chromium::Browser;
use crate::tools::python::Environment;
use crate::tools::{self, BuildTools, cargo_tools, chromium, debian, envoy, node};
use crate::workspace::Workspace;

/// Arguments of `test`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Run only this stage (may be given several times)
    #[arg(long, value_name = "STAGE")]
    only: Vec<Step>,
    /// Run only tests whose name contains this
    #[arg(value_name = "NAME")]
    filter: Option<String>,
}

/// A stage of the test run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Unit and contract tests of every native crate, on SQLite and PostgreSQL
    Native,
    /// Examples in the documentation
    Doc,
    /// The example API's own tests
    Api,
    /// The web app's own tests in headless Chromium
    Ui,
    /// The gateway and its filter in a real Envoy
    Envoy,
    /// Whole stories: real Envoy, browser, database and SDKs
    E2e,
}

impl Step {
    fn title(self) -> &'static str {
        match self {
            Self::Native => "unit and contract tests",
            Self::Doc => "documentation examples",
            Self::Api => "example API",
            Self::Ui => "web app in headless Chromium",
            Self::Envoy => "gateway and filter in Envoy",
            Self::E2e => "end to end: Envoy, browser, databases, SDKs",
        }
    }
}

/// What the stages run on. Each is there when a stage of this run needs it.
#[derive(Default)]
struct Parts {
    build_tools: Option<BuildTools>,
    wasm_pack: Option<PathBuf>,
    browser: Option<Browser>,
    envoy: Option<PathBuf>,
    django: Option<Environment>,
    ory_client: Option<PathBuf>,
}

/// Runs the stages and prints what they add up to.
///
/// # Errors
/// When a tool is missing, something does not compile, or a test fails.
pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::discover()?;
    let whole = Stage::start("testing everything that can be tested here");
    let steps = if args.only.is_empty() { Step::value_variants().to_vec() } else { args.only.clone() };
    let any = |wanted: &[Step]| steps.iter().any(|step| wanted.contains(step));
    tools::rust::ensure_targets(&workspace)?;
    // Downloads and tool builds go on beside the compilation of the workspace.
    let installer = thread::spawn({
        let (workspace, steps) = (workspace.clone(), steps.clone());
        move || install(&workspace, &steps)
    });
    let native = any(&[Step::Native, Step::Envoy, Step::E2e]);
    let binaries = if native { native::compile(&workspace) } else { Ok(Vec::new()) };
    let filter = if native { artefacts::filter(&workspace) } else { Ok(()) };
    let parts = installer.join().map_err(|_| anyhow!("installing the tools panicked"))??;
    let (binaries, ()) = (binaries?, filter?);

    if any(&[Step::E2e]) {
        let built = Artefacts::of(&workspace, Profile::Dev);
        native::check_programs(&[&built.identity, &built.gateway])?;
        artefacts::web_app(&workspace, parts.build_tools.as_ref().context("no build tools")?)?;
    }
    let quiet: LogSink = Arc::new(|_, _| {});
    let cluster = native.then(|| Cluster::start(&workspace, false, &quiet)).transpose()?;
    let run = Run { args, workspace, parts, binaries, cluster };

    let mut total = Count::default();
    for step in steps {
        let stage = Stage::start(step.title());
        let count = run.step(step, &stage).with_context(|| format!("stage `{}`", step.title()));
        let count = count.unwrap_or_else(|error| {
            console::error(&format!("{error:#}"));
            Count::broken()
        });
        total += count;
        if count.failed == 0 { stage.done(&count.to_string()) } else { stage.failed(&count.to_string()) }
    }
    whole.done("");
    console::line(&total.to_string());
    if total.failed > 0 {
        bail!("{} tests failed", total.failed);
    }
    Ok(())
}

/// Everything that the stages need and that is not compiled from this workspace.
fn install(workspace: &Workspace, steps: &[Step]) -> Result<Parts> {
    let any = |wanted: &[Step]| steps.iter().any(|step| wanted.contains(step));
    let mut parts = Parts::default();
    if any(&[Step::Ui, Step::E2e]) {
        parts.browser = Some(chromium::ensure(workspace)?);
    }
    if any(&[Step::Native, Step::Envoy, Step::E2e]) {
        tools::postgres::ensure(workspace)?;
        parts.envoy = Some(envoy::ensure(workspace)?);
    }
    if any(&[Step::Api, Step::E2e]) {
        parts.django = Some(example_api(workspace)?);
    }
    if any(&[Step::E2e]) {
        if node::find().path().is_none() && debian::can_install() {
            debian::install(workspace, "Node", &["nodejs", "npm"])?;
        }
        parts.ory_client = Some(node::ensure_ory_client(workspace)?);
    }
    if any(&[Step::Ui, Step::E2e]) {
        parts.build_tools = Some(tools::ensure_build_tools(workspace)?);
    }
    if any(&[Step::Ui]) {
        parts.wasm_pack = Some(cargo_tools::wasm_pack().ensure(workspace)?);
    }
    cargo_tools::remove_build_folder(workspace)?;
    Ok(parts)
}

struct Run<'a> {
    args: &'a Args,
    workspace: Workspace,
    parts: Parts,
    binaries: Vec<Binary>,
    cluster: Option<Cluster>,
}

impl Run<'_> {
    fn step(&self, step: Step, stage: &Stage) -> Result<Count> {
        match step {
            Step::Native => self.packages(stage, |folder| folder != "gateway" && folder != "tests"),
            Step::Envoy => self.packages(stage, |folder| folder == "gateway"),
            Step::E2e => self.packages(stage, |folder| folder == "tests"),
            Step::Doc => self.documentation(stage),
            Step::Api => self.example_api(stage),
            Step::Ui => self.web_app(stage),
        }
    }

    /// What tests may rely on: where the parts are. Tests that need them are `#[ignore]`d for a plain
    /// `cargo test`; here they all run.
    fn environment(&self, command: &mut Command) -> Result<()> {
        let parts = &self.parts;
        let filter = Artefacts::of(&self.workspace, Profile::Dev).filter;
        let postgres = self.cluster.as_ref().map(|cluster| PathBuf::from(cluster.url()));
        let variables = [
            ("NEXUS_TEST_POSTGRES", postgres.as_ref()),
            ("NEXUS_ENVOY", parts.envoy.as_ref()),
            ("NEXUS_FILTER", Some(&filter)),
            ("NEXUS_CHROMIUM", parts.browser.as_ref().map(|browser| &browser.chromium)),
            ("NEXUS_CHROMEDRIVER", parts.browser.as_ref().map(|browser| &browser.driver)),
            ("NEXUS_ORY_CLIENT", parts.ory_client.as_ref()),
        ];
        for (name, value) in variables {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        let wasm_bindgen = parts.build_tools.as_ref().map(|tools| &tools.wasm_bindgen);
        command.env("PATH", path_with(&[wasm_bindgen])?);
        Ok(())
    }

    fn packages(&self, stage: &Stage, wanted: impl Fn(&str) -> bool) -> Result<Count> {
        let mut count = Count::default();
        for binary in self.binaries.iter().filter(|binary| wanted(binary.folder())) {
            let mut command = binary.command();
            command.arg("--include-ignored");
            if binary.folder() == "tests" {
                // Each story has a stack and some a browser of its own: more at once only wait for each other.
                command.arg("--test-threads=2");
            }
            command.args(&self.args.filter);
            self.environment(&mut command)?;
            count += counted(&mut command, stage, &binary.name())?;
        }
        Ok(count)
    }

    fn documentation(&self, stage: &Stage) -> Result<Count> {
        let mut command = artefacts::cargo(&self.workspace);
        command.args(["test", "--doc"]).args(native::SELECTION).args(&self.args.filter);
        self.environment(&mut command)?;
        counted(&mut command, stage, "documentation")
    }

    fn example_api(&self, stage: &Stage) -> Result<Count> {
        let mut command = Command::new(self.parts.django.as_ref().context("no Django")?.program("python"));
        command
            .args(["-W", "error::DeprecationWarning", "manage.py", "test", "--verbosity", "2"])
            .current_dir(self.workspace.existing("examples/django-api")?)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        counted(&mut command, stage, "examples/django-api")
    }

    fn web_app(&self, stage: &Stage) -> Result<Count> {
        let mut command = Command::new(self.parts.wasm_pack.as_ref().context("no wasm-pack")?);
        command
            .args(["test", "--mode", "no-install", "--headless", "--chrome", "--chromedriver"])
            .arg(&self.parts.browser.as_ref().context("no browser")?.driver)
            .arg("ui-yew")
            .current_dir(&self.workspace.root)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        self.environment(&mut command)?;
        counted(&mut command, stage, "ui-yew")
    }
}

/// Runs one test program, shows its output, and counts. A program that fails without saying which test did
/// counts as one failure.
fn counted(command: &mut Command, stage: &Stage, name: &str) -> Result<Count> {
    console::line(&paint(Colour::Grey, &format!("  {name}")));
    let mut counter = count::Counter::default();
    let finished = runner::watch(command, stage, |line| {
        counter.line(line);
        console::line(&format!("    {line}"));
    })?;
    let mut count = counter.count();
    if !finished.status.success() && count.failed == 0 {
        console::error(&format!("{name} ended with {}", finished.status));
        count.failed = 1;
    }
    Ok(count)
}
