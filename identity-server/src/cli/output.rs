//! What commands print: results to standard output, everything else to standard error.

use std::io::Write as _;

/// Prints a result. A closed pipe is no error of ours.
pub(crate) fn print(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Prints a message for the person at the terminal.
pub(crate) fn error(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
