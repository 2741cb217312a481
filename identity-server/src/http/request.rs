//! A request as the handlers see it: read whole, with its query taken apart.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, Request};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, Uri, header};
use std::net::SocketAddr;

use super::error::ApiError;

/// The largest body that is read, in bytes: Kratos' limit.
pub const BODY_LIMIT: usize = 5 * 1024 * 1024;

/// A request.
pub struct Req {
    /// Its method.
    pub method: Method,
    /// Its URI.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Who connected.
    pub peer: SocketAddr,
    /// Its body.
    pub body: Bytes,
    /// Its query, decoded, in order.
    pub query: Vec<(String, String)>,
}

impl Req {
    /// The first value of a query parameter; an empty one counts as absent.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A query parameter that says yes; anything that is no boolean (as Go reads it) is no.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.param(name), Some("1" | "t" | "T" | "true" | "TRUE" | "True"))
    }

    /// The first line of a header, when it is text.
    #[must_use]
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The path and query as they were sent.
    #[must_use]
    pub fn target(&self) -> &str {
        self.uri.path_and_query().map_or("/", |target| target.as_str())
    }

    /// Every cookie, in order.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
    }

    /// The first cookie of that name.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The media type of the body, without parameters, in lower case.
    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        let value = self.header(header::CONTENT_TYPE)?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// Whether the body is a JSON document by its type.
    #[must_use]
    pub fn has_json_body(&self) -> bool {
        self.content_type().as_deref() == Some("application/json")
    }

    /// Whether `Accept` asks for JSON rather than HTML, as Kratos negotiates: the types must be spelled exactly, the
    /// first of several headers counts, q-values count, and a tie goes to HTML.
    #[must_use]
    pub fn accepts_json(&self) -> bool {
        let mut best: Option<(bool, f32)> = None;
        for part in self.header(header::ACCEPT).unwrap_or_default().split(',') {
            let (kind, parameters) = part.split_once(';').unwrap_or((part, ""));
            let quality = match parameters.trim() {
                "" => 1.0,
                parameters => match parameters.strip_prefix("q=").map(str::parse) {
                    Some(Ok(quality)) => quality,
                    _ => continue,
                },
            };
            let json = match kind.trim() {
                "text/html" | "text/*" | "*/*" => false,
                "application/json" | "application/*" => true,
                _ => continue,
            };
            if quality > 0.0 && best.is_none_or(|(_, found)| quality > found) {
                best = Some((json, quality));
            }
        }
        best.is_some_and(|(json, _)| json)
    }

    /// Whether a submission is answered with JSON: by `Accept` or by the body's own type.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.accepts_json() || self.has_json_body()
    }

    /// Whether a script of a page sends this.
    #[must_use]
    pub fn is_ajax(&self) -> bool {
        matches!(self.header("sec-fetch-mode"), Some("cors" | "same-origin"))
    }
}

impl<S: Send + Sync> FromRequest<S> for Req {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| {
            ApiError::bad_request("The request body is larger than 5 MB or was cut off.").json(None).into_response()
        })?;
        let query =
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let peer = peer.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        Ok(Self { method: parts.method, uri: parts.uri, headers: parts.headers, peer, body, query })
    }
}
