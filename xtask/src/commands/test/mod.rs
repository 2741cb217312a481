//! `cargo xtask test`: every test, on real parts, in stages.

mod count;
mod native;

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

/// What the stages run on.
struct Parts {
    build_tools: BuildTools,
    wasm_pack: std::path::PathBuf,
    browser: Browser,
    envoy: std::path::PathBuf,
    django: Environment,
    ory_client: Option<std::path::PathBuf>,
}

/// Runs the stages and prints what they add up to.
///
/// # Errors
/// When a tool is missing, something does not compile, or a test fails.
pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::discover()?;
    let whole = Stage::start("testing everything that can be tested here");
    tools::rust::ensure_targets(&workspace)?;
    // Downloads and tool builds go on beside the compilation of the workspace.
    let installer = thread::spawn({
        let workspace = workspace.clone();
        move || install(&workspace)
    });
    let binaries = native::compile(&workspace);
    let filter = artefacts::filter(&workspace);
    let parts = installer
        .join()
        .map_err(|_| anyhow!("installing the tools panicked"))??;
    let (binaries, ()) = (binaries?, filter?);

    let steps: Vec<Step> = if args.only.is_empty() {
        Step::value_variants().to_vec()
    } else {
        args.only.clone()
    };
    if steps.contains(&Step::E2e) {
        let built = Artefacts::of(&workspace, Profile::Dev);
        native::check_programs(&[&built.identity, &built.gateway, &built.ui_server])?;
        artefacts::web_app(&workspace, &parts.build_tools)?;
    }
    let quiet: LogSink = Arc::new(|_, _| {});
    let cluster = Cluster::start(&workspace, false, &quiet)?;
    let run = Run {
        args,
        workspace,
        parts,
        binaries,
        cluster,
    };

    let mut total = Count::default();
    for step in steps {
        let stage = Stage::start(step.title());
        let count = run
            .step(step, &stage)
            .with_context(|| format!("stage `{}`", step.title()));
        let count = count.unwrap_or_else(|error| {
            console::error(&format!("{error:#}"));
            Count::broken()
        });
        total += count;
        if count.failed == 0 {
            stage.done(&count.to_string())
        } else {
            stage.failed(&count.to_string())
        }
    }
    whole.done("");
    console::line(&total.to_string());
    if total.failed > 0 {
        bail!("{} tests failed", total.failed);
    }
    Ok(())
}

/// Everything that is not compiled from this workspace.
fn install(workspace: &Workspace) -> Result<Parts> {
    if node::find().path().is_none() && debian::can_install() {
        debian::install(workspace, "Node", &["nodejs", "npm"])?;
    }
    let browser = chromium::ensure(workspace)?;
    tools::postgres::ensure(workspace)?;
    let envoy = envoy::ensure(workspace)?;
    let django = example_api(workspace)?;
    let ory_client = match node::ensure_ory_client(workspace) {
        Ok(folder) => Some(folder),
        Err(error) => {
            console::warn(&format!("the JavaScript SDK is not tested: {error:#}"));
            None
        }
    };
    let build_tools = tools::ensure_build_tools(workspace)?;
    let wasm_pack = cargo_tools::wasm_pack().ensure(workspace)?;
    cargo_tools::remove_build_folder(workspace)?;
    Ok(Parts {
        build_tools,
        wasm_pack,
        browser,
        envoy,
        django,
        ory_client,
    })
}

struct Run<'a> {
    args: &'a Args,
    workspace: Workspace,
    parts: Parts,
    binaries: Vec<Binary>,
    cluster: Cluster,
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

    /// What tests may rely on: where the parts are. Without these, tests that need them are skipped by cargo
    /// (`#[ignore]`); here they all run.
    fn environment(&self, command: &mut Command) -> Result<()> {
        let artefacts = Artefacts::of(&self.workspace, Profile::Dev);
        command
            .env("NEXUS_TEST_POSTGRES", self.cluster.url())
            .env("NEXUS_ENVOY", &self.parts.envoy)
            .env("NEXUS_FILTER", &artefacts.filter)
            .env("NEXUS_CHROMIUM", &self.parts.browser.chromium)
            .env("NEXUS_CHROMEDRIVER", &self.parts.browser.driver)
            .env(
                "PATH",
                path_with(&[Some(&self.parts.build_tools.wasm_bindgen)])?,
            );
        if let Some(folder) = &self.parts.ory_client {
            command.env("NEXUS_ORY_CLIENT", folder);
        }
        Ok(())
    }

    fn packages(&self, stage: &Stage, wanted: impl Fn(&str) -> bool) -> Result<Count> {
        let mut count = Count::default();
        for binary in self
            .binaries
            .iter()
            .filter(|binary| wanted(binary.folder()))
        {
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
        command
            .args(["test", "--doc"])
            .args(native::SELECTION)
            .args(&self.args.filter);
        self.environment(&mut command)?;
        counted(&mut command, stage, "documentation")
    }

    fn example_api(&self, stage: &Stage) -> Result<Count> {
        let mut command = Command::new(self.parts.django.program("python"));
        command
            .args([
                "-W",
                "error::DeprecationWarning",
                "manage.py",
                "test",
                "--verbosity",
                "2",
            ])
            .current_dir(self.workspace.existing("examples/django-api")?)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        counted(&mut command, stage, "examples/django-api")
    }

    fn web_app(&self, stage: &Stage) -> Result<Count> {
        let mut command = Command::new(&self.parts.wasm_pack);
        command
            .args([
                "test",
                "--mode",
                "no-install",
                "--headless",
                "--chrome",
                "--chromedriver",
            ])
            .arg(&self.parts.browser.driver)
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
