//! Secrets of an installation: drawn at the first start, kept in a file that only its owner reads.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Writes `secrets.yml` into the data folder unless it is there, and returns its path.
///
/// # Errors
/// When the system gives no randomness or the file cannot be written.
pub fn ensure(data: &Path) -> Result<PathBuf> {
    let path = data.join("secrets.yml");
    // `create_new` decides and creates in one step: two first starts never share half a file each.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let text = draw()?;
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            if let Err(error) = written {
                let _ = fs::remove_file(&path);
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write {}", path.display()));
        }
    }
    Ok(path)
}

fn draw() -> Result<String> {
    let mut text = String::from(
        "# Drawn at the first start. Without this file sessions and stored secrets of this installation are\n\
         # worthless, and with it they can be forged: keep it private and back it up with the database.\n\
         # To rotate one, put a new value before the old one.\nsecrets:\n",
    );
    for name in ["default", "cookie", "cipher", "pagination"] {
        text.push_str(&format!("  {name}:\n    - {}\n", secret()?));
    }
    Ok(text)
}

/// 32 letters and digits (190 bits): the length that the cipher key must have.
fn secret() -> Result<String> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut secret = String::with_capacity(32);
    while secret.len() < 32 {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gives no randomness: {error}"))?;
        // Values past the last whole multiple of 62 would make the first letters likelier.
        let fair = bytes.iter().filter(|byte| **byte < 248).filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        secret.extend(fair.map(|byte| char::from(*byte)).take(32 - secret.len()));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::ensure;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secrets_are_drawn_once_differ_everywhere_and_are_private() {
        let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let path = ensure(one.path()).expect("secrets");
        let text = fs::read_to_string(&path).expect("the file");
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        let mut secrets: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("    - ")).collect();
        assert!(secrets.iter().all(|secret| secret.len() == 32), "{text}");
        secrets.sort_unstable();
        secrets.dedup();
        assert_eq!(secrets.len(), 4);

        ensure(one.path()).expect("the second start");
        assert_eq!(fs::read_to_string(&path).expect("the file"), text, "a second start keeps them");
        let other = fs::read_to_string(ensure(two.path()).expect("secrets")).expect("the file");
        assert!(secrets.iter().all(|secret| !other.contains(secret)));
    }
}
