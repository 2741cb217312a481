//! No such page.

use yew::prelude::*;

use crate::components::page::Page;

/// Says so.
#[component]
pub fn NotFound() -> Html {
    html! {
        <Page heading="There is no such page" failed={true}>
            <p>{"The address may be misspelt, or the page is gone."}</p>
            <p class="actions"><a class="button button-primary" href="/">{"Go to your account"}</a></p>
        </Page>
    }
}
