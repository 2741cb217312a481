//! The frame of pages with a single card: what one sees before signing in.

use crate::components::language::LanguagePicker;
use crate::components::logo::brand;
use crate::i18n::{I18n, texts};
use yew::prelude::*;

/// What stands around the content of such a page.
#[derive(Default)]
pub struct Card {
    /// The headline.
    pub title: String,
    /// A sentence below the title.
    pub lead: Option<String>,
    /// Links below the card.
    pub below: Html,
    /// Whether the content is on its way.
    pub is_busy: bool,
}

/// Mark, card, choice of language.
pub fn shell(i18n: &I18n, card: Card, content: Html) -> Html {
    html! {
        <div class="shell">
            <a class="skip" href="#main">{ i18n.t(&texts::SKIP) }</a>
            <header class="shell-head">{ brand(i18n) }</header>
            <main id="main" class="shell-main" tabindex="-1">
                <div class="card" aria-busy={card.is_busy.then_some("true")}>
                    <div class="card-head">
                        <h1 tabindex="-1">{ card.title }</h1>
                        if let Some(lead) = card.lead {
                            <p class="muted">{ lead }</p>
                        }
                    </div>
                    { content }
                </div>
                <div class="below-card">{ card.below }</div>
            </main>
            <footer class="shell-foot"><LanguagePicker /></footer>
        </div>
    }
}
