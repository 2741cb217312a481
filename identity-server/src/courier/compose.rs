//! Writing messages. The subjects are Kratos', so that mail filters keep working.

use crate::config::Config;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Flow, Identity, Secret};
use crate::store::NewMessage;
use serde_json::json;
use std::time::Duration;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// A code that proves an address.
    VerificationCodeValid,
    /// Somebody tried to prove an address that no account has.
    VerificationCodeInvalid,
}

impl Template {
    /// The type's name on the admin API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerificationCodeValid => "verification_code_valid",
            Self::VerificationCodeInvalid => "verification_code_invalid",
        }
    }
}

/// What a message says.
#[expect(missing_docs, reason = "the names say it")]
pub struct Facts<'f> {
    pub code: Option<&'f Secret>,
    pub link: Option<&'f Secret>,
    pub identity: Option<&'f Identity>,
    pub flow: &'f Flow,
    pub expires_in: Duration,
}

/// Writes a message to `address`.
///
/// # Errors
/// When a code or link that the message needs is missing.
pub fn compose(
    app: &App,
    _config: &Config,
    template: Template,
    (via, address): (&str, &str),
    facts: &Facts<'_>,
) -> Result<NewMessage, ApiError> {
    let needed = || ApiError::internal(&format!("{} needs a code and a link", template.as_str()));
    let minutes = facts.expires_in.as_secs() / 60;
    let (subject, body) = match template {
        Template::VerificationCodeValid => {
            let (code, link) = (facts.code.ok_or_else(needed)?.expose(), facts.link.ok_or_else(needed)?.expose());
            let body = format!(
                "Hello,\n\nplease verify your address with this code:\n\n{code}\n\nor open this link:\n\n{link}\n\n\
                 The code is valid for {minutes} minutes.\n"
            );
            (format!("Use code {code} to verify your account"), body)
        }
        Template::VerificationCodeInvalid => {
            let body = "Hello,\n\nsomebody asked to verify this address, but no account has it. If that was you, \
                        check whether you signed up with another address. If not, you need not do anything.\n";
            ("Someone tried to verify this email address".into(), body.into())
        }
    };
    let now = app.now();
    Ok(NewMessage {
        id: crate::crypto::token::uuid(&mut app.rng()),
        kind: if via == "sms" { "sms" } else { "email" },
        channel: via.into(),
        recipient: address.into(),
        subject,
        html_body: html(&body),
        body,
        template_type: template.as_str().into(),
        template_data: json!({
            "request_url": facts.flow.request_url,
            "identity_id": facts.identity.map(|identity| identity.id),
        }),
        created_at: now,
    })
}

/// The text as HTML: paragraphs, with links that can be followed.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let paragraph = |part: &str| match part.trim() {
        "" => String::new(),
        link if link.starts_with("http") => format!("<p><a href=\"{link}\">{link}</a></p>\n"),
        part => format!("<p>{part}</p>\n"),
    };
    escaped.split("\n\n").map(paragraph).collect()
}
