//! One identity: what it is, where it is signed in, and what can be done to it.

use super::confirm::Confirm;
use super::fetch::{Fetched, use_fetch};
use super::identities::state;
use super::{frame, refused};
use crate::components::facts::fact;
use crate::components::raw::raw;
use crate::error::Error;
use crate::hooks::{use_i18n, use_title};
use crate::i18n::texts::{self, Text};
use crate::i18n::{I18n, trouble};
use crate::model::session::{Identity, Session};
use crate::model::traits::{identifier, rows};
use crate::model::wire::{flag, text, text_or_empty};
use crate::pages::session_facts;
use crate::routes;
use crate::services::admin::{self, Act};
use crate::services::browser;
use serde_json::Value;
use yew::platform::spawn_local;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct IdentityProps {
    /// Its id.
    pub id: String,
}

/// How the last thing that was done went.
type Outcome = Option<Result<(Act, Value), Error>>;

/// Details, sessions, actions.
#[component]
pub fn IdentityPage(props: &IdentityProps) -> Html {
    let i18n = use_i18n();
    let (found, again) = use_fetch(format!("/identities/{}", props.id));
    let (sessions, again_sessions) = use_fetch(format!("/identities/{}/sessions?active=true&page_size=50", props.id));
    let doubtful = use_state(|| None::<Act>);
    let outcome = use_state(|| Outcome::None);
    let name = match &found {
        Some(Ok(found)) => found.body.get("traits").and_then(identifier),
        _ => None,
    };
    let title = name.unwrap_or_else(|| props.id.clone());
    use_title(&title, matches!(found, Some(Err(_))));
    let act = {
        let (id, outcome, i18n) = (props.id.clone(), outcome.setter(), i18n.clone());
        let (again, again_sessions) = (again.clone(), again_sessions);
        Callback::from(move |act: Act| {
            let (id, outcome, i18n) = (id.clone(), outcome.clone(), i18n.clone());
            let (again, again_sessions) = (again.clone(), again_sessions.clone());
            spawn_local(async move {
                let done = admin::act(act, &id).await;
                if let (Act::Delete, Ok(_)) = (act, &done) {
                    routes::replace("/admin");
                    return;
                }
                browser::announce(&match &done {
                    Ok(_) => i18n.t(&texts::ADMIN_DONE),
                    Err(error) => trouble::describe(error, &i18n),
                });
                outcome.set(Some(done.map(|answer| (act, answer))));
                browser::focus_first("h1");
                if act != Act::Recover {
                    again.emit(());
                    again_sessions.emit(());
                }
            });
        })
    };
    let content = match &found {
        None => html! { <p class="muted">{ i18n.t(&texts::LOADING) }</p> },
        Some(Err(error)) => refused(error, &again, &i18n),
        Some(Ok(found)) => html! {
            <>
                <div class="panels">
                    { details(&found.body, &i18n) }
                    { actions(&found.body, &title, &doubtful, &act, &i18n) }
                </div>
                <section class="stack" aria-labelledby="sessions-title">
                    <h2 id="sessions-title">{ i18n.t(&texts::NAV_SESSIONS) }</h2>
                    { listed(&sessions, &i18n) }
                </section>
                { raw("JSON".into(), browser::pretty(&found.body.to_string())) }
            </>
        },
    };
    frame(&i18n, title, html! { <>{ told(&outcome, &i18n) }{ content }</> })
}

fn told(outcome: &Outcome, i18n: &I18n) -> Html {
    match outcome {
        None => html! {},
        Some(Err(error)) => html! { <p role="alert" class="fault">{ trouble::describe(error, i18n) }</p> },
        Some(Ok((Act::Recover, answer))) => html! {
            <section class="panel narrow" aria-labelledby="recovery-title">
                <h2 id="recovery-title">{ i18n.t(&texts::ADMIN_CODE) }</h2>
                <p>{ i18n.t(&texts::ADMIN_CODE_HINT) }</p>
                <p class="secret" translate="no"><code>{ text_or_empty(answer, "recovery_code") }</code></p>
                <p class="secret" translate="no"><code>{ text_or_empty(answer, "recovery_link") }</code></p>
                <p class="muted">
                    { i18n.t(&texts::SESSION_UNTIL) }{ " " }
                    { browser::date_and_time(&text_or_empty(answer, "expires_at"), i18n.lang()) }
                </p>
            </section>
        },
        Some(Ok(_)) => html! { <p class="muted">{ i18n.t(&texts::ADMIN_DONE) }</p> },
    }
}

fn details(value: &Value, i18n: &I18n) -> Html {
    let Some(identity) = Identity::read(value) else {
        return html! {};
    };
    let credentials = value.get("credentials").and_then(Value::as_object);
    let methods: Vec<String> =
        credentials.map(|all| all.keys().map(|kind| i18n.method(kind)).collect()).unwrap_or_default();
    let verified = |address: &str| {
        let known = identity.addresses.iter().any(|(value, verified)| *verified && value == address);
        known.then(|| html! { <>{ " " }<span class="badge badge-good">{ i18n.t(&texts::ADDRESS_VERIFIED) }</span></> })
    };
    html! {
        <section class="panel" aria-labelledby="account-title">
            <h2 id="account-title">{ i18n.t(&texts::ACCOUNT) }</h2>
            <dl class="facts">
                for row in rows(&identity.traits) {
                    { fact(i18n.trait_label(&row.name), html! {
                        <>{ row.value.clone() }{ verified(&row.value).unwrap_or_default() }</>
                    }) }
                }
                { fact(i18n.t(&texts::ADMIN_STATE), state(value, i18n)) }
                { fact(i18n.t(&texts::ADMIN_METHODS), methods.join(", ")) }
                { fact(i18n.t(&texts::ADMIN_SCHEMA), text_or_empty(value, "schema_id")) }
                { fact(i18n.t(&texts::ADMIN_CREATED), browser::date_and_time(&text_or_empty(value, "created_at"), i18n.lang())) }
                { fact(i18n.t(&texts::ACCOUNT_ID), html! { <code>{ identity.id.clone() }</code> }) }
            </dl>
        </section>
    }
}

fn actions(value: &Value, who: &str, doubtful: &UseStateHandle<Option<Act>>, act: &Callback<Act>, i18n: &I18n) -> Html {
    let is_active = text(value, "state").as_deref() == Some("active");
    let button = |wanted: Act, text: &'static Text, question: Option<&'static Text>| {
        let name = text.key;
        if **doubtful == Some(wanted)
            && let Some(question) = question
        {
            let (doubtful, act) = (doubtful.setter(), act.clone());
            let decide = Callback::from(move |is_sure: bool| {
                doubtful.set(None);
                if is_sure {
                    act.emit(wanted);
                }
            });
            return html! {
                <Confirm question={i18n.with(question, &[("who", who)])} action={i18n.t(text)} {decide} />
            };
        }
        let onclick = {
            let (doubtful, act) = (doubtful.setter(), act.clone());
            Callback::from(
                move |_: MouseEvent| {
                    if question.is_some() { doubtful.set(Some(wanted)) } else { act.emit(wanted) }
                },
            )
        };
        let class = if question.is_some() { "button button-danger" } else { "button" };
        html! { <button type="button" {class} {name} {onclick}>{ i18n.t(text) }</button> }
    };
    html! {
        <section class="panel" aria-labelledby="actions-title">
            <h2 id="actions-title">{ i18n.t(&texts::ADMIN_ACTIONS) }</h2>
            { button(Act::Recover, &texts::ADMIN_RECOVER, None) }
            if is_active {
                { button(Act::Disable, &texts::ADMIN_DISABLE, Some(&texts::ADMIN_DISABLE_ASK)) }
            } else {
                { button(Act::Enable, &texts::ADMIN_ENABLE, None) }
            }
            { button(Act::EndSessions, &texts::ADMIN_END, Some(&texts::ADMIN_END_ASK)) }
            { button(Act::Delete, &texts::ADMIN_DELETE, Some(&texts::ADMIN_DELETE_ASK)) }
        </section>
    }
}

fn listed(sessions: &Fetched, i18n: &I18n) -> Html {
    let sessions: Vec<Session> = match sessions {
        None => return html! { <p class="muted">{ i18n.t(&texts::LOADING) }</p> },
        Some(Err(error)) if error.status() == Some(404) => Vec::new(),
        Some(Err(error)) => return html! { <p role="alert">{ trouble::describe(error, i18n) }</p> },
        Some(Ok(found)) => {
            let all = found.body.as_array().map(Vec::as_slice).unwrap_or_default();
            all.iter().filter(|session| flag(session, "active")).filter_map(Session::read).collect()
        }
    };
    if sessions.is_empty() {
        return html! { <p class="muted">{ i18n.t(&texts::ADMIN_NO_SESSIONS) }</p> };
    }
    html! {
        <ul class="panels plain">
            for session in &sessions {
                <li key={session.id.clone()} class="panel">{ session_facts(session, i18n) }</li>
            }
        </ul>
    }
}
