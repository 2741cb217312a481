//! The signed-in page: the session, the identity, and the way out.

use identity_api::{Session, Timestamp};
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::Error;
use crate::components::alert::Failure;
use crate::components::page::Page;
use crate::hooks::browser;
use crate::hooks::use_session::use_session;
use crate::logic::values::text_of;
use crate::services::logout;
use crate::services::sessions::Who;

/// Shows who is signed in; anybody else is sent to the login.
#[component]
pub fn Welcome() -> Html {
    let (known, ask) = use_session();
    {
        let place = match &*known {
            Some(Ok(Who::SignedOut)) => Some("/login".to_owned()),
            Some(Ok(Who::Elsewhere(place))) => Some(place.clone()),
            _ => None,
        };
        use_effect_with(place, |place| {
            if let Some(place) = place {
                browser::leave(place);
            }
        });
    }
    let body = match &*known {
        Some(Ok(Who::SignedIn(session))) => html! { <Account session={(**session).clone()} /> },
        Some(Err(error)) => html! { <Failure error={error.clone()} retry={ask} /> },
        _ => html! {
            <div class="waiting" aria-busy="true"><span class="spinner" aria-hidden="true"></span><span>{"Loading"}</span></div>
        },
    };
    let failed = matches!(*known, Some(Err(_)));
    html! { <Page heading="Your account" {failed} wide={true}>{ body }</Page> }
}

#[derive(Properties, PartialEq)]
struct AccountProps {
    session: Session,
}

#[component]
fn Account(props: &AccountProps) -> Html {
    let session = &props.session;
    let leaving = use_state(|| false);
    let problem = use_state(|| None::<Error>);
    let sign_out = {
        let (leaving, problem) = (leaving.clone(), problem.clone());
        Callback::from(move |_: MouseEvent| {
            if *leaving {
                return;
            }
            leaving.set(true);
            let (leaving, problem) = (leaving.setter(), problem.setter());
            spawn_local(async move {
                match logout::path().await {
                    // The browser goes there itself, so that the server can clear what it keeps for this site.
                    Ok(path) => browser::leave(path.as_deref().unwrap_or("/login")),
                    Err(error) => {
                        problem.set(Some(error));
                        leaving.set(false);
                    }
                }
            });
        })
    };
    let identity = session.identity.as_ref();
    let traits = identity.map(|identity| traits(&identity.traits)).unwrap_or_default();
    let fact = |name: &str, value: Html| html! { <><dt>{ name.to_owned() }</dt><dd>{ value }</dd></> };
    let addresses = identity.into_iter().flat_map(|identity| &identity.verifiable_addresses).map(|address| {
        let (class, state) = if address.verified { ("tag tag-good", "verified") } else { ("tag", "not verified") };
        html! { <li>{ address.value.clone() }{" "}<span {class}>{ state }</span></li> }
    });
    let methods: Vec<&str> = session.authentication_methods.iter().map(|method| method.method.as_str()).collect();
    html! {
        <>
            if let Some(error) = (*problem).clone() {
                <Failure {error} />
            }
            <section aria-labelledby="identity">
                <h2 id="identity">{"About you"}</h2>
                <dl class="facts">
                    { for traits.iter().map(|(name, value)| fact(name, value.clone().into())) }
                    if let Some(identity) = identity {
                        { fact("Account id", html! { <code>{ identity.id.to_string() }</code> }) }
                        if !identity.verifiable_addresses.is_empty() {
                            { fact("Addresses", html! { <ul class="plain">{ for addresses }</ul> }) }
                        }
                    }
                </dl>
            </section>
            <section aria-labelledby="session">
                <h2 id="session">{"This session"}</h2>
                <dl class="facts">
                    { fact("Signed in", html! { <time>{ moment(session.authenticated_at) }</time> }) }
                    { fact("Ends", html! { <time>{ moment(session.expires_at) }</time> }) }
                    { fact("Signed in with", methods.join(", ").into()) }
                    { fact("Assurance level", session.authenticator_assurance_level.as_str().into()) }
                </dl>
            </section>
            <p class="actions">
                <a class="button button-secondary" href="/settings">{"Account settings"}</a>
                <button type="button" class="button button-primary" name="logout" data-test="logout" onclick={sign_out}
                    aria-disabled={leaving.then_some("true")} aria-busy={leaving.then_some("true")}>
                    { if *leaving { "Signing out – please wait" } else { "Sign out" } }
                </button>
            </p>
        </>
    }
}

/// Names and values of an identity's traits, nested ones with their path.
fn traits(value: &Value) -> Vec<(String, String)> {
    fn walk(name: &str, value: &Value, into: &mut Vec<(String, String)>) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let path = if name.is_empty() { key.clone() } else { format!("{name} {key}") };
                    walk(&path, member, into);
                }
            }
            Value::Null => {}
            other => into.push((name.replace('_', " "), text_of(other))),
        }
    }
    let mut found = Vec::new();
    walk("", value, &mut found);
    found
}

/// A moment in the browser's time zone and language.
fn moment(at: Timestamp) -> String {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this era fit in a double")]
    let milliseconds = at.unix_timestamp() as f64 * 1000.0;
    let date = js_sys::Date::new(&milliseconds.into());
    date.to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED).into()
}
