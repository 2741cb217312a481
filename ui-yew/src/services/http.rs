//! One request and its answer.

use gloo_net::http::{Request, Response};
use identity_api::ErrorEnvelope;
use serde::de::DeserializeOwned;
use web_sys::RequestCredentials;

use crate::Error;
use crate::logic::next::Answer;

/// Reads a resource.
///
/// # Errors
/// [`Error::Network`] when there is no answer.
pub async fn get(path: &str) -> Result<Answer, Error> {
    let request = Request::get(path).header("accept", "application/json").credentials(RequestCredentials::SameOrigin);
    answer(request.send().await).await
}

/// Sends JSON.
///
/// # Errors
/// [`Error::Network`] when there is no answer.
pub async fn post(path: &str, body: String) -> Result<Answer, Error> {
    let request = Request::post(path)
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .credentials(RequestCredentials::SameOrigin)
        .body(body)
        .map_err(|_| Error::Network)?;
    answer(request.send().await).await
}

async fn answer(response: Result<Response, gloo_net::Error>) -> Result<Answer, Error> {
    let response = response.map_err(|_| Error::Network)?;
    Ok(Answer {
        status: response.status(),
        retry_after: response.headers().get("retry-after").and_then(|text| text.trim().parse().ok()),
        body: response.text().await.map_err(|_| Error::Network)?,
    })
}

/// The body of a good answer; anything else as an error.
///
/// # Errors
/// What the server says, or [`Error::Unreadable`].
pub fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    if answer.status == 200 {
        return serde_json::from_str(&answer.body).map_err(|_| Error::Unreadable { status: answer.status });
    }
    Err(refusal(answer))
}

/// The error in an answer that is not good.
#[must_use]
pub fn refusal(answer: &Answer) -> Error {
    if matches!(answer.status, 429 | 503) {
        return Error::Busy { seconds: answer.retry_after, throttled: answer.status == 429 };
    }
    match serde_json::from_str::<ErrorEnvelope>(&answer.body) {
        Ok(ErrorEnvelope { mut error, .. }) => {
            error.code = answer.status;
            Error::Refused(Box::new(error))
        }
        Err(_) => Error::Unreadable { status: answer.status },
    }
}
