//! `doctor`.

use super::config_files::ConfigFiles;
use super::output;
use anyhow::bail;
use nexus_identity::doctor::{State, examine};

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: ConfigFiles,
    /// As for a server in development mode
    #[arg(long)]
    dev: bool,
}

/// Looks at everything that a server needs; changes nothing.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let loaded = args.files.load(args.dev)?;
    let findings = examine(&loaded.config).await;
    for finding in &findings {
        let sign = match finding.state {
            State::Fine => "ok  ",
            State::Doubtful => "look",
            State::Broken => "FAIL",
        };
        output::print(&format!("{sign}  {}: {}", finding.what, finding.text.replace('\n', "\n      ")));
    }
    let broken = findings.iter().filter(|finding| finding.state == State::Broken).count();
    if broken > 0 {
        bail!("{broken} thing(s) must be mended before a server can run");
    }
    Ok(())
}
