//! The language of the `search` parameter: words, and `name:value` for what is no text.

use crate::http::error::ApiError;
use crate::store::{Search, words_of};
use identity_api::{IdentityState, Timestamp};
use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Time, macros::format_description};

/// Reads a search: words that traits begin with, `state:active`, `verified:true`, `schema:ID`, and
/// `created:FROM..TO` where either side may be missing and each is a date or a moment (RFC 3339); a date as the end
/// is meant whole.
///
/// # Errors
/// 400 that names the part that cannot be read, and what was expected.
pub(super) fn parse(text: &str) -> Result<Search, ApiError> {
    let mut search = Search::default();
    for part in text.split_whitespace() {
        let expected = |what: &str| ApiError::bad_request(&format!("search: `{part}` cannot be read; write {what}."));
        match part.split_once(':') {
            Some(("state", value)) => {
                search.state = Some(match value {
                    "active" => IdentityState::Active,
                    "inactive" => IdentityState::Inactive,
                    _ => return Err(expected("state:active or state:inactive")),
                });
            }
            Some(("verified", value)) => {
                search.verified = Some(value.parse().map_err(|_| expected("verified:true or verified:false"))?);
            }
            Some(("schema", value)) if !value.is_empty() => search.schema_id = Some(value.into()),
            Some(("created", value)) => {
                let what = "created:2024-01-31, created:2024-01-01..2024-06-30 or one side only, with dates or \
                            moments such as 2024-01-31T12:00:00Z";
                let (from, to) = value.split_once("..").unwrap_or((value, value));
                if from.is_empty() && to.is_empty() {
                    return Err(expected(what));
                }
                search.created_from = side(from, false).map_err(|()| expected(what))?;
                search.created_before = side(to, true).map_err(|()| expected(what))?;
            }
            _ => search.words.extend(words_of(part)),
        }
    }
    Ok(search)
}

/// One side of a range; the end of a date is the beginning of the next one, and a moment is meant with itself.
fn side(text: &str, end: bool) -> Result<Option<Timestamp>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        let date = if end { date.next_day().ok_or(())? } else { date };
        return Ok(Some(date.with_time(Time::MIDNIGHT).assume_utc()));
    }
    let moment = Timestamp::parse(text, &Rfc3339).map_err(drop)?;
    Ok(Some(if end { moment + Duration::microseconds(1) } else { moment }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn words_and_conditions_are_told_apart_and_a_date_is_meant_whole() {
        let search = parse("Ada  state:inactive created:2024-01-01..2024-01-31 verified:true").expect("a search");
        assert_eq!(search.words, ["ada"]);
        assert_eq!(search.state, Some(IdentityState::Inactive));
        assert_eq!(search.verified, Some(true));
        assert_eq!(search.created_from, Some(datetime!(2024-01-01 0:00 UTC)));
        assert_eq!(search.created_before, Some(datetime!(2024-02-01 0:00 UTC)));
        assert_eq!(parse("created:..2024-01-31").expect("a search").created_from, None);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["state:asleep", "verified:perhaps", "created:..", "created:yesterday"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
