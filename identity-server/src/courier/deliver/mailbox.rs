//! The mailbox of development: a folder of `.eml` files.

use super::smtp::build;
use super::{Failure, FailureKind};
use crate::config::Config;
use crate::store::StoredMessage;
use std::path::Path;

/// Writes whole files only: a reader never sees half a mail.
pub(super) async fn deliver(config: &Config, folder: &Path, stored: &StoredMessage) -> Result<(), Failure> {
    let mail = build(config, stored)?.formatted();
    let name = format!("{}.eml", stored.message.id);
    let outage = |error: std::io::Error| Failure::new(FailureKind::Outage, format!("nexus.mailbox_dir: {error}"));
    tokio::fs::create_dir_all(folder).await.map_err(outage)?;
    let unfinished = folder.join(format!(".{name}.part"));
    tokio::fs::write(&unfinished, mail).await.map_err(outage)?;
    tokio::fs::rename(&unfinished, folder.join(name)).await.map_err(outage)
}
