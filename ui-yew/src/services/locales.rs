//! The catalogues, static files beside the app.

use crate::error::Error;
use crate::i18n::Catalogue;
use crate::services::http;

/// A language's catalogue.
///
/// # Errors
/// When it cannot be fetched or read; the app goes on in English.
pub async fn get(base: &str, lang: &str) -> Result<Catalogue, Error> {
    let answer = http::get(&format!("{base}/locales/{lang}.json")).await?;
    Catalogue::read(answer.ok()?).ok_or(Error::Unreadable { status: answer.status })
}
