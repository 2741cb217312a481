//! Requests to this origin.

use crate::error::Error;
use crate::model::answer::{Answer, next_page};
use gloo_net::http::{Request, RequestBuilder, Response};
use gloo_timers::callback::Timeout;
use serde_json::Value;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::AbortController;

/// How long an answer is waited for, in milliseconds. Longer than the server's own deadlines for hashing and mail.
const PATIENCE: u32 = 30_000;

/// Fetches a path of this origin as JSON.
///
/// # Errors
/// [`Error::Network`] or [`Error::Timeout`] when there is no answer; every status is an answer.
pub async fn get(path: &str) -> Result<Answer, Error> {
    ask(Request::get(path), None).await
}

/// Posts JSON to a path of this origin.
///
/// # Errors
/// As [`get`].
pub async fn post(path: &str, body: &Value) -> Result<Answer, Error> {
    ask(Request::post(path), Some(body)).await
}

/// Sends a request with any method.
///
/// # Errors
/// As [`get`].
pub async fn send(request: RequestBuilder, body: Option<&Value>) -> Result<Answer, Error> {
    ask(request, body).await
}

async fn ask(request: RequestBuilder, body: Option<&Value>) -> Result<Answer, Error> {
    let abort = AbortController::new().map_err(|_| Error::Network)?;
    let timed_out = Rc::new(Cell::new(false));
    let timer = {
        let (abort, timed_out) = (abort.clone(), timed_out.clone());
        Timeout::new(PATIENCE, move || {
            timed_out.set(true);
            abort.abort();
        })
    };
    let no_answer = || {
        if timed_out.get() { Error::Timeout } else { Error::Network }
    };
    // The server decides by `Accept` whether it talks to an app or to a page.
    let request = request.header("Accept", "application/json").abort_signal(Some(&abort.signal()));
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
        None => request.build(),
    };
    let response = request.map_err(|_| Error::Network)?.send().await.map_err(|_| no_answer())?;
    let answer = Answer {
        status: response.status(),
        retry_after: retry_after(&response),
        next_page: response.headers().get("link").as_deref().and_then(next_page),
        redirected_to: response.redirected().then(|| response.url()),
        body: response.text().await.map_err(|_| no_answer())?,
    };
    drop(timer);
    Ok(answer)
}

fn retry_after(response: &Response) -> Option<u32> {
    response.headers().get("retry-after")?.trim().parse().ok()
}
