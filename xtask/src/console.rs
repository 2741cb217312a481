//! What the commands say: stages with their elapsed time, notes, and errors, in colour on a terminal only.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A colour of the sixteen that every terminal theme defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Failures.
    Red,
    /// Successes.
    Green,
    /// Warnings and things that are missed.
    Yellow,
    /// A process' prefix.
    Blue,
    /// A process' prefix.
    Magenta,
    /// Stages.
    Cyan,
    /// Side remarks.
    Grey,
}

impl Colour {
    fn code(self) -> u8 {
        match self {
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
            Self::Blue => 34,
            Self::Magenta => 35,
            Self::Cyan => 36,
            Self::Grey => 90,
        }
    }
}

/// Colours a text when standard output is a terminal and `NO_COLOR` is unset.
pub fn paint(colour: Colour, text: &str) -> String {
    static COLOURED: OnceLock<bool> = OnceLock::new();
    if *COLOURED.get_or_init(|| io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none()) {
        format!("\u{1b}[{}m{text}\u{1b}[0m", colour.code())
    } else {
        text.to_owned()
    }
}

/// Writes one line to standard output. A closed pipe is not an error worth dying of.
pub fn line(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Writes one line to standard error.
pub fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{} {text}", paint(Colour::Red, "error:"));
}

/// Writes a warning.
pub fn warn(text: &str) {
    line(&format!("{} {text}", paint(Colour::Yellow, "!")));
}

/// The monotonic clock, for progress lines and benches only.
#[expect(clippy::disallowed_methods, reason = "elapsed time of a build step; no product behaviour depends on it")]
pub fn now() -> Instant {
    Instant::now()
}

/// A step that takes a while: says when it starts and how long it took.
#[derive(Debug)]
pub struct Stage {
    name: String,
    started: Instant,
}

impl Stage {
    /// Announces the step.
    pub fn start(name: impl Into<String>) -> Self {
        let name = name.into();
        line(&format!("{} {name}", paint(Colour::Cyan, "▸")));
        Self { name, started: now() }
    }

    /// How long it has run.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Says that the step is still under way.
    pub fn still(&self, remark: &str) {
        let text = format!("  … {} ({}) {remark}", self.name, duration(self.elapsed()));
        line(&paint(Colour::Grey, &text));
    }

    /// Says that the step has succeeded.
    pub fn done(self, remark: &str) {
        let time = paint(Colour::Grey, &format!("({})", duration(self.elapsed())));
        line(format!("{} {} {time} {remark}", paint(Colour::Green, "✓"), self.name).trim_end());
    }

    /// Says that the step has failed.
    pub fn failed(self, remark: &str) {
        let time = paint(Colour::Grey, &format!("({})", duration(self.elapsed())));
        line(&format!("{} {} {time} {remark}", paint(Colour::Red, "✗"), self.name));
    }
}

/// A duration as people say it: `0.4 s`, `12 s`, `3 min 05 s`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(12)), "12 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
