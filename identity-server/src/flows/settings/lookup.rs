//! Backup codes: made, confirmed, revealed, switched off.

use super::{Context, Saved, privileged, replace_group};
use crate::flows::second_factor::lookup::{self as factor, Codes};
use crate::flows::start::button;
use crate::flows::{Refusal, session_issue};
use crate::model::{Credential, CredentialKind, Flow, Secret};
use crate::store::Change;
use identity_api::session::Aal;
use identity_api::ui::{Attributes, NodeGroup, TextAttributes};
use identity_api::{Timestamp, UiNode, UiText, messages};
use serde_json::{Value, json};

/// What the form offers at first.
pub fn nodes(credentials: &[Credential]) -> Vec<UiNode> {
    match existing(credentials) {
        Some(_) => vec![
            action("reveal", messages::settings_lookup_reveal()),
            action("disable", messages::settings_lookup_disable()),
        ],
        None => vec![action("regenerate", messages::settings_lookup_regenerate())],
    }
}

fn action(name: &str, label: UiText) -> UiNode {
    button(NodeGroup::LookupSecret, &format!("lookup_secret_{name}"), "true", label)
}

fn existing(credentials: &[Credential]) -> Option<&Credential> {
    credentials.iter().find(|credential| credential.second_factor() == crate::model::factor::LOOKUP_SECRET)
}

/// The list of the codes; used ones show when.
fn list(codes: &Codes, used: &[(u32, Timestamp)]) -> UiNode {
    let mut shown = Vec::with_capacity(codes.codes.len());
    let mut secrets = Vec::with_capacity(codes.codes.len());
    for (position, code) in (0..).zip(&codes.codes) {
        match used.iter().find(|(used, _)| *used == position) {
            Some((_, at)) => {
                shown.push("used".to_owned());
                secrets.push(messages::settings_lookup_used(*at));
            }
            None => {
                shown.push(code.expose().to_owned());
                secrets.push(messages::settings_lookup_secret(code.expose()));
            }
        }
    }
    let text =
        TextAttributes { id: "lookup_secret_codes".into(), text: messages::settings_lookup_secrets(&shown, &secrets) };
    UiNode::new(NodeGroup::LookupSecret, Attributes::Text(text)).labelled(messages::settings_lookup_label())
}

/// Does what the pressed button says.
pub async fn submit(context: &Context<'_>, flow: &mut Flow) -> Result<Saved, Refusal> {
    let Context { app, config, identity, credentials, session, body } = context;
    let pressed = |name: &str| body.filled(&format!("lookup_secret_{name}")).is_some_and(|value| value == "true");
    let [reveal, regenerate, confirm, disable] = ["reveal", "regenerate", "confirm", "disable"].map(pressed);
    if !(reveal || regenerate || confirm || disable) {
        return Err(Refusal::message(messages::settings_no_strategy()));
    }
    privileged::require(app, config, session)?;
    if disable {
        let change = Change::DeleteCredential(identity.id, CredentialKind::LookupSecret);
        return Ok(Saved::of("lookup_secret", vec![change]));
    }
    if regenerate {
        let codes = factor::generate(app);
        remember(flow, &codes);
        let mut nodes = vec![list(&codes, &[]), action("confirm", messages::settings_lookup_confirm())];
        if existing(credentials).is_some() {
            nodes.push(action("disable", messages::settings_lookup_disable()));
        }
        replace_group(flow, NodeGroup::LookupSecret, nodes);
        return Ok(Saved { form_stays: true, ..Saved::of("lookup_secret", Vec::new()) });
    }
    if reveal {
        let codes = existing(credentials).and_then(|credential| factor::codes_of(app, identity.id, credential));
        let Some(codes) = codes else {
            return Err(Refusal::message(messages::generic("There are no backup codes to reveal.")));
        };
        let used = app.store.lookup_secret_uses(identity.id, &codes.batch).await?;
        let nodes = vec![
            list(&codes, &used),
            action("regenerate", messages::settings_lookup_regenerate()),
            action("disable", messages::settings_lookup_disable()),
        ];
        replace_group(flow, NodeGroup::LookupSecret, nodes);
        return Ok(Saved { form_stays: true, ..Saved::of("lookup_secret", Vec::new()) });
    }
    let Some(codes) = remembered(flow) else {
        let reason = "There are no new backup codes to confirm. Generate them first.";
        return Err(Refusal::message(messages::generic(reason)));
    };
    let credential = factor::credential(app, identity.id, &codes);
    let mut saved = Saved::of("lookup_secret", vec![Change::PutCredential(identity.id, credential)]);
    let proof = session_issue::proof(app, "lookup_secret", Aal::Aal2);
    saved.session = Some(session_issue::strengthen(app, (*session).clone(), proof));
    Ok(saved)
}

/// New codes wait in the flow, which is stored sealed, until they are confirmed.
fn remember(flow: &mut Flow, codes: &Codes) {
    let list: Vec<&str> = codes.codes.iter().map(Secret::expose).collect();
    if let Value::Object(internal) = &mut flow.internal {
        internal.insert("lookup_secret".into(), json!({ "batch": codes.batch, "codes": list }));
    }
}

fn remembered(flow: &Flow) -> Option<Codes> {
    let kept = flow.internal.get("lookup_secret")?;
    let batch = kept.get("batch")?.as_str()?.to_owned();
    let codes = kept.get("codes")?.as_array()?.iter().filter_map(Value::as_str).map(Secret::new).collect();
    Some(Codes { batch, codes })
}
