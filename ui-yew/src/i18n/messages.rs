//! Server messages that English readers deserve a better wording for.
//!
//! The server's sentences of schema faults are technical and do not name the field; these do.

/// The label that the server makes from a trait's title.
pub const GENERATED_LABEL: u32 = 1_070_002;

/// An English template for a message id; `None` leaves the server's own sentence.
#[must_use]
pub fn english(id: u32) -> Option<&'static str> {
    Some(match id {
        4_000_002 => "Enter a value for “{label}”.",
        4_000_003 => "“{label}” must have at least {min_length} characters.",
        4_000_004 => "“{label}” does not have the expected form.",
        4_000_017 => "“{label}” must have at most {max_length} characters.",
        4_000_018 => "“{label}” must be {minimum} or more.",
        4_000_019 => "“{label}” must be more than {minimum}.",
        4_000_020 => "“{label}” must be {maximum} or less.",
        4_000_021 => "“{label}” must be less than {maximum}.",
        4_000_029 => "“{label}” must be accepted.",
        4_000_040 => "Enter an email address, like name@example.com.",
        4_000_041 => "Enter a phone number with its country code, like +49 176 12345678.",
        _ => return None,
    })
}

/// What usual traits are called, where only their names are known.
#[must_use]
pub fn english_label(name: &str) -> Option<&'static str> {
    Some(match name {
        "email" => "E-mail",
        "phone" => "Phone",
        "username" => "Username",
        "name.first" | "first_name" => "First name",
        "name.last" | "last_name" => "Last name",
        _ => return None,
    })
}
