//! `www_authenticate`: a challenge for Basic credentials, whatever the error was.

use super::{config, when::WHEN};
use crate::{
    canonical::is_header_value,
    document::{Key, Shape, TextKind, key},
    engine::Response,
    plan::HandlerPlan,
};

pub(super) const KEYS: &[Key] = &[key("realm", &Shape::Text(TextKind::Any)), key("when", &WHEN)];

/// Settings of `www_authenticate`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WwwAuthenticate {
    #[serde(default = "please")]
    realm: String,
}

fn please() -> String {
    "Please authenticate.".into()
}

impl WwwAuthenticate {
    pub(super) fn compile(handler: &HandlerPlan) -> Result<Self, String> {
        let challenge: Self = config(handler)?;
        if is_header_value(&challenge.realm) {
            Ok(challenge)
        } else {
            Err("realm: a header holds no control characters".into())
        }
    }

    pub(super) fn answer(&self) -> Response {
        let headers = [
            ("www-authenticate", format!("Basic realm={}", self.realm)),
            ("content-type", "text/plain; charset=utf-8".into()),
            ("x-content-type-options", "nosniff".into()),
        ];
        Response {
            status: 401,
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: "Unauthorized\n".into(),
        }
    }
}
