//! `/sessions`.

use crate::error::Error;
use crate::model::session::Session;
use crate::model::wire::text;
use crate::services::http;
use gloo_net::http::Request;
use serde_json::Value;

/// Who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Whoami {
    /// This session, read and as it came.
    Session(Box<(Session, Value)>),
    /// Nobody.
    Nobody,
    /// Somebody who must prove more; the address leads there.
    NeedsMore(String),
}

/// Asks whose session this browser has.
///
/// # Errors
/// When the server cannot tell.
pub async fn whoami() -> Result<Whoami, Error> {
    let answer = http::get("/sessions/whoami").await?;
    match answer.status {
        401 => return Ok(Whoami::Nobody),
        403 => {
            let body = answer.json()?;
            let detail = body.pointer("/error/details").and_then(|details| text(details, "redirect_browser_to"));
            if let Some(address) = text(&body, "redirect_browser_to").or(detail) {
                return Ok(Whoami::NeedsMore(address));
            }
        }
        _ => {}
    }
    let body = answer.ok()?;
    let session = Session::read(&body).ok_or(Error::Unreadable { status: answer.status })?;
    Ok(Whoami::Session(Box::new((session, body))))
}

/// The other sessions of the same account, newest first.
///
/// # Errors
/// When nobody is signed in or the server cannot tell.
pub async fn others() -> Result<Vec<Session>, Error> {
    let body = http::get("/sessions?per_page=100").await?.ok()?;
    Ok(body.as_array().map(|items| items.iter().filter_map(Session::read).collect()).unwrap_or_default())
}

/// Ends another session, or all others.
///
/// # Errors
/// When nobody is signed in or the server refuses.
pub async fn end(id: Option<&str>) -> Result<(), Error> {
    let path = id.map_or_else(|| "/sessions".to_owned(), |id| format!("/sessions/{id}"));
    let answer = http::send(Request::delete(&path), None).await?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(answer.error()) }
}
