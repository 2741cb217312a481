//! Administration that is asked for on the public port is sent to the admin port, where Kratos does so.

use crate::http::app::App;
use crate::http::request::Req;
use crate::http::respond;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};
use http::{Method, StatusCode};
use std::sync::Arc;

/// The routes, each with and without the prefix, and the methods that its `Allow` names.
pub(super) fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<App>>)> {
    let all = || get(on_admin).post(on_admin);
    let one = || get(on_admin).delete(on_admin).patch(on_admin).put(on_admin);
    let (read, all_allow, one_allow) = ("GET, HEAD", "GET, HEAD, POST", "DELETE, GET, HEAD, PATCH, PUT");
    vec![
        ("/identities", all_allow, all()),
        ("/admin/identities", all_allow, all()),
        ("/identities/{id}", one_allow, one()),
        ("/admin/identities/{id}", one_allow, one()),
        ("/identities/by/external/{external_id}", read, get(on_admin)),
        ("/admin/identities/by/external/{external_id}", read, get(on_admin)),
        ("/identities/{id}/credentials/{type}", "DELETE", delete(on_admin)),
        ("/admin/identities/{id}/credentials/{type}", "DELETE", delete(on_admin)),
        ("/courier/messages", read, get(on_admin)),
        ("/admin/courier/messages", read, get(on_admin)),
        ("/courier/messages/{id}", read, get(on_admin)),
        ("/admin/courier/messages/{id}", read, get(on_admin)),
        ("/recovery/code", "POST", post(on_admin)),
    ]
}

async fn on_admin(State(app): State<Arc<App>>, req: Req) -> Response {
    let path = req.uri.path().strip_prefix("/admin").unwrap_or(req.uri.path());
    let base = app.config().admin_url();
    let query = req.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let to = format!("{}/admin{path}{query}", base.as_str().trim_end_matches('/'));
    respond::redirect(StatusCode::TEMPORARY_REDIRECT, &to, req.method == Method::GET)
}
