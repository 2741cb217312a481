//! `/admin/courier/messages`: what was sent to whom, and what waits.

use crate::config::Config;
use crate::crypto::cookie;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::store::MessageFilter;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use identity_api::Timestamp;
use identity_api::courier::Message;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const REDACTED: &str = "<redacted-unless-dev-mode>";

fn shown(app: &App, mut message: Message) -> Message {
    // The local mailbox is there to be read; anywhere else a mail's text is nobody's business.
    let config = app.config();
    if !config.dev && config.nexus.mailbox_dir.is_none() {
        message.body = REDACTED.into();
        message.subject = REDACTED.into();
    }
    message
}

/// How long a page token can be used.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// Newest first; `status`, `recipient`, `page_size` (10, at most 500) and `page_token`, whose `Link` leads on.
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let config = app.config();
        // An empty status is none of those that there are.
        let status = req.query.iter().find(|(key, _)| key == "status").map(|(_, value)| value.clone());
        let known = ["queued", "sent", "processing", "abandoned"];
        if status.as_deref().is_some_and(|status| !known.contains(&status)) {
            return Err(ApiError::bad_request("status must be queued, sent, processing or abandoned."));
        }
        let limit = match req.param("page_size").map(str::parse::<u32>) {
            None => 10,
            Some(Ok(size)) if size > 0 => size.min(500),
            Some(_) => return Err(ApiError::bad_request("page_size must be a number from 1 to 500.")),
        };
        let before = match req.param("page_token") {
            Some(token) => {
                read_token(&app, &config, token).ok_or_else(|| ApiError::bad_request("The page token is invalid."))?
            }
            None => None,
        };
        let filter =
            MessageFilter { status, recipient: req.param("recipient").map(str::to_owned), before, limit: limit + 1 };
        let mut found = app.store.messages(&filter).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().map(|stored| (stored.message.created_at, stored.message.id));
        let body: Vec<Message> = found.into_iter().map(|stored| shown(&app, stored.message)).collect();
        let mut response = respond::json(StatusCode::OK, &body);
        let link = |place: Option<(Timestamp, Uuid)>, rel: &str| {
            let mut pairs: Vec<(&str, String)> =
                vec![("page_size", limit.to_string()), ("page_token", token(&app, &config, place))];
            pairs.extend(filter.recipient.clone().map(|recipient| ("recipient", recipient)));
            pairs.extend(filter.status.clone().map(|status| ("status", status)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            format!("</admin/courier/messages?{query}>; rel=\"{rel}\"")
        };
        let mut links = vec![link(None, "first")];
        if more {
            links.push(link(last, "next"));
        }
        if let Ok(value) = HeaderValue::from_str(&links.join(",")) {
            response.headers_mut().insert(header::LINK, value);
        }
        Ok::<_, ApiError>(response)
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// A page's place, sealed: `<issued>/<micros>/<id>`, or only when it was issued for the first page.
fn token(app: &App, config: &Config, place: Option<(Timestamp, Uuid)>) -> String {
    let issued = app.now().unix_timestamp();
    let text = match place {
        Some((at, id)) => format!("{issued}/{}/{id}", at.unix_timestamp_nanos() / 1000),
        None => format!("{issued}//"),
    };
    let secret = config.secrets.pagination_secrets().chain(config.secrets.cookie_secrets()).next();
    secret.map_or_else(String::new, |secret| cookie::seal(&mut app.rng(), secret.expose(), TOKEN, &text))
}

const TOKEN: &str = "courier page";

fn read_token(app: &App, config: &Config, token: &str) -> Option<Option<(Timestamp, Uuid)>> {
    let secrets = config.secrets.pagination_secrets().chain(config.secrets.cookie_secrets());
    let text = cookie::open(secrets.map(crate::config::Secret::expose), TOKEN, token)?;
    let mut parts = text.split('/');
    let issued = Timestamp::from_unix_timestamp(parts.next()?.parse().ok()?).ok()?;
    if app.now() - issued > TOKEN_LIFE {
        return None;
    }
    match (parts.next()?, parts.next()?) {
        ("", _) => Some(None),
        (at, id) => {
            let at = Timestamp::from_unix_timestamp_nanos(at.parse::<i128>().ok()? * 1000).ok()?;
            Some(Some((at, Uuid::parse_str(id).ok()?)))
        }
    }
}

/// One message with every try to deliver it.
pub async fn get(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let id = Uuid::parse_str(&id).map_err(|_| ApiError::bad_request("The message id is no UUID."))?;
        let found = app.store.message(id).await?;
        let found = found.ok_or_else(|| ApiError::not_found("There is no such message."))?;
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &shown(&app, found.message)))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
