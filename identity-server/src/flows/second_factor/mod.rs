//! Second factors: how they are made, kept and checked, for settings, login and import alike.

pub mod lookup;
pub mod totp;
