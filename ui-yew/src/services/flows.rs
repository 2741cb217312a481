//! `/self-service/{login,registration,recovery,verification,settings}`.

use crate::model::answer::{Outcome, Stage};
use crate::services::http;
use serde_json::Value;

/// Starts, fetches or submits a flow and says what the answer means.
pub async fn ask(stage: Stage, path: &str, body: Option<&Value>) -> Outcome {
    let answer = match body {
        Some(body) => http::post(path, body).await,
        None => http::get(path).await,
    };
    match answer {
        Ok(answer) => Outcome::of(stage, &answer),
        Err(error) => Outcome::Failed(error),
    }
}
