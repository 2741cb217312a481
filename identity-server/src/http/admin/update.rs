//! `PUT /admin/identities/{id}`: another identity in the place of this one, which keeps its id and the credentials
//! that are not named.

use super::body::{ChangedIdentity, checked_traits, schema_of, state_of, unreadable};
use super::change::{self, Wanted};
use super::import;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::Identity;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// Replaces the identity.
pub async fn update(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    match replace(&app, &id, &req).await {
        Ok(response) => response,
        Err(error) => error.json(req.header("x-request-id")),
    }
}

async fn replace(app: &App, id: &str, req: &Req) -> Result<Response, ApiError> {
    let body: ChangedIdentity = serde_json::from_slice(&req.body).map_err(|error| unreadable("an identity", &error))?;
    let mut present = change::read(app, id).await?;
    let wanted_schema = body.schema_id.clone().filter(|id| !id.is_empty());
    let schema = schema_of(&app.schemas, Some(wanted_schema.as_deref().unwrap_or(&present.identity.schema_id)))?;
    let traits = checked_traits(schema, body.traits)?;
    let imported = body.credentials.unwrap_or_default();
    state_of(body.state.as_deref(), present.identity.state)?;
    let password = imported.password_config(app).await?;
    for _ in 0..change::TRIES {
        let mut identity = Identity {
            schema_id: schema.id().into(),
            traits: traits.clone(),
            external_id: body.external_id.clone().filter(|id| !id.is_empty()),
            metadata_public: body.metadata_public.clone(),
            metadata_admin: body.metadata_admin.clone(),
            ..present.identity.clone()
        };
        let state = state_of(body.state.as_deref(), identity.state)?;
        change::set_state(app, &mut identity, state);
        let (mut credentials, more) = imported.others(app, identity.id, &present.credentials).await?;
        credentials.extend(password.clone().map(|config| import::password(app, config)));
        let wanted = Wanted { identity, credentials, gone: Vec::new(), more };
        if change::commit(app, schema, &present, wanted).await? {
            let mut answer = change::stored(app, id).await?;
            answer.metadata_admin = answer.metadata_admin.filter(|metadata| !metadata.is_null());
            return Ok(respond::json(StatusCode::OK, &answer));
        }
        present = change::read(app, id).await?;
    }
    Err(change::too_busy())
}
