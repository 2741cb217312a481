//! Paging by page number, in both of Kratos' spellings.

use super::error::ApiError;
use super::keyset::relative;
use super::request::Req;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};
use serde_json::{Value, json};

const DEFAULT_SIZE: u32 = 250;
const LARGEST_SIZE: u32 = 500;

/// A page that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// Its number, counted from 0.
    page: u32,
    /// What the number of the first page is where links name it: 0, or 1 when the client counts so.
    first: u32,
    /// How many entries it has at most.
    pub size: u32,
}

impl Paging {
    /// Reads `page`/`per_page`, or `page_size`/`page_token`, which wins. `first` is the number of the first page (0
    /// or 1); what is no number counts as absent.
    ///
    /// # Errors
    /// 400 for a token that cannot be read.
    pub fn of(req: &Req, first: u32) -> Result<Self, ApiError> {
        let number = |name: &str| req.param(name).and_then(|text| text.parse::<i64>().ok());
        let size = number("per_page").or_else(|| number("page_size")).filter(|size| *size > 0);
        let size = size.map_or(DEFAULT_SIZE, |size| u32::try_from(size).unwrap_or(u32::MAX)).min(LARGEST_SIZE);
        if let Some(token) = req.param("page_token") {
            let text = STANDARD.decode(token).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
            let offset = text.as_ref().and_then(|value| match &value["offset"] {
                Value::String(text) => text.parse().ok(),
                other => other.as_u64(),
            });
            let offset = offset.ok_or_else(|| ApiError::bad_request("The page token is invalid."))?;
            let page = u32::try_from(offset).unwrap_or(u32::MAX) / size;
            return Ok(Self { page, first: 0, size });
        }
        let page = u32::try_from(number("page").unwrap_or_default().max(0)).unwrap_or(u32::MAX);
        Ok(Self { page: page.saturating_sub(first), first: first.min(page), size })
    }

    /// How many entries come before this page.
    #[must_use]
    pub fn offset(self) -> u32 {
        self.page.saturating_mul(self.size)
    }

    /// Adds `X-Total-Count` and `Link` with relative links that keep the rest of the query. `with_tokens` names each
    /// page in both spellings.
    pub fn add_headers(self, response: &mut Response, req: &Req, path: &str, total: u64, with_tokens: bool) {
        // A page never claims to be larger than the list.
        let size = if total == 0 { u64::from(self.size) } else { u64::from(self.size).min(total) };
        let last = total.saturating_sub(1) / size;
        let page = u64::from(self.page).min(last);
        let link = |page: u64, rel: &str| {
            let mut own = vec![("page", (page + u64::from(self.first)).to_string()), ("per_page", size.to_string())];
            if with_tokens {
                let token = json!({ "offset": (page * size).to_string(), "v": 2 }).to_string();
                own.extend([("page_size", size.to_string()), ("page_token", STANDARD.encode(token))]);
            }
            format!("<{}>; rel=\"{rel}\"", relative(req, path, &own, &[]))
        };
        let mut links = Vec::with_capacity(4);
        if page > 0 || last == 0 {
            links.push(link(0, "first"));
        }
        if page < last {
            links.push(link(page + 1, "next"));
        }
        if page > 0 {
            links.push(link(page - 1, "prev"));
        }
        if page < last {
            links.push(link(last, "last"));
        }
        let headers = response.headers_mut();
        headers.insert("x-total-count", HeaderValue::from(total));
        if let Ok(value) = HeaderValue::from_str(&links.join(",")) {
            headers.insert(header::LINK, value);
        }
    }
}
