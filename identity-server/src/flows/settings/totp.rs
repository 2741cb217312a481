//! Setting up an authenticator app, and unlinking it.

use super::{Context, Saved, privileged};
use crate::config::Config;
use crate::flows::second_factor::totp as factor;
use crate::flows::start::{button, method_button, schema_of};
use crate::flows::{Refusal, session_issue};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Credential, CredentialKind, Flow, Identity};
use crate::store::Change;
use identity_api::session::Aal;
use identity_api::ui::{Attributes, ImgAttributes, InputAttributes, NodeGroup, TextAttributes};
use identity_api::{UiNode, messages};
use serde_json::Value;

/// The QR code's size in CSS pixels.
const QR_SIZE: u32 = 256;

/// The QR code, the secret and a field for the first code, or a button to unlink what is set up. A new secret waits in
/// the flow, which is stored sealed.
pub fn nodes(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    identity: &Identity,
    credentials: &[Credential],
) -> Result<Vec<UiNode>, ApiError> {
    if credentials.iter().any(|credential| credential.second_factor() == crate::model::factor::TOTP) {
        let mut unlink = button(NodeGroup::Totp, "totp_unlink", "true", messages::settings_totp_unlink());
        if let Some(input) = unlink.as_input_mut() {
            input.required = true;
        }
        return Ok(vec![unlink]);
    }
    let account = schema_of(app, flow).extract(&identity.traits).totp_account_name;
    let account = account.unwrap_or_else(|| identity.id.to_string());
    let totp = factor::generate(app, config, &account).map_err(|error| ApiError::internal(&error))?;
    let url = totp.get_url();
    let qr = totp.get_qr_base64().map_err(|error| ApiError::internal(&error))?;
    let secret = totp.get_secret_base32();
    if let Value::Object(internal) = &mut flow.internal {
        internal.insert("totp_url".into(), url.into());
    }
    let picture = ImgAttributes {
        id: "totp_qr".into(),
        src: format!("data:image/png;base64,{qr}"),
        width: QR_SIZE,
        height: QR_SIZE,
    };
    let text = TextAttributes { id: "totp_secret_key".into(), text: messages::settings_totp_secret(&secret) };
    let field = InputAttributes { name: "totp_code".into(), required: true, ..InputAttributes::default() };
    Ok(vec![
        UiNode::new(NodeGroup::Totp, Attributes::Img(picture)).labelled(messages::settings_totp_qr()),
        UiNode::new(NodeGroup::Totp, Attributes::Text(text)).labelled(messages::settings_totp_secret_label()),
        UiNode::input(NodeGroup::Totp, field).labelled(messages::label_verify_code()),
        method_button(NodeGroup::Totp, "totp", messages::label_save()),
    ])
}

/// Links the app whose first code is right, or unlinks it.
pub fn submit(context: &Context<'_>, flow: &mut Flow) -> Result<Saved, Refusal> {
    let Context { app, config, identity, session, body, .. } = context;
    privileged::require(app, config, session)?;
    if body.filled("totp_unlink").is_some_and(|value| value == "true") {
        return Ok(Saved::of("totp", vec![Change::DeleteCredential(identity.id, CredentialKind::Totp)]));
    }
    let Some(code) = body.filled("totp_code") else {
        return Err(Refusal::field("totp_code", messages::required("totp_code")));
    };
    let url = flow.internal.get("totp_url").and_then(Value::as_str);
    let Some((url, totp)) = url.and_then(|url| Some((url, factor::parse(url)?))) else {
        return Err(Refusal::message(messages::settings_no_strategy()));
    };
    let Some(step) = factor::matching_step(&totp, code.trim(), app.now().unix_timestamp()) else {
        return Err(Refusal::field("totp_code", messages::totp_invalid()));
    };
    let mut saved = Saved::of(
        "totp",
        vec![
            Change::PutCredential(identity.id, factor::credential(app, identity.id, url)),
            Change::UseTotpStep { identity_id: identity.id, step },
        ],
    );
    saved.session =
        Some(session_issue::strengthen(app, (*session).clone(), session_issue::proof(app, "totp", Aal::Aal2)));
    Ok(saved)
}
