//! `nexus-ui`: serves the bundled web app.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(
    name = "nexus-ui",
    version,
    about = "Serves the Nexus Auth web app as static files"
)]
struct Args {
    /// The folder of the bundled web app (what Trunk writes to `dist`)
    #[arg(long, env = "NEXUS_UI_DIR")]
    dir: PathBuf,
    /// Where to listen
    #[arg(long, env = "NEXUS_UI_LISTEN", default_value = "127.0.0.1:4457")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
    let args = Args::parse();
    let router = ui_server::router(&args.dir)?;
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tracing::info!(address = %args.listen, folder = %args.dir.display(), "serving the web app");
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
        .context("the server has stopped")
}
