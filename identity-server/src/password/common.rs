//! Passwords that everybody tries first.
//!
//! `common.txt` is made of the password list of zxcvbn (MIT, © 2012–2016 Dan Wheeler and Dropbox, Inc.): everything
//! of six or more characters among the first 3000, and everything of eight or more in the rest. In lower case, sorted
//! by bytes.

static COMMON: &str = include_str!("common.txt");

/// Whether a password is on the list, whatever its capitals (requirement 6).
pub(super) fn is_common(password: &str) -> bool {
    let wanted = password.to_lowercase();
    if wanted.contains('\n') || wanted.is_empty() {
        return false;
    }
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = COMMON[..middle].rfind('\n').map_or(0, |at| at + 1);
        let end = COMMON[start..].find('\n').map_or(COMMON.len(), |at| start + at);
        match COMMON[start..end].cmp(wanted.as_str()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_between() {
        for line in COMMON.lines() {
            assert!(is_common(line), "{line}");
            assert!(!is_common(&format!("{line}\u{1}")), "{line}");
        }
        assert!(is_common("PassWord"));
        for absent in ["", "\n", "password\n", "a", "zzzzzzzzzzzzz", "correct horse", "!"] {
            assert!(!is_common(absent), "{absent:?}");
        }
    }
}
