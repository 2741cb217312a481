//! Counting tests from what test runners print.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Count {
    /// A stage that could not run at all.
    pub(super) fn broken() -> Self {
        Self { failed: 1, ..Self::default() }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Adds up the closing lines of Rust's test harness (also in the browser) and of Python's `unittest`.
#[derive(Debug, Default)]
pub(super) struct Counter {
    rust: Count,
    python_ran: u64,
    python: Count,
}

impl Counter {
    /// Looks at one line of output.
    pub(super) fn line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result:") {
            self.rust += Count {
                passed: number_before(rest, " passed"),
                failed: number_before(rest, " failed"),
                skipped: number_before(rest, " ignored"),
            };
        } else if let Some(rest) = line.strip_prefix("Ran ") {
            self.python_ran += rest.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
        } else if line.starts_with("FAILED (") || line.starts_with("OK (") {
            self.python.failed += number_after(line, "failures=") + number_after(line, "errors=");
            self.python.skipped += number_after(line, "skipped=");
        }
    }

    /// What the lines add up to.
    pub(super) fn count(&self) -> Count {
        let unsuccessful = self.python.failed + self.python.skipped;
        let mut count = self.rust;
        count += Count { passed: self.python_ran.saturating_sub(unsuccessful), ..self.python };
        count
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let Some((before, _)) = text.split_once(word) else {
        return 0;
    };
    before.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn number_after(text: &str, word: &str) -> u64 {
    let Some((_, after)) = text.split_once(word) else {
        return 0;
    };
    after.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Count, Counter};

    fn count(lines: &[&str]) -> Count {
        let mut counter = Counter::default();
        lines.iter().for_each(|line| counter.line(line));
        counter.count()
    }

    #[test]
    fn results_of_several_rust_harnesses_add_up() {
        let lines = [
            "running 3 tests",
            "test result: ok. 19 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.33s",
            "test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(count(&lines), Count { passed: 21, failed: 1, skipped: 4 });
    }

    #[test]
    fn python_says_what_failed_beside_what_ran() {
        assert_eq!(count(&["Ran 7 tests in 0.031s", "OK"]), Count { passed: 7, failed: 0, skipped: 0 });
        let lines = ["Ran 9 tests in 1.2s", "FAILED (failures=1, errors=2, skipped=1)"];
        assert_eq!(count(&lines), Count { passed: 5, failed: 3, skipped: 1 });
    }

    #[test]
    fn the_summary_is_one_plain_line() {
        let total = Count { passed: 12, failed: 0, skipped: 0 };
        assert_eq!(total.to_string(), "12 passed, 0 failed");
    }
}
