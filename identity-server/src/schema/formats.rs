//! The formats that decide who gets mail: e-mail addresses and phone numbers.

/// The longest address that RFC 5321 §4.5.3.1.3 can carry.
const MAX_ADDRESS: usize = 254;
const MAX_LOCAL_PART: usize = 64;
const MAX_LABEL: usize = 63;

/// Whether `text` is an address as Kratos accepts it: a dot-atom of RFC 5322 §3.2.3 (other alphabets allowed, as in
/// RFC 6531), `@`, an ASCII host name. Quoted local parts, display names, comments and blanks are refused: an address
/// is written into mail headers.
pub fn is_email(text: &str) -> bool {
    if text.len() > MAX_ADDRESS {
        return false;
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    local.len() <= MAX_LOCAL_PART
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
        && is_host_name(domain)
}

fn is_atom_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
    } else {
        c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
    }
}

fn is_host_name(text: &str) -> bool {
    text.split('.').all(|label| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// The number in E.164 (`+4917612345678`), if `text` is a valid international number. National numbers are refused:
/// without a country they may belong to several people.
pub(super) fn e164(text: &str) -> Option<String> {
    // Longer than any number with punctuation, and short enough to keep the parser out of trouble.
    const MAX_WRITTEN: usize = 64;
    let text = text.trim();
    if text.len() > MAX_WRITTEN || !text.starts_with('+') {
        return None;
    }
    let number = phonenumber::parse(None, text).ok()?;
    if !phonenumber::is_valid(&number) || number.extension().is_some() {
        return None;
    }
    Some(number.format().mode(phonenumber::Mode::E164).to_string())
}

/// Whether `text` is a valid international phone number.
pub(super) fn is_phone(text: &str) -> bool {
    e164(text).is_some()
}
