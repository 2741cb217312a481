//! `PATCH /admin/identities`: many identities at once. What is wrong with one entry does not keep out the others.

use super::body::{NewIdentity, unreadable};
use super::create::{Fault, Prepared, prepare, taken};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::store::StoreError;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// How many entries a batch may have.
const MOST: usize = 1000;
/// How many of them may have passwords in clear, each of which has to be hashed.
const MOST_CLEAR: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    #[serde(default)]
    identities: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    create: Option<NewIdentity>,
    #[serde(default)]
    patch_id: Option<Uuid>,
}

/// An entry on its way.
enum Outcome {
    /// It asked for nothing.
    Nothing,
    Made(Box<Prepared>),
    Failed(ApiError),
}

/// Makes the identities.
pub async fn batch(State(app): State<Arc<App>>, req: Req) -> Response {
    match make(&app, &req).await {
        Ok(response) => response,
        Err(error) => error.json(req.header("x-request-id")),
    }
}

async fn make(app: &App, req: &Req) -> Result<Response, ApiError> {
    let body: Batch = serde_json::from_slice(&req.body).map_err(|error| unreadable("a batch of identities", &error))?;
    if body.identities.len() > MOST {
        let count = body.identities.len();
        return Err(ApiError::bad_request(&format!("The batch has {count} entries, at most {MOST} are allowed.")));
    }
    let is_clear = |entry: &&Entry| {
        let credentials = entry.create.as_ref().and_then(|create| create.credentials.as_ref());
        credentials.is_some_and(super::import::NewCredentials::has_clear_password)
    };
    let clear = body.identities.iter().filter(is_clear).count();
    if clear > MOST_CLEAR {
        let reason =
            format!("{clear} entries have a password in clear, at most {MOST_CLEAR} may; send hashes instead.");
        return Err(ApiError::bad_request(&reason));
    }
    let mut entries = Vec::with_capacity(body.identities.len());
    for entry in body.identities {
        let outcome = match entry.create {
            None => Outcome::Nothing,
            Some(create) => match prepare(app, create).await {
                Ok(prepared) => Outcome::Made(Box::new(prepared)),
                Err(Fault::Entry(error)) => Outcome::Failed(error),
                Err(Fault::Request(error)) => return Err(error),
            },
        };
        entries.push((entry.patch_id, outcome));
    }
    commit(app, &mut entries).await?;
    let made = |outcome: &Outcome| matches!(outcome, Outcome::Made(_) | Outcome::Nothing);
    if !entries.iter().any(|(_, outcome)| made(outcome))
        && let Some(at) = entries.iter().position(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
        && let Outcome::Failed(error) = entries.swap_remove(at).1
    {
        return Err(error);
    }
    let identities: Vec<Value> = entries.iter().map(|(patch, outcome)| told(*patch, outcome)).collect();
    Ok(respond::json(StatusCode::OK, &json!({ "identities": identities })))
}

/// All together where nothing stands in the way, else one by one, in order.
async fn commit(app: &App, entries: &mut [(Option<Uuid>, Outcome)]) -> Result<(), ApiError> {
    let all = entries.iter().filter_map(|(_, outcome)| match outcome {
        Outcome::Made(prepared) => Some(prepared.changes()),
        _ => None,
    });
    match app.store.commit(all.flatten().collect()).await {
        Ok(()) => return Ok(()),
        Err(StoreError::Conflict) => {}
        Err(error) => return Err(error.into()),
    }
    for (_, outcome) in entries {
        let Outcome::Made(prepared) = outcome else {
            continue;
        };
        match app.store.commit(prepared.changes()).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => *outcome = Outcome::Failed(taken()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn told(patch: Option<Uuid>, outcome: &Outcome) -> Value {
    let mut entry = match outcome {
        Outcome::Nothing => return Value::Null,
        Outcome::Made(prepared) => json!({ "action": "create", "identity": prepared.identity.id }),
        Outcome::Failed(error) => json!({ "action": "error", "error": error.body(None)["error"] }),
    };
    if let Some(patch) = patch {
        entry["patch_id"] = json!(patch);
    }
    entry
}
