//! Where the account is signed in (ui.md 35).

use super::welcome::{device_text, session_facts};
use super::{login_and_back, use_way_to_sign_in};
use crate::components::layout::{Section, frame};
use crate::error::Error;
use crate::hooks::{SessionState, use_i18n, use_session, use_title};
use crate::i18n::{I18n, texts, trouble};
use crate::model::session::Session;
use crate::routes;
use crate::services::{browser, sessions};
use std::rc::Rc;
use yew::platform::spawn_local;
use yew::prelude::*;

/// The other sessions: on their way, had, or not to be had.
type Others = Option<Result<Rc<Vec<Session>>, Error>>;

/// This session and the others, each with a button that ends it.
#[component]
pub fn SessionsPage() -> Html {
    let i18n = use_i18n();
    let session = use_session();
    let others = use_state(|| Others::None);
    let title = i18n.t(&texts::NAV_SESSIONS);
    use_title(&title, matches!(&*others, Some(Err(_))));
    use_way_to_sign_in(&session.state);
    let fetch = {
        let others = others.setter();
        use_callback((), move |(), ()| {
            let others = others.clone();
            spawn_local(async move { others.set(Some(sessions::others().await.map(Rc::new))) });
        })
    };
    {
        let fetch = fetch.clone();
        use_effect_with((), move |()| fetch.emit(()));
    }
    // Ends one session, or all others, and says so.
    let end = {
        let (fetch, i18n, others) = (fetch.clone(), i18n.clone(), others.setter());
        Callback::from(move |ended: Option<(String, String)>| {
            let (fetch, i18n, others) = (fetch.clone(), i18n.clone(), others.clone());
            spawn_local(async move {
                let id = ended.as_ref().map(|(id, _)| id.as_str());
                match sessions::end(id).await {
                    Ok(()) => {
                        browser::announce(&match &ended {
                            Some((_, device)) => i18n.with(&texts::SESSIONS_ENDED, &[("device", device)]),
                            None => i18n.t(&texts::SESSIONS_ENDED_ALL),
                        });
                        browser::focus_first("#others-title");
                        fetch.emit(());
                    }
                    Err(error) if error.status() == Some(401) => routes::replace(&login_and_back(false)),
                    Err(error) => others.set(Some(Err(error))),
                }
            });
        })
    };
    let current = match &session.state {
        SessionState::SignedIn(known) => html! {
            <section class="panel" aria-labelledby="current-title">
                <div class="panel-head">
                    <h2 id="current-title">{ i18n.t(&texts::SESSION) }</h2>
                    <span class="badge badge-good">{ i18n.t(&texts::SESSIONS_CURRENT) }</span>
                </div>
                { session_facts(&known.0, &i18n) }
            </section>
        },
        SessionState::Failed(error) => html! { <p role="alert">{ trouble::describe(error, &i18n) }</p> },
        _ => html! { <div class="skeleton" aria-hidden="true"><span class="bone bone-field"></span></div> },
    };
    let content = html! {
        <>
            { current }
            <section class="stack" aria-labelledby="others-title">
                <h2 id="others-title" tabindex="-1">{ i18n.t(&texts::SESSIONS_OTHERS) }</h2>
                { listed(&others, &end, &fetch, &i18n) }
            </section>
        </>
    };
    frame(&i18n, Section::Sessions, title, Some(i18n.t(&texts::SESSIONS_LEAD)), content)
}

fn listed(others: &Others, end: &Callback<Option<(String, String)>>, again: &Callback<()>, i18n: &I18n) -> Html {
    match others {
        None => html! { <p class="muted">{ i18n.t(&texts::LOADING) }</p> },
        Some(Err(error)) => html! {
            <>
                <p role="alert">{ trouble::describe(error, i18n) }</p>
                <p>
                    <button type="button" class="button" onclick={again.reform(|_: MouseEvent| ())}>
                        { i18n.t(&texts::RETRY) }
                    </button>
                </p>
            </>
        },
        Some(Ok(others)) if others.is_empty() => html! { <p class="muted">{ i18n.t(&texts::SESSIONS_NONE) }</p> },
        Some(Ok(others)) => html! {
            <>
                <ul class="panels plain">
                    for session in others.iter() {
                        <li key={session.id.clone()} class="panel" data-session={session.id.clone()}>
                            { session_facts(session, i18n) }
                            { end_button(session, end, i18n) }
                        </li>
                    }
                </ul>
                <p>
                    <button type="button" class="button button-danger" name="end-others"
                            onclick={end.reform(|_: MouseEvent| None)}>
                        { i18n.t(&texts::SESSIONS_END_ALL) }
                    </button>
                </p>
            </>
        },
    }
}

fn end_button(session: &Session, end: &Callback<Option<(String, String)>>, i18n: &I18n) -> Html {
    let device = session
        .devices
        .first()
        .map_or_else(|| i18n.t(&texts::SESSION_DEVICE_UNKNOWN), |device| device_text(device, i18n));
    let label = i18n.with(&texts::SESSIONS_END_OF, &[("device", &device)]);
    let id = session.id.clone();
    let onclick = end.reform(move |_: MouseEvent| Some((id.clone(), device.clone())));
    html! {
        <button type="button" class="button button-danger" name="end-session" aria-label={label} {onclick}>
            { i18n.t(&texts::SESSIONS_END) }
        </button>
    }
}
