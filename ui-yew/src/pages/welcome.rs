//! The page for the signed-in: their account and this browser's session.

use crate::components::expiry::ExpiryWarning;
use crate::components::facts::fact;
use crate::components::layout::{Card, Section, frame, shell};
use crate::components::notice::notice;
use crate::components::page_link::page_link;
use crate::components::raw::raw;
use crate::hooks::{SessionState, use_i18n, use_session, use_title};
use crate::i18n::{I18n, texts, trouble};
use crate::model::next::Place;
use crate::model::session::{Device, Identity, Session};
use crate::model::traits::{display_name, rows};
use crate::model::{agent, query::Query};
use crate::routes;
use crate::services::browser;
use identity_api::ui::TextType;
use serde_json::Value;
use yew::prelude::*;

/// Account and session, or the way to the sign-in.
#[component]
pub fn WelcomePage() -> Html {
    let i18n = use_i18n();
    let session = use_session();
    use_title(&i18n.t(&texts::NAV_OVERVIEW), false);
    use_way_to_sign_in(&session.state);
    match &session.state {
        SessionState::SignedIn(signed_in) => overview(&signed_in.0, &signed_in.1, &i18n),
        SessionState::Failed(error) => {
            let retry = session.ask.reform(|_: MouseEvent| ());
            let content = html! {
                <div class="stack">
                    <p role="alert">{ trouble::describe(error, &i18n) }</p>
                    <button type="button" class="button button-primary button-wide" onclick={retry}>
                        { i18n.t(&texts::RETRY) }
                    </button>
                </div>
            };
            shell(&i18n, Card { title: i18n.t(&texts::TROUBLE_TITLE), ..Card::default() }, content)
        }
        SessionState::Asking | SessionState::Nobody | SessionState::NeedsMore(_) => {
            let content = html! {
                <div class="skeleton" aria-hidden="true">
                    <span class="bone bone-field"></span>
                    <span class="bone bone-field"></span>
                </div>
            };
            shell(&i18n, Card { title: i18n.t(&texts::LOADING), is_busy: true, ..Card::default() }, content)
        }
    }
}

fn overview(session: &Session, json: &Value, i18n: &I18n) -> Html {
    let name = session.identity.as_ref().and_then(|identity| display_name(&identity.traits));
    let title = match name {
        Some(name) => i18n.with(&texts::WELCOME_NAME, &[("name", &name)]),
        None => i18n.t(&texts::WELCOME),
    };
    let content = html! {
        <>
            <div class="panels">
                { account(session.identity.as_ref(), i18n) }
                { this_session(session, i18n) }
            </div>
            if session.identity.as_ref().is_some_and(|identity| identity.is_admin) {
                // Another bundle: the browser loads it.
                <p><a class="button" href="/admin">{ i18n.t(&texts::ADMIN) }</a></p>
            }
            { raw(i18n.t(&texts::SESSION_RAW), browser::pretty(&json.to_string())) }
            <ExpiryWarning expires_at={session.expires_at.clone()} />
        </>
    };
    frame(i18n, Section::Overview, title, Some(i18n.t(&texts::WELCOME_LEAD)), content)
}

fn account(identity: Option<&Identity>, i18n: &I18n) -> Html {
    let Some(identity) = identity else {
        return html! {
            <section class="panel" aria-labelledby="account-title">
                <h2 id="account-title">{ i18n.t(&texts::ACCOUNT) }</h2>
                { notice(TextType::Info, i18n.t(&texts::ACCOUNT_NONE)) }
            </section>
        };
    };
    html! {
        <section class="panel" aria-labelledby="account-title">
            <h2 id="account-title">{ i18n.t(&texts::ACCOUNT) }</h2>
            <dl class="facts">
                for row in rows(&identity.traits) {
                    { fact(i18n.trait_label(&row.name), html! {
                        <>{ row.value.clone() }{ verification(identity, &row.value, i18n) }</>
                    }) }
                }
                { fact(i18n.t(&texts::ACCOUNT_ID), html! {
                    <code data-test="identity-id">{ &identity.id }</code>
                }) }
            </dl>
        </section>
    }
}

/// Whether a value is an address that was verified, and if not, the way to do it.
fn verification(identity: &Identity, value: &str, i18n: &I18n) -> Html {
    let found = identity.addresses.iter().find(|(address, _)| address.eq_ignore_ascii_case(value));
    match found {
        Some((_, true)) => html! {
            <>{ " " }<span class="badge badge-good">{ i18n.t(&texts::ADDRESS_VERIFIED) }</span></>
        },
        Some(_) => html! {
            <>
                { " " }
                { page_link("/verification", "badge badge-warn", i18n.t(&texts::ADDRESS_UNVERIFIED).into()) }
            </>
        },
        None => html! {},
    }
}

fn this_session(session: &Session, i18n: &I18n) -> Html {
    html! {
        <section class="panel" aria-labelledby="session-title">
            <h2 id="session-title">{ i18n.t(&texts::SESSION) }</h2>
            { session_facts(session, i18n) }
        </section>
    }
}

/// How, when and where a session was begun, and when it ends.
pub(crate) fn session_facts(session: &Session, i18n: &I18n) -> Html {
    let is_second = session.has_two_factors;
    let level = i18n.t(if is_second { &texts::SESSION_AAL2 } else { &texts::SESSION_AAL1 });
    let mut methods: Vec<String> = Vec::new();
    for method in &session.methods {
        let mut name = i18n.method(&method.name);
        if let Some(provider) = &method.provider {
            name = format!("{name} ({provider})");
        }
        if !methods.contains(&name) {
            methods.push(name);
        }
    }
    let time = |time: &str| browser::date_and_time(time, i18n.lang());
    let device = session.devices.first();
    html! {
        <dl class="facts">
            { fact(i18n.t(&texts::SESSION_METHODS), methods.join(", ")) }
            { fact(i18n.t(&texts::SESSION_LEVEL), html! {
                <span class={if is_second { "badge badge-good" } else { "badge" }}>{ level }</span>
            }) }
            { fact(i18n.t(&texts::SESSION_SINCE), time(&session.authenticated_at)) }
            { fact(i18n.t(&texts::SESSION_UNTIL), time(&session.expires_at)) }
            if let Some(device) = device {
                { fact(i18n.t(&texts::SESSION_DEVICE), device_text(device, i18n)) }
            }
        </dl>
    }
}

/// Browser, system, address, place: what is known of a device.
pub(crate) fn device_text(device: &Device, i18n: &I18n) -> String {
    let (browser, system) = agent::describe(&device.user_agent);
    let name = match (browser, system) {
        (Some(browser), Some(system)) => {
            i18n.with(&texts::SESSION_DEVICE_OF, &[("browser", browser), ("system", system)])
        }
        (Some(one), None) => one.to_owned(),
        (None, Some(one)) => one.to_owned(),
        (None, None) => i18n.t(&texts::SESSION_DEVICE_UNKNOWN),
    };
    let more = [&device.ip_address, &device.location];
    let more = more.into_iter().filter(|text| !text.is_empty());
    std::iter::once(name).chain(more.cloned()).collect::<Vec<_>>().join(" · ")
}

/// The address of a page, to come back to after a sign-in.
pub(crate) fn login_and_back(refresh: bool) -> String {
    let here = format!("{}{}", browser::origin(), browser::path());
    Query::default().with("refresh", refresh.then_some("true")).with("return_to", Some(&here)).on("/login")
}

/// Leads whoever is not signed in, or not well enough, to where they can be.
#[hook]
pub(super) fn use_way_to_sign_in(state: &SessionState) {
    use_effect_with(state.clone(), |state| match state {
        SessionState::Nobody => {
            let is_start = matches!(browser::path().as_str(), "/" | "/welcome");
            routes::replace(&if is_start { "/login".to_owned() } else { login_and_back(false) });
        }
        SessionState::NeedsMore(address) => match Place::of(address, &browser::origin()) {
            Some(Place::Page(path)) => routes::replace(&path),
            Some(Place::Elsewhere(address)) => browser::load(&address),
            None => {}
        },
        _ => {}
    });
}
