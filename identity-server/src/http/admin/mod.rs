//! The admin port.

mod audit;
mod batch;
mod body;
mod change;
mod changes;
mod courier;
mod create;
mod credentials;
mod identities;
mod import;
mod list;
mod manage_sessions;
mod patch;
mod recovery;
mod search;
mod sessions;
mod show;
mod update;

pub use body::check as check_identity;

use super::app::App;
use super::health;
use axum::Router;
use axum::routing::{MethodRouter, delete, get, patch as on_patch, post};
use std::sync::Arc;

/// Every route of the admin API below `/admin`, with the methods that its `Allow` names.
pub fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<App>>)> {
    let one = get(identities::get).delete(identities::delete).patch(patch::patch).put(update::update);
    let all = get(list::list).post(create::create).patch(batch::batch);
    vec![
        ("/identities", "GET, HEAD, PATCH, POST", all),
        ("/identities/{id}", "DELETE, GET, HEAD, PATCH, PUT", one),
        ("/identities/by/external/{external_id}", "GET, HEAD", get(identities::by_external_id)),
        ("/identities/{id}/credentials/{type}", "DELETE", delete(credentials::delete)),
        ("/identities/{id}/sessions", "DELETE, GET, HEAD", get(sessions::of_identity).delete(sessions::end_all)),
        ("/sessions/changes", "GET, HEAD", get(changes::since)),
        ("/sessions/{id}", "DELETE, GET, HEAD", get(sessions::get).delete(sessions::disable)),
        ("/sessions/{id}/extend", "PATCH", on_patch(sessions::extend)),
        ("/recovery/code", "POST", post(recovery::code)),
        ("/recovery/link", "POST", post(recovery::link)),
        ("/identities/{id}/locks", "DELETE", delete(audit::unlock)),
        ("/audit/events", "GET, HEAD", get(audit::list)),
        ("/audit/events/export", "GET, HEAD", get(audit::export)),
        ("/metrics/prometheus", "GET, HEAD", get(health::metrics)),
        ("/health/config", "GET, HEAD", get(health::config)),
        ("/courier/messages", "GET, HEAD", get(courier::list)),
        ("/courier/messages/{id}", "GET, HEAD", get(courier::get)),
    ]
}

/// The routes of [`routes`] that have no place without the prefix, because the public port has one of that name.
pub fn only_prefixed() -> Vec<(&'static str, &'static str, MethodRouter<Arc<App>>)> {
    vec![("/sessions", "GET, HEAD, POST", get(sessions::list).post(manage_sessions::manage))]
}

/// The routes as a router: each below `/admin`, and without it.
pub fn router() -> Router<Arc<App>> {
    let add = |router: Router<Arc<App>>, (path, _, methods): (&str, &str, MethodRouter<Arc<App>>)| {
        router.route(path, methods)
    };
    let bare = routes().into_iter().fold(Router::new(), add).merge(health::router());
    let prefixed = only_prefixed().into_iter().fold(bare.clone(), add);
    Router::new().nest("/admin", prefixed).merge(bare).route("/version", get(health::version))
}
