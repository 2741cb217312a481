//! `/admin/audit/events`: the audit trail, filtered, page by page or as a whole; and lifting a lock.

use crate::audit::{AuditEvent, Kind};
use crate::config::Config;
use crate::crypto::cookie;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::store::AuditFilter;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use identity_api::Timestamp;
use std::sync::Arc;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

const TOKEN: &str = "audit page";
/// Events that an export reads at a time.
const CHUNK: u32 = 500;

/// Events, newest first: `kind`, `outcome`, `identity_id`, `actor`, `from`, `to` (RFC 3339), `page_size` (50, at most
/// 500) and `page_token`, whose `Link` leads on.
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let config = app.config();
        let limit = match req.param("page_size").map(str::parse::<u32>) {
            None => 50,
            Some(Ok(size)) if size > 0 => size.min(500),
            Some(_) => return Err(ApiError::bad_request("page_size must be a number from 1 to 500.")),
        };
        let mut filter = filter(&req)?;
        filter.limit = limit + 1;
        if let Some(token) = req.param("page_token") {
            filter.before =
                Some(read_token(&config, token).ok_or_else(|| ApiError::bad_request("The page token is invalid."))?);
        }
        let mut found = app.store.audit_events(&filter).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let mut response = respond::json(StatusCode::OK, &found);
        if let Some(last) = found.last().filter(|_| more) {
            let mut pairs: Vec<(String, String)> =
                req.query.iter().filter(|(key, _)| key != "page_token").cloned().collect();
            pairs.push(("page_token".into(), token(&app, &config, last)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            if let Ok(value) = HeaderValue::from_str(&format!("</admin/audit/events?{query}>; rel=\"next\"")) {
                response.headers_mut().insert(header::LINK, value);
            }
        }
        Ok::<_, ApiError>(response)
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// The same events as a whole: JSON Lines, or CSV with `format=csv`. Read and sent in pieces, however many there are.
pub async fn export(State(app): State<Arc<App>>, req: Req) -> Response {
    let csv = match req.param("format") {
        None | Some("jsonl") => false,
        Some("csv") => true,
        Some(_) => return ApiError::bad_request("format must be jsonl or csv.").json(req.header("x-request-id")),
    };
    let filter = match filter(&req) {
        Ok(filter) => AuditFilter { limit: CHUNK, ..filter },
        Err(error) => return error.json(req.header("x-request-id")),
    };
    let begin = (app, filter, Some(if csv { HEAD.to_owned() } else { String::new() }));
    let stream = futures_util::stream::unfold(begin, move |(app, mut filter, head)| async move {
        let mut text = head?;
        let events = match app.store.audit_events(&filter).await {
            Ok(events) => events,
            // The connection ends without its end, so that nobody takes a part for the whole.
            Err(error) => return Some((Err(std::io::Error::other(error.to_string())), (app, filter, None))),
        };
        for event in &events {
            text += &if csv { csv_line(event) } else { serde_json::to_string(event).unwrap_or_default() };
            text.push('\n');
        }
        filter.before = events.last().map(|last| (last.at, last.id));
        let next = (events.len() == CHUNK as usize).then(String::new);
        Some((Ok(Bytes::from(text)), (app, filter, next)))
    });
    let kind = if csv { "text/csv; charset=utf-8" } else { "application/x-ndjson" };
    let mut response = Body::from_stream(stream).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Lets somebody try again at once: all counters of the account start anew.
pub async fn unlock(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let id = Uuid::parse_str(&id).map_err(|_| ApiError::bad_request("The identity id is no UUID."))?;
        app.store.identity(id).await?.ok_or_else(|| ApiError::not_found("There is no such identity."))?;
        app.store.commit(vec![crate::throttle::forgive(id)]).await?;
        Ok::<_, ApiError>(respond::empty())
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

fn filter(req: &Req) -> Result<AuditFilter, ApiError> {
    let kind = req.param("kind").map(str::to_owned);
    if kind.as_deref().is_some_and(|kind| !Kind::ALL.iter().any(|known| known.as_str() == kind)) {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        return Err(ApiError::bad_request(&format!("kind must be one of {}.", names.join(", "))));
    }
    let outcome = req.param("outcome").map(str::to_owned);
    if outcome.as_deref().is_some_and(|outcome| !["success", "failure", "throttled"].contains(&outcome)) {
        return Err(ApiError::bad_request("outcome must be success, failure or throttled."));
    }
    let identity_id = req.param("identity_id").map(Uuid::parse_str).transpose();
    let moment = |name: &str| {
        let moment = req.param(name).map(|text| Timestamp::parse(text, &Rfc3339)).transpose();
        moment.map_err(|_| ApiError::bad_request(&format!("{name} must be a moment such as 2026-01-31T12:00:00Z.")))
    };
    Ok(AuditFilter {
        kind,
        outcome,
        identity_id: identity_id.map_err(|_| ApiError::bad_request("identity_id is no UUID."))?,
        actor: req.param("actor").map(str::to_owned),
        from: moment("from")?,
        to: moment("to")?,
        before: None,
        limit: 0,
    })
}

fn token(app: &App, config: &Config, last: &AuditEvent) -> String {
    let text = format!("{}/{}", last.at.unix_timestamp_nanos() / 1000, last.id);
    let secret = config.secrets.pagination_secrets().chain(config.secrets.cookie_secrets()).next();
    secret.map_or_else(String::new, |secret| cookie::seal(&mut app.rng(), secret.expose(), TOKEN, &text))
}

fn read_token(config: &Config, token: &str) -> Option<(Timestamp, Uuid)> {
    let secrets = config.secrets.pagination_secrets().chain(config.secrets.cookie_secrets());
    let text = cookie::open(secrets.map(crate::config::Secret::expose), TOKEN, token)?;
    let (at, id) = text.split_once('/')?;
    let at = Timestamp::from_unix_timestamp_nanos(at.parse::<i128>().ok()?.checked_mul(1000)?).ok()?;
    Some((at, Uuid::parse_str(id).ok()?))
}

const HEAD: &str =
    "id,at,kind,outcome,actor,identity_id,method,session_id,flow_id,client_address,user_agent,request_id,detail\n";

fn csv_line(event: &AuditEvent) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let cells = [
        event.id.to_string(),
        event.at.format(&Rfc3339).unwrap_or_default(),
        event.kind.clone(),
        event.outcome.clone(),
        event.actor.clone(),
        text(event.identity_id.map(|id| id.to_string())),
        text(event.method.clone()),
        text(event.session_id.map(|id| id.to_string())),
        text(event.flow_id.map(|id| id.to_string())),
        text(event.client_address.clone()),
        text(event.user_agent.clone()),
        text(event.request_id.clone()),
        event.detail.to_string(),
    ];
    let quoted = cells.map(|cell| {
        // A spreadsheet must not take what a client sent for a formula.
        let cell = if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell };
        format!("\"{}\"", cell.replace('"', "\"\"").replace(['\r', '\n'], " "))
    });
    quoted.join(",")
}
