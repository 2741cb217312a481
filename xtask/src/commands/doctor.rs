//! `cargo xtask doctor`: what is there, what is missing, how to get it.

use anyhow::{Result, bail};

use crate::console::{self, Colour};
use crate::tools::{self, Found, Need, Report, cargo_tools, chromium, envoy, node, postgres, python};
use crate::workspace::Workspace;

/// Arguments of `doctor`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Install what is missing, for `up` and for `test`, before reporting
    #[arg(long)]
    install: bool,
}

/// Reports every tool. Fails when one that is needed is missing, so that scripts can ask.
///
/// # Errors
/// Names how many needed tools are missing.
pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::discover()?;
    if args.install {
        install(&workspace)?;
    }
    console::line(&format!("tool cache: {}", workspace.cache.display()));
    let reports = tools::survey(&workspace)?;
    for report in &reports {
        console::line(&describe(report));
    }
    let missing = reports.iter().filter(|report| lacking(report)).count();
    if missing == 0 {
        console::line("everything that `up` and `test` need is here");
        return Ok(());
    }
    bail!(
        "{missing} needed tools are missing; `cargo xtask up` and `test` install what they can by themselves, \
         `cargo xtask doctor --install` does so now"
    )
}

fn install(workspace: &Workspace) -> Result<()> {
    tools::ensure_build_tools(workspace)?;
    cargo_tools::wasm_pack().ensure(workspace)?;
    cargo_tools::remove_build_folder(workspace)?;
    python::ensure(workspace)?;
    envoy::ensure(workspace)?;
    chromium::ensure(workspace)?;
    postgres::ensure(workspace)?;
    if node::find().path().is_some() {
        node::ensure_ory_client(workspace)?;
    }
    Ok(())
}

fn lacking(report: &Report) -> bool {
    report.found.path().is_none() && !matches!(report.need, Need::Optional(_))
}

fn describe(report: &Report) -> String {
    let (mark, colour) = match (&report.found, report.need) {
        (Found::Suitable { .. }, _) => ("✓", Colour::Green),
        (_, Need::Optional(_)) => ("–", Colour::Yellow),
        _ => ("✗", Colour::Red),
    };
    let head = format!("{} {:<29}", console::paint(colour, mark), report.tool);
    let state = match &report.found {
        Found::Suitable { version, path } => {
            return format!("{head}{version:<16} {}", path.display());
        }
        Found::Unsuitable(what) => format!("found {what}, wanted {}", report.wanted),
        Found::Missing => format!("missing, wanted {}", report.wanted),
    };
    let loss = match report.need {
        Need::Up => "needed by `up` and `test`",
        Need::Test => "needed by `test`",
        Need::Optional(loss) => loss,
    };
    format!("{head}{state}\n    {loss}\n    get it: {}", report.remedy)
}

#[cfg(test)]
mod tests {
    use super::{describe, lacking};
    use crate::tools::{Found, Need, Report};

    fn report(need: Need, found: Found) -> Report {
        Report { tool: "envoy".into(), wanted: "1.36 or newer".into(), need, found, remedy: "pip install it".into() }
    }

    #[test]
    fn a_missing_tool_is_reported_with_what_needs_it_and_how_to_get_it() {
        let missing = report(Need::Up, Found::Missing);
        let text = describe(&missing);
        for part in ["envoy", "missing", "1.36 or newer", "needed by `up` and `test`", "get it: pip install it"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(lacking(&missing));
    }

    #[test]
    fn an_optional_tool_is_not_counted_but_says_what_is_missed() {
        let optional = report(Need::Optional("the bundle is larger"), Found::Unsuitable("3 at /bin/x".into()));
        assert!(!lacking(&optional));
        let text = describe(&optional);
        assert!(text.contains("found 3 at /bin/x") && text.contains("the bundle is larger"), "{text}");
    }
}
