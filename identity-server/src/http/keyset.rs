//! Paging by position: `page_size` and `page_token`, with the neighbours of a page in `Link`, as Kratos' newer lists
//! have it. A token tells only where the next page begins, so it stays good for as long as the list exists.

use super::error::ApiError;
use super::request::Req;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderValue, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

/// A page that was asked for.
#[derive(Clone, Debug)]
pub struct Keyset<P> {
    /// How many entries it has at most.
    pub size: u32,
    /// Where it begins; at the front when missing.
    pub position: Option<P>,
}

impl<P: Serialize + DeserializeOwned> Keyset<P> {
    /// Reads `page_size` (or a lone `per_page`) and `page_token`. A size of nought or below counts as `usual`, one
    /// above `largest` as that.
    ///
    /// # Errors
    /// 400 for a size that is no number and for a token that is none of ours.
    pub fn of(req: &Req, usual: u32, largest: u32) -> Result<Self, ApiError> {
        let size = match req.param("page_size").or_else(|| req.param("per_page")) {
            None => usual,
            Some(text) => {
                let size: i64 = text.parse().map_err(|_| ApiError::bad_request("page_size must be a number."))?;
                if size <= 0 { usual } else { u32::try_from(size).unwrap_or(largest).min(largest) }
            }
        };
        let position = req.param("page_token").map(|token| {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok();
            let position: Option<Option<P>> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            position.ok_or_else(|| ApiError::bad_request("The page token is not valid."))
        });
        Ok(Self { size, position: position.transpose()?.flatten() })
    }

    /// Adds `Link`: the first page, and the next one where there is one. The links are relative and keep the rest of
    /// the query.
    pub fn add_link(&self, response: &mut Response, req: &Req, path: &str, next: Option<&P>) {
        let link = |position: Option<&P>, rel: &str| {
            let token = serde_json::to_vec(&position).map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default();
            let own = [("page_size", self.size.to_string()), ("page_token", token)];
            // A lone per_page counted as page_size; beside page it stays, though it means nothing.
            let drop: &[&str] = if req.param("page").is_none() { &["per_page"] } else { &[] };
            format!("<{}>; rel=\"{rel}\"", relative(req, path, &own, drop))
        };
        let mut links = vec![link(None, "first")];
        links.extend(next.map(|position| link(Some(position), "next")));
        if let Ok(value) = HeaderValue::from_str(&links.join(",")) {
            response.headers_mut().insert(header::LINK, value);
        }
    }
}

/// `path` with the query of the request, `own` put in the place of what has the same name and `drop` left out,
/// sorted by name as Go writes it.
pub(super) fn relative(req: &Req, path: &str, own: &[(&str, String)], drop: &[&str]) -> String {
    let kept = req.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let kept = kept.filter(|(name, _)| !drop.contains(name) && own.iter().all(|(other, _)| other != name));
    let mut pairs: Vec<(&str, &str)> = kept.chain(own.iter().map(|(name, value)| (*name, value.as_str()))).collect();
    pairs.sort_by_key(|(name, _)| *name);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}
