//! Durations in Go's notation: `1h30m`, `90s`, `500ms`, `1.5h`.

use serde::{Deserialize, Deserializer, de::Error};
use std::time::Duration;

const UNITS: &[(&str, f64)] =
    &[("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// Parses a duration of zero or more in Go's notation.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is no duration; write e.g. `90s`, `15m` or `1h30m`");
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(expected());
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(expected)?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(expected)?;
        let part = match number.parse::<u64>() {
            // Whole numbers are exact whatever their size.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the table's units are whole")]
            Ok(whole) => whole.checked_mul(*nanos as u64).map(Duration::from_nanos),
            Err(_) => Duration::try_from_secs_f64(number.parse::<f64>().map_err(|_| expected())? * nanos / 1e9).ok(),
        };
        total = part.and_then(|part| total.checked_add(part)).ok_or_else(|| format!("`{text}` is too long"))?;
        rest = next;
    }
    Ok(total)
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn de<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// For `#[serde(deserialize_with)]` of what may be missing.
pub(super) fn de_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse(&text).map_err(D::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn go_durations_are_understood_and_others_refused() {
        assert_eq!(parse("1h30m").expect("a duration"), Duration::from_secs(5400));
        assert_eq!(parse("1.5h").expect("a duration"), Duration::from_secs(5400));
        assert_eq!(parse("250ms").expect("a duration"), Duration::from_millis(250));
        assert_eq!(parse("0s").expect("a duration"), Duration::ZERO);
        for wrong in ["", "10", "1d", "h", "-1s", "1h 30m", "1.2.3s", "99999999999999999999h"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
