//! `backup` and `restore`: a copy of an SQLite database while servers run, and back.

use super::config_files::ConfigFiles;
use super::database::Confirmation;
use super::identities::feed::beside;
use super::output;
use anyhow::{Context as _, bail};
use nexus_identity::store::{Dsn, Store};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The arguments of `backup`.
#[derive(clap::Args)]
pub(crate) struct BackupArgs {
    /// The file to write; it must not exist
    file: PathBuf,
    #[command(flatten)]
    files: ConfigFiles,
}

/// The arguments of `restore`.
#[derive(clap::Args)]
pub(crate) struct RestoreArgs {
    /// A file that `backup` has written
    file: PathBuf,
    #[command(flatten)]
    files: ConfigFiles,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// The SQLite database of the configuration, and its file.
fn database(files: &ConfigFiles, otherwise: &str) -> anyhow::Result<(Dsn, PathBuf)> {
    let dsn = Dsn::parse(&files.dsn()?).map_err(|reason| anyhow::anyhow!("dsn: {reason}"))?;
    let file = dsn.file().with_context(|| format!("this is for SQLite files; for PostgreSQL run\n  {otherwise}"))?;
    Ok((dsn, file))
}

/// Writes the copy and checks it.
pub(crate) async fn back_up(args: BackupArgs) -> anyhow::Result<()> {
    let (dsn, source) = database(&args.files, "pg_dump --format=custom --file=backup.dump \"$DSN\"")?;
    if !source.exists() {
        bail!("{} does not exist", source.display());
    }
    if args.file.exists() {
        bail!("{} exists; choose another name", args.file.display());
    }
    Store::back_up(&dsn, &args.file).await.with_context(|| format!("writing {}", args.file.display()))?;
    private(&args.file)?;
    output::print(&format!("{} holds {} as it was when the copy began", args.file.display(), source.display()));
    output::error("what is encrypted in it opens only with the secrets of the configuration: keep those too, apart");
    Ok(())
}

/// Puts the copy in the place of the database; the database that was there stays beside it.
pub(crate) async fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    let command = "pg_restore --clean --if-exists --single-transaction --dbname=\"$DSN\" backup.dump";
    let (dsn, target) = database(&args.files, command)?;
    if !args.file.exists() {
        bail!("{} does not exist", args.file.display());
    }
    Store::check_copy(&args.file).await.with_context(|| format!("{} is no whole backup", args.file.display()))?;
    if target.exists() && Store::is_in_use(&dsn).await? {
        bail!("{} is in use; stop the server first", target.display());
    }
    let question = format!("{} takes the place of {}. Go on?", args.file.display(), target.display());
    args.confirmation.confirm(&question)?;
    let part = beside(&target, ".restoring");
    fs::copy(&args.file, &part).with_context(|| format!("writing {}", part.display()))?;
    private(&part)?;
    File::open(&part)?.sync_all()?;
    let kept = beside(&target, ".before-restore");
    if target.exists() {
        fs::rename(&target, &kept).with_context(|| format!("renaming {}", target.display()))?;
    }
    for ending in ["-wal", "-shm"] {
        // The log of the old database must not be read as one of the new.
        let (log, away) = (beside(&target, ending), beside(&kept, ending));
        if log.exists() {
            fs::rename(&log, &away).with_context(|| format!("renaming {}", log.display()))?;
        }
    }
    fs::rename(&part, &target).with_context(|| format!("renaming {}", part.display()))?;
    Store::migrate(&dsn).await.context("bringing the restored database up to date")?;
    output::print(&format!("{} is restored from {}", target.display(), args.file.display()));
    if kept.exists() {
        output::error(&format!("the database that was there is {}", kept.display()));
    }
    Ok(())
}

/// Only the owner may read it.
fn private(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(file, mode).with_context(|| format!("{}: its permissions", file.display()))
}
