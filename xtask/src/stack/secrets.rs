//! Secrets of an installation: drawn at the first start, kept in a file that only its owner reads.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Writes `secrets.yml` into the data folder unless it is there, and returns its path. The identity server draws
/// the secrets: it knows which it needs.
///
/// # Errors
/// When `nexus-identity keys generate` fails or the file cannot be written.
pub fn ensure(identity: &Path, data: &Path) -> Result<PathBuf> {
    let path = data.join("secrets.yml");
    // `create_new` decides and creates in one step: two first starts never share half a file each.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let written = draw(identity).and_then(|text| {
                file.write_all(&text).and_then(|()| file.sync_all()).context("the disk does not take it")
            });
            if let Err(error) = written {
                let _ = fs::remove_file(&path);
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
    Ok(path)
}

fn draw(identity: &Path) -> Result<Vec<u8>> {
    let mut command = Command::new(identity);
    let output = command
        .args(["keys", "generate"])
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", identity.display()))?;
    if !output.status.success() {
        bail!("no secrets were drawn: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::ensure;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// A program that answers as the identity server does, another secret each time.
    fn program(folder: &std::path::Path, script: &str) -> std::path::PathBuf {
        let path = folder.join("nexus-identity");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a program");
        path
    }

    #[test]
    fn secrets_are_drawn_once_and_are_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = program(folder.path(), "echo secrets: $$");
        let path = ensure(&identity, folder.path()).expect("secrets");
        let text = fs::read_to_string(&path).expect("the file");
        assert!(text.starts_with("secrets: "), "{text}");
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        ensure(&identity, folder.path()).expect("the second start");
        assert_eq!(fs::read_to_string(&path).expect("the file"), text, "a second start keeps them");
    }

    #[test]
    fn a_failed_draw_leaves_no_file_that_a_later_start_would_take() {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = program(folder.path(), "echo no randomness >&2; exit 1");
        let error = format!("{:#}", ensure(&identity, folder.path()).expect_err("it fails"));
        assert!(error.contains("no randomness"), "{error}");
        assert!(!folder.path().join("secrets.yml").exists());
    }
}
