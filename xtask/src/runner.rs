//! Running a tool to its end: quietly, with a sign of life, and with its last words when it fails.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::console::{self, Stage};

/// How often a long step says that it is still under way.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its last lines of output, standard output and error mixed.
    pub tail: Vec<String>,
}

/// Runs a command, hands each line of its output on, and says every twenty seconds that it still runs.
///
/// # Errors
/// When the command cannot be started or waited for; its exit status is not judged.
pub fn watch(command: &mut Command, stage: &Stage, mut each_line: impl FnMut(&str)) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{program}`"))?;
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take().context("no standard output")?;
    let stderr = child.stderr.take().context("no standard error")?;
    let readers = [reader(stdout, sender.clone()), reader(stderr, sender)];
    let mut tail = VecDeque::with_capacity(TAIL);
    loop {
        match lines.recv_timeout(SIGN_OF_LIFE) {
            Ok(line) => {
                each_line(&line);
                if tail.len() == TAIL {
                    tail.pop_front();
                }
                tail.push_back(line);
            }
            Err(RecvTimeoutError::Timeout) => {
                stage.still(tail.back().map_or("", |line| line.trim()));
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    for reader in readers {
        let _ = reader.join();
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{program}`"))?;
    Ok(Finished { status, tail: tail.into() })
}

const TAIL: usize = 60;

fn reader(stream: impl std::io::Read + Send + 'static, sender: mpsc::Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            if sender.send(text).is_err() {
                break;
            }
        }
    })
}

/// Runs a build step: silent but for signs of life, everything in a log file, the last lines shown on failure.
///
/// # Errors
/// When the command cannot be started or exits with a failure; the text names the log file.
pub fn run(command: &mut Command, stage: &Stage, log: &Path) -> Result<()> {
    let finished = attempt(command, stage, log)?;
    if finished.status.success() {
        return Ok(());
    }
    for line in &finished.tail {
        console::line(&format!("    {line}"));
    }
    bail!("`{}` failed ({}); the whole output is in {}", describe(command), finished.status, log.display())
}

/// The same, with the judgement left to the caller.
///
/// # Errors
/// When the command cannot be started or the log file cannot be written.
pub fn attempt(command: &mut Command, stage: &Stage, log: &Path) -> Result<Finished> {
    if let Some(parent) = log.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut shown = console::now();
    watch(command, stage, |line| {
        let _ = writeln!(file, "{line}");
        if shown.elapsed() > SIGN_OF_LIFE {
            shown = console::now();
            stage.still(line.trim());
        }
    })
}

/// Runs a command that answers at once and returns its standard output, or nothing when it cannot or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output().ok()?;
    output.status.success().then(|| {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        if text.trim().is_empty() {
            text = String::from_utf8_lossy(&output.stderr).into_owned();
        }
        text.trim().to_owned()
    })
}

/// A command as one would type it.
pub fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Looks a program up on `PATH`.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| is_executable(file))
}

/// Whether a path is a file that may be run.
pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::{answer, run, which};
    use crate::console::Stage;
    use std::process::Command;

    #[test]
    fn a_failed_step_names_the_command_and_the_log_that_has_its_output() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("logs/step.log");
        let error =
            run(Command::new("sh").args(["-c", "echo what went wrong >&2; exit 3"]), &Stage::start("a step"), &log)
                .expect_err("it fails")
                .to_string();
        assert!(error.contains("exit status: 3") && error.contains("step.log"), "{error}");
        assert_eq!(std::fs::read_to_string(log).expect("the log"), "what went wrong\n");
    }

    #[test]
    fn a_version_printed_on_standard_error_is_an_answer_too() {
        assert_eq!(answer(Command::new("sh").args(["-c", "echo 1.2 >&2"])).as_deref(), Some("1.2"));
        assert_eq!(answer(Command::new("sh").args(["-c", "echo 1.2; exit 1"])), None);
        assert_eq!(answer(&mut Command::new("no-such-program-here")), None);
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(which("sh").is_some());
        assert_eq!(which("no-such-program-here"), None);
    }
}
