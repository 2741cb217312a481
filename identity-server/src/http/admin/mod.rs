//! The admin port.

mod changes;
mod courier;
mod create;
mod identities;
mod patch;
mod recovery;

use super::app::App;
use super::health;
use axum::Router;
use axum::routing::{delete, get, post};
use std::sync::Arc;

/// The routes, below `/admin`.
pub fn router() -> Router<Arc<App>> {
    let routes = Router::new()
        .route("/identities", get(identities::list).post(create::create))
        .route("/identities/{id}", get(identities::get).delete(identities::delete).patch(patch::patch))
        .route("/identities/{id}/sessions", delete(identities::end_sessions))
        .route("/sessions/changes", get(changes::since))
        .route("/recovery/code", post(recovery::code))
        .route("/recovery/link", post(recovery::link))
        .route("/courier/messages", get(courier::list))
        .route("/courier/messages/{id}", get(courier::get))
        .merge(health::router());
    Router::new().nest("/admin", routes.clone()).merge(routes).route("/version", get(health::version))
}
