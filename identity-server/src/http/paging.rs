//! Paging by page number, in both of Kratos' spellings.

use super::error::ApiError;
use super::request::Req;
use super::respond;
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
    /// How many entries it has at most.
    pub size: u32,
}

impl Paging {
    /// Reads `page`/`per_page`, or `page_size`/`page_token`. `first` is the number of the first page (0 or 1).
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
            return Ok(Self { page, size });
        }
        let page = number("page").unwrap_or_default().max(0);
        Ok(Self { page: u32::try_from(page).unwrap_or(u32::MAX).saturating_sub(first), size })
    }

    /// How many entries come before this page.
    #[must_use]
    pub fn offset(self) -> u32 {
        self.page.saturating_mul(self.size)
    }

    /// Adds `X-Total-Count` and `Link`.
    pub fn add_headers(self, response: &mut Response, url: &str, total: u64) {
        let Ok(url) = url::Url::parse(url) else {
            return;
        };
        let size = u64::from(self.size).min(total.max(1));
        let last = total.saturating_sub(1) / size;
        let page = u64::from(self.page);
        let link = |page: u64, rel: &str| {
            let token = STANDARD.encode(json!({ "offset": (page * size).to_string(), "v": 2 }).to_string());
            let pairs = [
                ("page", page.to_string()),
                ("page_size", size.to_string()),
                ("page_token", token),
                ("per_page", size.to_string()),
            ];
            let url = pairs.iter().fold(url.clone(), |url, (key, value)| {
                url::Url::parse(&respond::with_query(&url, key, value)).unwrap_or(url)
            });
            format!("<{url}>; rel=\"{rel}\"")
        };
        let mut links = vec![link(0, "first")];
        if page < last {
            links.push(link(page + 1, "next"));
        }
        if page > 0 {
            links.push(link(page - 1, "prev"));
        }
        links.push(link(last, "last"));
        let headers = response.headers_mut();
        headers.insert("x-total-count", HeaderValue::from(total));
        if let Ok(value) = HeaderValue::from_str(&links.join(",")) {
            headers.insert(header::LINK, value);
        }
    }
}
