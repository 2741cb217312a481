//! Amounts of memory: `128MB`, `19MiB`.

use serde::{Deserialize, Deserializer, de::Error};

const UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("KB", 1 << 10),
    ("MB", 1 << 20),
    ("GB", 1 << 30),
    ("TB", 1 << 40),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Parses an amount of memory into bytes; units count in powers of 1024, as in Kratos.
///
/// # Errors
/// A sentence that says what was expected.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let expected = || format!("`{text}` is no amount of memory; write e.g. `19MB` or `1GB`");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(expected)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| expected())?;
    let (_, factor) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(expected)?;
    number.checked_mul(*factor).ok_or_else(expected)
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn de<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn amounts_of_memory_are_understood_and_others_refused() {
        assert_eq!(parse("19MB"), Ok(19 * 1024 * 1024));
        assert_eq!(parse("1GB"), Ok(1 << 30));
        for wrong in ["", "19", "MB", "1.5GB", "1XB", "99999999999TB"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
