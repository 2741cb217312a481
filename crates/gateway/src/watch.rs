//! Noticing that files have changed, also where they are swapped by links as config maps do.

use std::{path::PathBuf, time::Duration};

/// From look to look.
const PAUSE: Duration = Duration::from_millis(300);

/// What is known of a file without reading it.
type Look = Option<(std::time::SystemTime, u64, Option<PathBuf>)>;

/// A set of files to look at.
pub(crate) struct Watch {
    files: Vec<(PathBuf, Look)>,
}

impl Watch {
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        Self { files: files.into_iter().map(|file| (file.clone(), look(&file))).collect() }
    }

    /// Waits until any of the files looks different than before.
    pub(crate) async fn changed(&mut self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let mut any = false;
            for (file, before) in &mut self.files {
                let now = look(file);
                any |= now != *before;
                *before = now;
            }
            if any {
                return;
            }
        }
    }
}

fn look(file: &PathBuf) -> Look {
    let data = std::fs::metadata(file).ok()?;
    Some((data.modified().ok()?, data.len(), std::fs::canonicalize(file).ok()))
}
