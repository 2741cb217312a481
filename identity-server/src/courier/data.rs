//! What the templates of a message may read: Kratos' names.

use super::kind::Template;
use crate::config::Config;
use crate::http::error::ApiError;
use crate::model::{Flow, Identity, Secret};
use go_template::{Object, Value};
use identity_api::Timestamp;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// What a message is told. `Facts { code: Some(&code), identity: Some(&identity), ..Facts::of(&flow) }`.
#[derive(Clone, Copy, Default)]
pub struct Facts<'f> {
    /// The code, for the kinds that have one.
    pub code: Option<&'f Secret>,
    /// The link, for the kinds that have one.
    pub link: Option<&'f Secret>,
    /// Whose message it is; nobody's where no account has the address.
    pub identity: Option<&'f Identity>,
    /// The traits of somebody who is only registering.
    pub traits: Option<&'f Json>,
    /// The URL that started the flow.
    pub request_url: &'f str,
    /// What the client sent along.
    pub transient_payload: Option<&'f Json>,
    /// How long the code or link works; when missing, as long as the configuration says.
    pub expires_in: Option<Duration>,
}

impl<'f> Facts<'f> {
    /// What a flow knows; code, link and identity are still to be added.
    #[must_use]
    pub fn of(flow: &'f Flow) -> Self {
        Self { request_url: &flow.request_url, transient_payload: flow.transient_payload.as_ref(), ..Self::default() }
    }
}

/// The names that templates of a kind may use.
pub(super) fn names(template: Template) -> Vec<&'static str> {
    let mut names = vec!["To", "RequestURL", "RequestURLDomain", "TransientPayload", "OAuth2LoginRequest", "Language"];
    names.extend(template.code_field().map(|(name, _)| name));
    names.extend(template.link_field().map(|(name, _)| name));
    if template.code_field().or(template.link_field()).is_some() {
        names.push("ExpiresInMinutes");
    }
    match template {
        Template::RegistrationCodeValid => names.extend(["Traits", "Identity"]),
        Template::VerifiableAddressChanged | Template::AuthenticatorKeyAdded => names.extend(["Identity", "ChangedAt"]),
        Template::RecoveryInvalid
        | Template::RecoveryCodeInvalid
        | Template::VerificationInvalid
        | Template::VerificationCodeInvalid => {}
        _ => names.push("Identity"),
    }
    names
}

/// The data of one message: for its templates, and as JSON for HTTP channels.
pub(super) struct Data {
    pub(super) fields: Arc<Fields>,
    pub(super) json: Json,
}

/// A struct to templates: a field that it has not is an error there, as in Go.
pub(super) struct Fields {
    kind: Template,
    values: Vec<(&'static str, Value)>,
}

impl Object for Fields {
    fn type_name(&self) -> &str {
        self.kind.as_str()
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    fn plain(&self) -> Value {
        Value::map(self.values.iter().map(|(name, value)| (*name, value.clone())).collect())
    }
}

impl Fields {
    /// The fields of a kind, each of them empty: to try templates without a message.
    #[cfg(test)]
    pub(super) fn sample(kind: Template) -> Self {
        let value = |name: &str| match name {
            "Identity" => Value::from_json(&json!({ "id": "x", "traits": { "email": "a@b.de" } })),
            "Traits" => Value::from_json(&json!({ "email": "a@b.de" })),
            "TransientPayload" | "OAuth2LoginRequest" => Value::Nil,
            "ExpiresInMinutes" => Value::Int(15),
            name => name.into(),
        };
        Self { kind, values: names(kind).into_iter().map(|name| (name, value(name))).collect() }
    }
}

pub(super) fn collect(
    config: &Config,
    template: Template,
    (via, address): (&str, &str),
    facts: &Facts<'_>,
    language: &str,
    now: Timestamp,
) -> Result<Data, ApiError> {
    let mut fields = Vec::new();
    let mut shown = serde_json::Map::new();
    let sms = via == "sms";
    let mut put = |name: &'static str, key: &str, value: Value, json: Json| {
        fields.push((name, value));
        if !key.is_empty() {
            shown.insert(key.to_owned(), json);
        }
    };
    put("To", "to", address.into(), address.into());
    let methods = &config.selfservice.methods;
    if let Some((name, key)) = template.code_field() {
        let code = facts.code.ok_or_else(|| lacks(template, "a code"))?.expose();
        // Kratos' text message of a recovery calls it so; channels that were written for it rely on the name.
        let key = if sms && template == Template::RecoveryCodeValid { "verification_code" } else { key };
        put(name, key, code.into(), code.into());
    }
    if let Some((name, key)) = template.link_field() {
        let link = facts.link.map(Secret::expose);
        let link = if sms { Some(link.unwrap_or_default()) } else { link };
        let link = link.ok_or_else(|| lacks(template, "a link"))?;
        put(name, if sms { "" } else { key }, link.into(), link.into());
    }
    if template.code_field().or(template.link_field()).is_some() {
        let lifespan =
            if template.code_field().is_some() { methods.code.config.lifespan } else { methods.link.config.lifespan };
        let minutes = facts.expires_in.unwrap_or(lifespan).as_secs() / 60;
        let minutes = i64::try_from(minutes).unwrap_or(i64::MAX);
        put("ExpiresInMinutes", "expires_in_minutes", Value::Int(minutes), minutes.into());
    }
    let registration = template == Template::RegistrationCodeValid;
    let identity = match (facts.identity, facts.traits) {
        (Some(identity), _) => json!(identity.to_api(&config.public_url())),
        (None, Some(traits)) => json!({ "traits": traits }),
        (None, None) => Json::Null,
    };
    if registration {
        let traits = identity.get("traits").cloned().unwrap_or_default();
        put("Traits", if sms { "" } else { "traits" }, map(&traits), traits);
    }
    if names(template).contains(&"Identity") {
        put("Identity", if registration && !sms { "" } else { "identity" }, map(&identity), identity);
    }
    put("RequestURL", "request_url", facts.request_url.into(), facts.request_url.into());
    let domain = url::Url::parse(facts.request_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let domain = domain.unwrap_or_default();
    put("RequestURLDomain", if sms { "request_url_domain" } else { "" }, domain.as_str().into(), domain.into());
    let payload = facts.transient_payload.cloned().unwrap_or_default();
    put("TransientPayload", "transient_payload", map(&payload), payload);
    if names(template).contains(&"ChangedAt") {
        let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        let at = now.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default();
        put("ChangedAt", "changed_at", at.as_str().into(), at.into());
    }
    fields.push(("OAuth2LoginRequest", Value::Nil));
    fields.push(("Language", language.into()));
    Ok(Data { fields: Arc::new(Fields { kind: template, values: fields }), json: Json::Object(shown) })
}

/// What is a map in Go is one here, also when there is nothing in it: a field of it is nothing, not an error.
fn map(json: &Json) -> Value {
    if json.is_null() { Value::map(go_template::Map::new()) } else { Value::from_json(json) }
}

fn lacks(template: Template, what: &str) -> ApiError {
    ApiError::internal(&format!("the message {} needs {what}", template.as_str()))
}
