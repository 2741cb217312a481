//! The admin API, below `/api/admin` on this origin: the gateway lets administrators through and nobody else.

use crate::error::Error;
use crate::model::query::Query;
use crate::services::http;
use gloo_net::http::Request;
use serde_json::{Value, json};

const API: &str = "/api/admin";

/// A page of a list, or one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What was asked for.
    pub body: Value,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// Asks for a path below the admin API.
///
/// # Errors
/// When the caller is no administrator, the thing is not there, or the server cannot tell.
pub async fn get(path: &str) -> Result<Found, Error> {
    let answer = http::get(&format!("{API}{path}")).await?;
    let body = answer.ok()?;
    Ok(Found { body, next: answer.next_page })
}

/// Something that an administrator does to an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nobody can sign in as it any more, and its sessions count no longer.
    Disable,
    /// It can sign in again.
    Enable,
    /// All of its sessions end.
    EndSessions,
    /// It is gone, with all that belongs to it.
    Delete,
    /// A code and a page that let its owner in once.
    Recover,
}

/// Does it; the server's answer, null where it has none.
///
/// # Errors
/// As [`get`].
pub async fn act(act: Act, id: &str) -> Result<Value, Error> {
    let one = format!("{API}/identities/{id}");
    let state = |state: &str| json!([{"op": "replace", "path": "/state", "value": state}]);
    let answer = match act {
        Act::Disable => http::send(Request::patch(&one), Some(&state("inactive"))).await?,
        Act::Enable => http::send(Request::patch(&one), Some(&state("active"))).await?,
        Act::EndSessions => http::send(Request::delete(&format!("{one}/sessions")), None).await?,
        Act::Delete => http::send(Request::delete(&one), None).await?,
        Act::Recover => http::post(&format!("{API}/recovery/code"), &json!({ "identity_id": id })).await?,
    };
    match answer.status {
        200..300 => Ok(answer.json().unwrap_or_default()),
        // There was none to end.
        404 if act == Act::EndSessions => Ok(Value::Null),
        _ => Err(answer.error()),
    }
}

/// The path of a list: what is looked for, and where the page begins.
#[must_use]
pub fn list(path: &str, filter: (&str, Option<&str>), token: Option<&str>) -> String {
    let filter = (filter.0, filter.1.filter(|text| !text.trim().is_empty()));
    Query::default().with("page_size", Some("25")).with(filter.0, filter.1).with("page_token", token).on(path)
}
