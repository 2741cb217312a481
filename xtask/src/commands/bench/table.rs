//! The figures against the budgets, as a table.

use std::fmt;
use std::time::Duration;

use super::load::Figures;

/// One line: what was measured, what came out, what was promised.
#[derive(Clone, Debug)]
struct Row {
    what: String,
    measured: String,
    budget: String,
    met: Option<bool>,
}

/// The lines in the order in which they were measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    /// A rate that must not be lower than the budget; without one it is for comparison only.
    pub(super) fn rate(&mut self, what: &str, figures: Figures, at_least: Option<f64>) {
        self.0.push(Row {
            what: what.to_owned(),
            measured: format!(
                "{:.0}/s, p50 {}, p99 {}",
                figures.per_second,
                milliseconds(figures.p50),
                milliseconds(figures.p99)
            ),
            budget: at_least.map(|rate| format!("≥ {rate:.0}/s")).unwrap_or_default(),
            met: at_least.map(|rate| figures.per_second >= rate),
        });
    }

    /// A number that must not be greater than the budget.
    pub(super) fn at_most(&mut self, what: &str, measured: f64, unit: &str, budget: f64) {
        self.0.push(Row {
            what: what.to_owned(),
            measured: format!("{measured:.1} {unit}"),
            budget: format!("≤ {budget} {unit}"),
            met: Some(measured <= budget),
        });
    }

    /// A number that must not be less than the budget.
    pub(super) fn at_least(&mut self, what: &str, measured: f64, budget: f64) {
        self.0.push(Row {
            what: what.to_owned(),
            measured: format!("{measured:.2}"),
            budget: format!("≥ {budget}"),
            met: Some(measured >= budget),
        });
    }

    /// A number for comparison.
    pub(super) fn note(&mut self, what: &str, measured: String) {
        self.0.push(Row { what: what.to_owned(), measured, budget: String::new(), met: None });
    }
}

/// A time in milliseconds with as many digits as matter.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Row) -> &String| self.0.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
        let (what, measured, budget) = (width(|row| &row.what), width(|row| &row.measured), width(|row| &row.budget));
        writeln!(f, "| {:what$} | {:measured$} | {:budget$} |   |", "what", "measured", "budget")?;
        writeln!(f, "|{:-<w1$}|{:-<w2$}|{:-<w3$}|---|", "", "", "", w1 = what + 2, w2 = measured + 2, w3 = budget + 2)?;
        for row in &self.0 {
            let verdict = match row.met {
                Some(true) => "✓",
                Some(false) => "✗",
                None => " ",
            };
            writeln!(f, "| {:what$} | {:measured$} | {:budget$} | {verdict} |", row.what, row.measured, row.budget)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::commands::bench::load::Figures;

    #[test]
    fn a_missed_budget_shows() {
        let mut table = Table::default();
        table.rate("whoami", Figures { per_second: 12_000.0, ..Figures::default() }, Some(10_000.0));
        table.at_most("idle memory", 31.0, "MB", 30.0);
        let text = table.to_string();
        let line = |what: &str| text.lines().find(|line| line.contains(what)).unwrap_or_default().to_owned();
        assert!(line("whoami").ends_with("✓ |") && line("idle memory").ends_with("✗ |"), "{text}");
        let widths: Vec<_> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }
}
