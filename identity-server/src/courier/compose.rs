//! Writing messages: from a kind and what is known to a message for the queue.

use super::data::{self, Facts};
use super::kind::Part;
use super::templates::Chosen;
use super::{Template, language};
use crate::config::Config;
use crate::http::app::App;
use crate::http::context;
use crate::http::error::ApiError;
use crate::store::NewMessage;
use go_template::Value;

/// Writes a message of kind `template` to `address` (`via` is `email` or `sms`). Commit it with the change that
/// causes it: `Change::QueueMessage(message)`.
///
/// The language is the identity's (`locale`, `language` or `lang` in its traits or public metadata), else the
/// browser's, else English. A template of the operator that fails with this message is logged with its file and line,
/// and the built-in one is sent: nobody is kept out by a template.
///
/// # Errors
/// When a code or link that the message needs is missing.
pub fn compose(
    app: &App,
    config: &Config,
    template: Template,
    (via, address): (&str, &str),
    facts: &Facts<'_>,
) -> Result<NewMessage, ApiError> {
    let request = context::current();
    let accepted = request.as_ref().and_then(|request| request.languages.as_deref());
    let wishes = language::wishes(facts.identity, accepted);
    let templates = app.mails.load();
    let chosen = templates.choose(template, &wishes);
    let now = app.now();
    let data = data::collect(config, template, (via, address), facts, chosen.language(), now)?;
    let dot = Value::Object(data.fields);
    let sms = via == "sms";
    let (subject, body, html) = if sms {
        (String::new(), render(&chosen, Part::Sms, &dot)?, String::new())
    } else {
        let [subject, body, html] = [Part::Subject, Part::Plain, Part::Html].map(|part| render(&chosen, part, &dot));
        (subject?, body?, html?)
    };
    let id = crate::crypto::token::uuid(&mut app.rng());
    Ok(NewMessage {
        id,
        kind: if sms { "sms" } else { "email" },
        channel: via.into(),
        recipient: address.into(),
        subject: one_line(&subject),
        body,
        html_body: html,
        template_type: template.as_str().into(),
        template_data: data.json,
        created_at: now,
    })
}

fn render(chosen: &Chosen<'_>, part: Part, dot: &Value) -> Result<String, ApiError> {
    match chosen.render(part, dot) {
        Ok(text) => Ok(text),
        Err(error) => {
            tracing::error!(%error, "a mail template failed; the built-in one is sent");
            chosen.render_builtin(part, dot).map_err(|error| ApiError::internal(&error))
        }
    }
}

/// A subject is one line: a line break in it would begin another header.
fn one_line(subject: &str) -> String {
    subject.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
