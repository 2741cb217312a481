//! `cargo xtask up` as a process: what it says when it cannot start, and that it leaves nothing behind.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use xtask::ports::Ports;
use xtask::workspace::Workspace;

#[test]
#[ignore = "uses the standard ports: cargo xtask test"]
fn a_taken_port_is_one_clear_line_and_a_failure() -> Result<()> {
    let workspace = Workspace::discover()?;
    // Whoever holds it, this test or somebody else, it is taken.
    let _held = TcpListener::bind(("127.0.0.1", Ports::STANDARD.decisions));
    let output = Command::new(workspace.target.join("debug/xtask"))
        .arg("up")
        .current_dir(&workspace.root)
        .stdin(Stdio::null())
        .output()
        .context("xtask cannot be started")?;
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(said.contains("is in use by") && said.contains("stop it and start again"), "{said}");
    Ok(())
}
