//! Self-service flows.

use serde_json::{Map, Value};

use super::http;
use crate::Error;
use crate::logic::flow::{Flow, Kind};
use crate::logic::next::{Answer, Asked, Next, after};
use crate::logic::url::{Query, path_of};

/// Starts a flow for a page with these parameters.
pub async fn start(kind: Kind, page: &Query) -> Next {
    decide(kind, Asked::Start, http::get(&kind.start_path(page)).await)
}

/// Reads a flow.
pub async fn read(kind: Kind, id: &str) -> Next {
    decide(kind, Asked::Read, http::get(&kind.flow_path(id)).await)
}

/// Takes a flow a step further.
pub async fn submit(kind: Kind, flow: &Flow, body: &Map<String, Value>) -> Next {
    let path = path_of(&flow.ui.action);
    let body = serde_json::to_string(body).unwrap_or_default();
    decide(kind, Asked::Submit, http::post(&path, body).await)
}

fn decide(kind: Kind, asked: Asked, answer: Result<Answer, Error>) -> Next {
    match answer {
        Ok(answer) => after(kind, asked, &answer),
        Err(error) => Next::Fail(error),
    }
}
