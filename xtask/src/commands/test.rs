//! x
/// x
#[derive(clap::Args, Debug)]
pub struct Args {}
/// x
pub fn run(_args: &Args) -> anyhow::Result<()> {
    Ok(())
}
