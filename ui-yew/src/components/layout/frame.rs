//! The frame of pages for the signed-in.

use crate::components::language::LanguagePicker;
use crate::components::logo::brand;
use crate::components::logout::LogoutButton;
use crate::components::page_link::nav_link;
use crate::i18n::{I18n, texts};
use yew::prelude::*;

/// The part of the app that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Account and session.
    Overview,
    /// Profile and ways to sign in.
    Settings,
    /// Sessions on all devices.
    Sessions,
}

/// Bar with navigation and sign-out, then the page.
pub fn frame(i18n: &I18n, section: Section, title: String, lead: Option<String>, content: Html) -> Html {
    let links = [
        (Section::Overview, "/welcome", &texts::NAV_OVERVIEW),
        (Section::Settings, "/settings", &texts::NAV_SETTINGS),
        (Section::Sessions, "/settings/sessions", &texts::NAV_SESSIONS),
    ];
    html! {
        <>
            <a class="skip" href="#main">{ i18n.t(&texts::SKIP) }</a>
            <header class="bar">
                <div class="bar-inner">
                    { brand(i18n) }
                    <nav aria-label={i18n.t(&texts::NAV)}>
                        <ul>
                            for (own, to, text) in links {
                                <li>{ nav_link(to, own == section, i18n.t(text).into()) }</li>
                            }
                        </ul>
                    </nav>
                    <LogoutButton />
                </div>
            </header>
            <main id="main" class="page" tabindex="-1">
                <div class="page-head">
                    <h1 tabindex="-1">{ title }</h1>
                    if let Some(lead) = lead {
                        <p class="muted">{ lead }</p>
                    }
                </div>
                { content }
            </main>
            <footer class="shell-foot"><LanguagePicker /></footer>
        </>
    }
}
