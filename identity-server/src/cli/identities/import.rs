//! `identities import`: many identities, in batches, with a note of how far it came.

use super::feed::{self, Entry};
use crate::cli::api::{AdminApi, Endpoint, reason_of};
use crate::cli::output;
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

/// The most that one request may hold.
const LARGEST_BATCH: usize = 1000;
/// The most of them that may have passwords in clear.
const LARGEST_CLEAR: usize = 200;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    endpoint: Endpoint,
    /// Files with identities; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    identities: Vec<PathBuf>,
    #[command(flatten)]
    batches: Batches,
}

/// How an import goes about it.
#[derive(clap::Args, Clone)]
pub(crate) struct Batches {
    /// How many identities one request makes
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch_size: u16,
    /// Begins anew even if an earlier import of the same file was interrupted
    #[arg(long)]
    restart: bool,
}

/// How far an import of a file came.
#[derive(Serialize, Deserialize)]
struct Note {
    /// SHA-256 of what is imported: another file begins anew.
    content: String,
    done: usize,
}

/// Imports the files.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let api = args.endpoint.connect()?;
    let mut failed = 0;
    for file in &args.identities {
        failed += send(&api, file, feed::read(file)?, &args.batches).await?;
    }
    if failed > 0 {
        bail!("{failed} identities were not imported");
    }
    Ok(())
}

/// Sends `entries`, which come from `file`; returns how many were refused. Those stand in `FILE.failed.jsonl`, to be
/// mended and imported by themselves. An import that is interrupted goes on where it was when it is started again.
///
/// # Errors
/// When the server is away or refuses a batch as a whole.
pub(crate) async fn send(api: &AdminApi, file: &Path, entries: Vec<Entry>, batches: &Batches) -> anyhow::Result<usize> {
    let keeps_notes = file != Path::new("-");
    let note_file = feed::beside(file, ".progress");
    let content = digest(&entries);
    let start = if keeps_notes && !batches.restart { earlier(&note_file, &content) } else { 0 };
    if start > 0 {
        output::error(&format!("going on after {start} identities that were imported before"));
    }
    let (total, mut failed, mut known) = (entries.len(), Vec::new(), 0);
    let mut done = start.min(total);
    let mut after_interruption = start > 0;
    while done < total {
        let batch = &entries[done..(done + size(&entries[done..], usize::from(batches.batch_size))).min(total)];
        let identities: Vec<Value> = batch.iter().map(|entry| json!({ "create": entry.body })).collect();
        let answer = api.patch("admin/identities", &json!({ "identities": identities })).await?;
        let results: Vec<Value> = if answer.status.is_success() {
            answer.body["identities"].as_array().cloned().unwrap_or_default()
        } else if batch.len() == 1 || answer.status == http::StatusCode::CONFLICT {
            // The error of the only entry, or the one that all of them have.
            single(api, batch).await?
        } else if answer.status == http::StatusCode::BAD_REQUEST {
            // One entry spoils its batch: find it by sending each alone.
            single(api, batch).await?
        } else {
            bail!("{}: the batch was refused: {} ({})", batch[0].place, answer.reason(), answer.status);
        };
        for (entry, result) in batch.iter().zip(&results) {
            if result["action"] != "error" {
                continue;
            }
            if after_interruption && result["error"]["code"] == 409 {
                known += 1;
                continue;
            }
            let reason = reason_of(&result["error"]);
            output::error(&format!("{}: {reason}", entry.place));
            failed.push(json!({ "create": entry.body, "place": entry.place, "reason": reason }));
        }
        after_interruption = false;
        done += batch.len();
        if keeps_notes {
            note(&note_file, &Note { content: content.clone(), done })?;
        }
        progress(done, total, failed.len());
    }
    if keeps_notes {
        drop(std::fs::remove_file(&note_file));
        keep_failed(&feed::beside(file, ".failed.jsonl"), &failed)?;
    }
    let made = total - start.min(total) - failed.len() - known;
    let mut told = format!("{}: {made} imported, {} refused", file.display(), failed.len());
    if start + known > 0 {
        told.push_str(&format!(", {} were there from before the interruption", start.min(total) + known));
    }
    output::print(&told);
    Ok(failed.len())
}

/// Each entry by itself; the results as a batch would have them.
async fn single(api: &AdminApi, batch: &[Entry]) -> anyhow::Result<Vec<Value>> {
    let mut results = Vec::with_capacity(batch.len());
    for entry in batch {
        let answer = api.post("admin/identities", &entry.body).await?;
        if answer.status.is_server_error() {
            bail!("{}: {} ({})", entry.place, answer.reason(), answer.status);
        }
        results.push(if answer.status.is_success() {
            json!({ "action": "create" })
        } else {
            json!({ "action": "error", "error": answer.body["error"] })
        });
    }
    Ok(results)
}

/// How many of the next entries one request may hold.
fn size(entries: &[Entry], wanted: usize) -> usize {
    let mut clear = 0;
    let is_clear = |entry: &Entry| entry.body.pointer("/credentials/password/config/password").is_some();
    let fits = |entry: &&Entry| {
        clear += usize::from(is_clear(entry));
        clear <= LARGEST_CLEAR
    };
    entries.iter().take(wanted.min(LARGEST_BATCH)).take_while(fits).count().max(1)
}

fn digest(entries: &[Entry]) -> String {
    let mut hash = Sha256::new();
    for entry in entries {
        hash.update(entry.body.to_string());
        hash.update([0]);
    }
    nexus_identity::crypto::hex(&hash.finalize())
}

fn earlier(file: &Path, content: &str) -> usize {
    let note: Option<Note> = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    note.filter(|note| note.content == content).map_or(0, |note| note.done)
}

/// Written beside and renamed, so that an interruption leaves a whole note.
fn note(file: &Path, note: &Note) -> anyhow::Result<()> {
    let part = feed::beside(file, ".part");
    let write = || std::fs::write(&part, serde_json::to_vec(note)?).and_then(|()| std::fs::rename(&part, file));
    write().with_context(|| format!("{} cannot be written, so the import could not be resumed", file.display()))
}

fn keep_failed(file: &Path, failed: &[Value]) -> anyhow::Result<()> {
    if failed.is_empty() {
        drop(std::fs::remove_file(file));
        return Ok(());
    }
    let lines: String = failed.iter().map(|entry| format!("{entry}\n")).collect();
    std::fs::write(file, lines).with_context(|| format!("{} cannot be written", file.display()))?;
    output::error(&format!("those that were refused stand in {} with the reasons", file.display()));
    Ok(())
}

/// A bar at a terminal; elsewhere a line for every tenth.
fn progress(done: usize, total: usize, failed: usize) {
    const WIDTH: usize = 30;
    let share = |of: usize| done * of / total.max(1);
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let bar = format!("{}{}", "#".repeat(share(WIDTH)), "-".repeat(WIDTH - share(WIDTH)));
        let end = if done == total { "\n" } else { "" };
        drop(write!(stderr, "\r[{bar}] {done} of {total}, {failed} refused{end}"));
        drop(stderr.flush());
    } else {
        output::error(&format!("{done} of {total}, {failed} refused"));
    }
}
