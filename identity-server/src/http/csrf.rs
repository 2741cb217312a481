//! Protection against cross-site request forgery: a random token in a cookie of the browser, and the same token,
//! masked anew each time so that compression leaks nothing, in every form (the scheme of nosurf).

use super::app::App;
use super::request::Req;
use crate::crypto::hex;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore as _;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::Url;

const LENGTH: usize = 32;

/// The token of a browser for the length of one request.
pub struct Csrf {
    token: [u8; LENGTH],
    /// Whether the browser sent it.
    pub known: bool,
}

/// The cookie's name: bound to the public URL, so that two servers on one host do not disturb each other.
#[must_use]
pub fn cookie_name(public: &Url) -> String {
    format!("csrf_token_{}", hex(&Sha256::digest(public.as_str().as_bytes())))
}

impl Csrf {
    /// The token that the browser sent, or a new one.
    #[must_use]
    pub fn of(app: &App, req: &Req, public: &Url) -> Self {
        let sent = req.cookie(&cookie_name(public)).and_then(|value| STANDARD.decode(value).ok());
        match sent.and_then(|bytes| <[u8; LENGTH]>::try_from(bytes).ok()) {
            Some(token) => Self { token, known: true },
            None => Self::fresh(app),
        }
    }

    /// A new token.
    #[must_use]
    pub fn fresh(app: &App) -> Self {
        let mut token = [0; LENGTH];
        app.rng().fill_bytes(&mut token);
        Self { token, known: false }
    }

    /// The value of the cookie.
    #[must_use]
    pub fn cookie_value(&self) -> String {
        STANDARD.encode(self.token)
    }

    /// The value of the form's node: a one-time pad and the padded token.
    #[must_use]
    pub fn masked(&self, app: &App) -> String {
        let mut pad = [0; LENGTH];
        app.rng().fill_bytes(&mut pad);
        let padded: Vec<u8> = self.token.iter().zip(pad).map(|(byte, pad)| byte ^ pad).collect();
        STANDARD.encode([pad.as_slice(), &padded].concat())
    }

    /// Whether a form sent this browser's token. A token that was made up for this request never matches.
    #[must_use]
    pub fn matches(&self, sent: &str) -> bool {
        let Ok(bytes) = STANDARD.decode(sent) else {
            return false;
        };
        let unmasked: Vec<u8> = match bytes.len() {
            LENGTH => bytes,
            n if n == 2 * LENGTH => {
                bytes[..LENGTH].iter().zip(&bytes[LENGTH..]).map(|(pad, byte)| pad ^ byte).collect()
            }
            _ => return false,
        };
        self.known && bool::from(unmasked.as_slice().ct_eq(&self.token))
    }
}

/// What the 403 says about the likely cause. `reading` a flow tells less than sending one.
#[must_use]
pub fn details(req: &Req, public: &Url, reading: bool) -> Map<String, Value> {
    let mut details = Map::new();
    let hint = if req.is_ajax() {
        "A script of a page sent this. Make sure that CORS is configured and that the script sends credentials (cookies)."
    } else {
        "This looks like a page load or a server-side call. Check in the browser's network tools which cookies are \
         sent; a server must pass on the cookies that it received."
    };
    details.insert("docs".into(), "https://www.ory.com/docs/troubleshooting/csrf".into());
    details.insert("hint".into(), hint.into());
    let has_cookies = req.cookies().next().is_some();
    let has_token = req.cookie(&cookie_name(public)).is_some();
    if !has_cookies {
        details.insert("reject_reason".into(), "No cookie was sent at all.".into());
    } else if !has_token {
        details.insert("reject_reason".into(), "Cookies were sent, but not the anti-CSRF cookie.".into());
    } else if !reading {
        details.insert("reject_reason".into(), "The anti-CSRF cookie and the token of the form do not match.".into());
    }
    details
}
