//! Addresses that are none.

use crate::components::layout::{Card, shell};
use crate::components::page_link::page_link;
use crate::hooks::{use_i18n, use_title};
use crate::i18n::texts;
use yew::prelude::*;

/// Says so and leads on.
#[component]
pub fn NotFoundPage() -> Html {
    let i18n = use_i18n();
    let title = i18n.t(&texts::NOT_FOUND);
    use_title(&title, true);
    let card = Card { title, lead: Some(i18n.t(&texts::NOT_FOUND_LEAD)), ..Card::default() };
    let home = page_link("/welcome", "button button-primary button-wide", i18n.t(&texts::ERROR_HOME).into());
    shell(&i18n, card, home)
}
