//! The frame of pages for the signed-in.

use crate::components::language::LanguagePicker;
use crate::components::logo::Brand;
use crate::components::logout::LogoutButton;
use crate::components::page_link::PageLink;
use crate::hooks::use_i18n;
use crate::i18n::texts;
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

#[derive(Properties, PartialEq)]
pub struct FrameProps {
    pub section: Section,
    pub title: AttrValue,
    #[prop_or_default]
    pub lead: Option<AttrValue>,
    pub children: Html,
}

/// Bar with navigation and sign-out, then the page.
#[component]
pub fn Frame(props: &FrameProps) -> Html {
    let i18n = use_i18n();
    let links =
        [(Section::Overview, "/welcome", &texts::NAV_OVERVIEW), (Section::Settings, "/settings", &texts::NAV_SETTINGS)];
    html! {
        <>
            <a class="skip" href="#main">{ i18n.t(&texts::SKIP) }</a>
            <header class="bar">
                <div class="bar-inner">
                    <Brand />
                    <nav aria-label={i18n.t(&texts::NAV)}>
                        <ul>
                            for (section, to, text) in links {
                                <li>
                                    <PageLink {to} is_current={section == props.section}>{ i18n.t(text) }</PageLink>
                                </li>
                            }
                        </ul>
                    </nav>
                    <LogoutButton />
                </div>
            </header>
            <main id="main" class="page" tabindex="-1">
                <div class="page-head">
                    <h1 tabindex="-1">{ &props.title }</h1>
                    if let Some(lead) = &props.lead {
                        <p class="muted">{ lead }</p>
                    }
                </div>
                { props.children.clone() }
            </main>
            <footer class="shell-foot"><LanguagePicker /></footer>
        </>
    }
}
