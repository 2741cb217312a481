//! Where things are: the checkout, its build folder, and the user's cache of tools.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folders that every command works with.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The root of the checkout.
    pub root: PathBuf,
    /// Cargo's build folder.
    pub target: PathBuf,
    /// The user's tool cache, shared by all checkouts: `$XDG_CACHE_HOME/nexus-auth` or `~/.cache/nexus-auth`.
    pub cache: PathBuf,
}

impl Workspace {
    /// Finds the checkout from the package that cargo runs, or else from the current folder upwards.
    ///
    /// # Errors
    /// When no folder above holds the workspace, or neither `XDG_CACHE_HOME` nor `HOME` is set.
    pub fn discover() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(dir) => PathBuf::from(dir),
            None => env::current_dir().context("the current folder cannot be read")?,
        };
        let root = start
            .ancestors()
            .find(|dir| dir.join("xtask/Cargo.toml").is_file() && dir.join("Cargo.lock").is_file())
            .with_context(|| format!("{} is not inside the Nexus Auth checkout", start.display()))?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        };
        Ok(Self { target, cache: cache_folder()?, root })
    }

    /// The version of a package in `Cargo.lock`.
    ///
    /// # Errors
    /// When the lock file cannot be read or does not list the package.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        locked_version(&lock, package)
            .with_context(|| format!("{} does not list the package {package}", path.display()))
    }

    /// A file of the checkout; an error that names it when it is not there.
    ///
    /// # Errors
    /// When the file does not exist.
    pub fn existing(&self, relative: impl AsRef<Path>) -> Result<PathBuf> {
        let path = self.root.join(relative);
        if !path.exists() {
            bail!("{} is missing from the checkout", path.display());
        }
        Ok(path)
    }
}

fn cache_folder() -> Result<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|base| base.join("nexus-auth"))
        .context("neither XDG_CACHE_HOME nor HOME names a folder for the tool cache; set one of them")
}

/// Looks a package up in the text of a lock file; the first one when several versions are locked.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let wanted = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| line.trim() == wanted)?;
    lines.next()?.trim().strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn a_locked_version_is_found_by_the_exact_package_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
