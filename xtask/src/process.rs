//! Long-running children: started so that they die with us, their output handed on line by line, and stopped
//! in good order.
//!
//! Three nets, each under the one before: an orderly stop (SIGTERM, then SIGKILL to the whole process group)
//! on drop; the parent-death signal for the case that we are killed ourselves; and process groups, so that a
//! grandchild that outlives its parent is caught as well.

use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::runner;

/// Receives what a child prints: its name and one line.
pub type LogSink = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// How to start a child.
#[derive(Clone, Debug)]
pub struct ServiceSpec {
    /// The name in log lines and errors.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Environment variables on top of ours.
    pub env: Vec<(String, String)>,
    /// The folder to start in.
    pub folder: PathBuf,
    /// How long it may take to stop before it is killed.
    pub grace: Duration,
    /// What asks it to stop.
    pub stop_signal: StopSignal,
}

/// The signal that asks a child to stop in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGTERM.
    Terminate,
    /// SIGINT.
    Interrupt,
}

impl StopSignal {
    fn signal(self) -> Signal {
        match self {
            Self::Terminate => Signal::TERM,
            Self::Interrupt => Signal::INT,
        }
    }
}

/// A running child. Dropping it stops it.
pub struct Service {
    name: &'static str,
    pid: Pid,
    grace: Duration,
    stop_signal: StopSignal,
    exit: Arc<Exit>,
}

#[derive(Default)]
struct Exit {
    status: Mutex<Option<ExitStatus>>,
    changed: Condvar,
}

impl Exit {
    fn get(&self) -> Option<ExitStatus> {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let guard = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(guard, limit, |status| status.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn set(&self, status: ExitStatus) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
        self.changed.notify_all();
    }
}

impl Service {
    /// Starts a child.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(spec: ServiceSpec, log: &LogSink) -> Result<Self> {
        let mut command = wrapped(&spec);
        command
            .envs(spec.env.iter().map(|(key, value)| (key, value)))
            .current_dir(&spec.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child =
            spawn(command).with_context(|| format!("{}: cannot start `{}`", spec.name, spec.program.display()))?;
        let pid = Pid::from_child(&child);
        for stream in [
            child.stdout.take().map(|out| Box::new(out) as Box<dyn io::Read + Send>),
            child.stderr.take().map(|err| Box::new(err) as Box<dyn io::Read + Send>),
        ]
        .into_iter()
        .flatten()
        {
            forward(spec.name, stream, Arc::clone(log));
        }
        let exit = Arc::new(Exit::default());
        let waiter = Arc::clone(&exit);
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                waiter.set(status);
            }
        });
        Ok(Self { name: spec.name, pid, grace: spec.grace, stop_signal: spec.stop_signal, exit })
    }

    /// The child's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The child's process id.
    pub fn id(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// How the child has ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.exit.get()
    }

    /// Fails when the child has ended.
    ///
    /// # Errors
    /// Names the child and its exit status.
    pub fn check_alive(&self) -> Result<()> {
        match self.ended() {
            None => Ok(()),
            Some(status) => bail!("{} has stopped ({status}); its last lines are above", self.name),
        }
    }

    /// Ends the child as a crash would, and waits until it is gone.
    pub fn kill(&self) {
        let _ = kill_process(self.pid, Signal::KILL);
        self.exit.wait(Duration::from_secs(10));
    }

    /// Asks the child to stop, and kills its whole process group if it does not within its time.
    pub fn stop(&self) {
        if self.ended().is_none() {
            let _ = kill_process(self.pid, self.stop_signal.signal());
            self.exit.wait(self.grace);
        }
        // Whatever is left of the group: the child itself when it hangs, or children that it forgot.
        let _ = kill_process_group(self.pid, Signal::KILL);
        self.exit.wait(Duration::from_secs(5));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).field("pid", &self.pid).finish_non_exhaustive()
    }
}

/// `setpriv` (util-linux) sets the parent-death signal before it becomes the program; the standard library has
/// no safe way to do so. Where it does not exist, the other two nets remain.
fn wrapped(spec: &ServiceSpec) -> Command {
    static SETPRIV: OnceLock<Option<PathBuf>> = OnceLock::new();
    let setpriv = SETPRIV.get_or_init(|| {
        let found = runner::which("setpriv")?;
        runner::answer(Command::new(&found).args(["--pdeathsig", "TERM", "true"])).map(|_| found)
    });
    match setpriv {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "TERM", "--"]).arg(&spec.program).args(&spec.args);
            command
        }
        None => {
            let mut command = Command::new(&spec.program);
            command.args(&spec.args);
            command
        }
    }
}

/// Starts a child from a thread that lives as long as the process: the parent-death signal is sent when the
/// *thread* that forked ends, and test threads end early.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, Sender<io::Result<Child>>);
    static SPAWNER: OnceLock<Mutex<Sender<Order>>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        Mutex::new(orders)
    });
    let (reply, child) = mpsc::channel();
    let gone = || io::Error::other("the thread that starts children is gone");
    spawner.lock().unwrap_or_else(PoisonError::into_inner).send((command, reply)).map_err(|_| gone())?;
    child.recv().map_err(|_| gone())?
}

fn forward(name: &'static str, stream: Box<dyn io::Read + Send>, log: LogSink) {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            log(name, String::from_utf8_lossy(&line).trim_end());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{LogSink, Service, ServiceSpec, StopSignal};
    use std::path::PathBuf;
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    fn shell(script: &str) -> ServiceSpec {
        ServiceSpec {
            name: "child",
            program: "sh".into(),
            args: vec!["-c".into(), script.into()],
            env: vec![("GREETING".into(), "hello".into())],
            folder: PathBuf::from("/"),
            grace: Duration::from_millis(300),
            stop_signal: StopSignal::Terminate,
        }
    }

    fn collect() -> (LogSink, mpsc::Receiver<String>) {
        let (sender, lines) = mpsc::channel();
        let sink: LogSink = Arc::new(move |name, line| {
            let _ = sender.send(format!("{name}: {line}"));
        });
        (sink, lines)
    }

    #[test]
    fn lines_of_both_streams_arrive_with_the_name_of_the_child() {
        let (sink, lines) = collect();
        let child = Service::start(shell("echo $GREETING; echo oops >&2; exec sleep 60"), &sink).expect("a child");
        let mut seen: Vec<_> = (0..2).map(|_| lines.recv_timeout(Duration::from_secs(10)).expect("a line")).collect();
        seen.sort();
        assert_eq!(seen, ["child: hello", "child: oops"]);
        child.check_alive().expect("alive");
    }

    #[test]
    fn a_child_that_ignores_the_request_is_killed_with_its_own_children() {
        let (sink, lines) = collect();
        let script = "trap '' TERM; sleep 600 & echo $!; while :; do sleep 600; done";
        let child = Service::start(shell(script), &sink).expect("a child");
        let line = lines.recv_timeout(Duration::from_secs(10)).expect("a line");
        let grandchild = line.trim_start_matches("child: ").to_owned();
        child.stop();
        assert!(child.ended().is_some());
        let gone = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            let stat = std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            // A zombie that nobody has reaped yet counts as gone.
            stat.is_empty() || stat.contains(") Z ")
        });
        assert!(gone, "the grandchild {grandchild} still runs");
    }

    #[test]
    fn a_child_that_has_ended_is_reported_with_its_status() {
        let (sink, _lines) = collect();
        let child = Service::start(shell("exit 7"), &sink).expect("a child");
        child.exit.wait(Duration::from_secs(10));
        let error = child.check_alive().expect_err("it has ended").to_string();
        assert!(error.contains("child has stopped (exit status: 7)"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_exist_ends_at_once() {
        let (sink, _lines) = collect();
        let mut spec = shell("");
        spec.program = "no-such-program-here".into();
        match Service::start(spec, &sink) {
            // Without `setpriv` the start itself fails.
            Err(error) => assert!(error.to_string().contains("no-such-program-here")),
            Ok(child) => assert!(child.exit.wait(Duration::from_secs(10)).is_some_and(|status| !status.success())),
        }
    }
}
