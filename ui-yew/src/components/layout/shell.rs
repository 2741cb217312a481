//! The frame of pages with a single card: what one sees before signing in.

use crate::components::language::LanguagePicker;
use crate::components::logo::Brand;
use crate::hooks::use_i18n;
use crate::i18n::texts;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ShellProps {
    pub title: AttrValue,
    /// A sentence below the title.
    #[prop_or_default]
    pub lead: Option<AttrValue>,
    /// Links below the card.
    #[prop_or_default]
    pub below: Html,
    #[prop_or_default]
    pub is_busy: bool,
    pub children: Html,
}

/// Mark, card, choice of language.
#[component]
pub fn Shell(props: &ShellProps) -> Html {
    let i18n = use_i18n();
    html! {
        <div class="shell">
            <a class="skip" href="#main">{ i18n.t(&texts::SKIP) }</a>
            <header class="shell-head"><Brand /></header>
            <main id="main" class="shell-main" tabindex="-1">
                <div class="card" aria-busy={props.is_busy.then_some("true")}>
                    <div class="card-head">
                        <h1 tabindex="-1">{ &props.title }</h1>
                        if let Some(lead) = &props.lead {
                            <p class="muted">{ lead }</p>
                        }
                    </div>
                    { props.children.clone() }
                </div>
                <div class="below-card">{ props.below.clone() }</div>
            </main>
            <footer class="shell-foot"><LanguagePicker /></footer>
        </div>
    }
}
