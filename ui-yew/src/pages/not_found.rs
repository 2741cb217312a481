//! Addresses that are none.

use crate::components::layout::Shell;
use crate::components::page_link::PageLink;
use crate::hooks::{use_i18n, use_title};
use crate::i18n::texts;
use yew::prelude::*;

/// Says so and leads on.
#[component]
pub fn NotFoundPage() -> Html {
    let i18n = use_i18n();
    let title = i18n.t(&texts::NOT_FOUND);
    use_title(&title, true);
    html! {
        <Shell {title} lead={AttrValue::from(i18n.t(&texts::NOT_FOUND_LEAD))}>
            <PageLink class="button button-primary button-wide" to="/welcome">{ i18n.t(&texts::ERROR_HOME) }</PageLink>
        </Shell>
    }
}
