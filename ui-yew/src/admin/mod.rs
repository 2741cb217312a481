//! The administration: identities, their sessions, and the courier's messages.
//!
//! A bundle of its own. It talks to the admin API through the gateway, which lets administrators through; nothing in
//! here protects anything.

mod confirm;
mod fetch;
mod identities;
mod identity;
mod messages;

use crate::components::language::LanguagePicker;
use crate::components::logout::LogoutButton;
use crate::components::page_link::nav_link;
use crate::error::Error;
use crate::hooks::{I18nProvider, use_i18n};
use crate::i18n::{I18n, texts, trouble};
use crate::model::query::Query;
use crate::routes::MOVED;
use crate::services::browser;
use gloo_events::EventListener;
use identities::IdentitiesPage;
use identity::IdentityPage;
use messages::MessagesPage;
use yew::prelude::*;

/// Everything.
#[component]
pub fn AdminApp() -> Html {
    html! { <I18nProvider><Pages /></I18nProvider> }
}

/// The page of the current address.
#[component]
fn Pages() -> Html {
    let i18n = use_i18n();
    let here = || (browser::path(), browser::query());
    let place = use_state(here);
    {
        let place = place.setter();
        use_effect_with((), move |()| {
            let moved = EventListener::new(&browser::window(), MOVED, move |_| place.set(here()));
            move || drop(moved)
        });
    }
    let is_first = use_mut_ref(|| true);
    // ui.md 22
    use_effect_with(place.0.clone(), move |_| {
        if !is_first.replace(false) {
            browser::focus_first("h1");
        }
    });
    let (path, query) = (*place).clone();
    let path = path.strip_prefix("/admin").unwrap_or_default().trim_end_matches('/');
    match path.strip_prefix("/identities/") {
        Some(id) => html! { <IdentityPage key={id.to_owned()} id={id.to_owned()} /> },
        None if path == "/messages" => html! { <MessagesPage query={Query::parse(&query)} /> },
        None if path.is_empty() => html! { <IdentitiesPage query={Query::parse(&query)} /> },
        None => frame(&i18n, i18n.t(&texts::NOT_FOUND), html! {}),
    }
}

/// Bar with navigation, then the page.
fn frame(i18n: &I18n, title: String, content: Html) -> Html {
    let path = browser::path();
    let is_messages = path.starts_with("/admin/messages");
    html! {
        <>
            <a class="skip" href="#main">{ i18n.t(&texts::SKIP) }</a>
            <header class="bar">
                <div class="bar-inner">
                    <span class="brand-name">{ i18n.t(&texts::ADMIN) }</span>
                    <nav aria-label={i18n.t(&texts::NAV)}>
                        <ul>
                            <li>{ nav_link("/admin", !is_messages, i18n.t(&texts::ADMIN_IDENTITIES).into()) }</li>
                            <li>{ nav_link("/admin/messages", is_messages, i18n.t(&texts::ADMIN_MESSAGES).into()) }</li>
                            <li><a href="/welcome">{ i18n.t(&texts::ADMIN_BACK) }</a></li>
                        </ul>
                    </nav>
                    <LogoutButton />
                </div>
            </header>
            <main id="main" class="page" tabindex="-1">
                <div class="page-head"><h1 tabindex="-1">{ title }</h1></div>
                { content }
            </main>
            <footer class="shell-foot"><LanguagePicker /></footer>
        </>
    }
}

/// What to show in place of something that could not be had; whoever is not signed in is led to the sign-in.
fn refused(error: &Error, again: &Callback<()>, i18n: &I18n) -> Html {
    let text = match error.status() {
        Some(401 | 403) => i18n.t(&texts::ADMIN_REFUSED),
        Some(404) => i18n.t(&texts::ADMIN_GONE),
        _ => trouble::describe(error, i18n),
    };
    html! {
        <div class="stack narrow">
            <p role="alert">{ text }</p>
            if error.status() == Some(401) {
                <p><a class="button button-primary" href={crate::pages::login_and_back(false)}>
                    { i18n.t(&texts::LOGIN) }
                </a></p>
            } else {
                <p>
                    <button type="button" class="button" onclick={again.reform(|_: MouseEvent| ())}>
                        { i18n.t(&texts::RETRY) }
                    </button>
                </p>
            }
        </div>
    }
}

/// Links to the first and the next page of a list.
fn pages(path: &str, query: &Query, next: Option<&str>, i18n: &I18n) -> Html {
    let first = query.clone().with("page_token", None).on(path);
    let next = next.map(|token| query.clone().with("page_token", Some(token)).on(path));
    html! {
        <nav class="buttons-row" aria-label={i18n.t(&texts::ADMIN_PAGES)}>
            if query.get("page_token").is_some() {
                { crate::components::page_link::page_link(first, "button button-small", i18n.t(&texts::ADMIN_FIRST).into()) }
            }
            if let Some(next) = next {
                { crate::components::page_link::page_link(next, "button button-small", i18n.t(&texts::ADMIN_NEXT).into()) }
            }
        </nav>
    }
}
