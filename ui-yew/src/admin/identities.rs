//! All identities, with a search (ui.md 50: the address holds what is looked for and the page).

use super::fetch::use_fetch;
use super::{frame, pages, refused};
use crate::components::page_link::page_link;
use crate::hooks::{use_i18n, use_title};
use crate::i18n::{I18n, texts};
use crate::model::query::Query;
use crate::model::session::Identity;
use crate::model::traits::{display_name, identifier};
use crate::model::wire::{text, text_or_empty};
use crate::routes;
use crate::services::{admin, browser};
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ListProps {
    /// What is looked for, and the page.
    pub query: Query,
}

/// A table of identities.
#[component]
pub fn IdentitiesPage(props: &ListProps) -> Html {
    let i18n = use_i18n();
    let query = &props.query;
    let path = admin::list("/identities", ("search", query.get("search")), query.get("page_token"));
    let (found, again) = use_fetch(path);
    let title = i18n.t(&texts::ADMIN_IDENTITIES);
    use_title(&title, matches!(found, Some(Err(_))));
    let content = match &found {
        None => html! { <p class="muted">{ i18n.t(&texts::LOADING) }</p> },
        Some(Err(error)) => refused(error, &again, &i18n),
        Some(Ok(found)) => {
            let rows = found.body.as_array().map(Vec::as_slice).unwrap_or_default();
            html! {
                <>
                    if rows.is_empty() {
                        <p class="muted">{ i18n.t(&texts::ADMIN_NOTHING) }</p>
                    } else {
                        { table(rows, &i18n) }
                    }
                    { pages("/admin", query, found.next.as_deref(), &i18n) }
                </>
            }
        }
    };
    frame(&i18n, title, html! { <>{ search(query, &i18n) }{ content }</> })
}

fn search(query: &Query, i18n: &I18n) -> Html {
    let onsubmit = Callback::from(|event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let field = form.and_then(|form| form.query_selector("[name=search]").ok().flatten());
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            let text = field.value();
            let text = Some(text.trim()).filter(|text| !text.is_empty());
            routes::go(&Query::default().with("search", text).on("/admin"));
        }
    });
    html! {
        <form class="search" role="search" {onsubmit}>
            <label class="label" for="search">{ i18n.t(&texts::ADMIN_SEARCH) }</label>
            <p class="hint" id="search-hint">{ i18n.t(&texts::ADMIN_SEARCH_HINT) }</p>
            <div class="search-line">
                <input class="input" id="search" name="search" type="search" autocomplete="off" spellcheck="false"
                    autocapitalize="none" aria-describedby="search-hint"
                    value={query.get("search").unwrap_or_default().to_owned()} />
                <button class="button button-primary" type="submit">{ i18n.t(&texts::ADMIN_SEARCH) }</button>
            </div>
        </form>
    }
}

fn table(rows: &[Value], i18n: &I18n) -> Html {
    let head = [&texts::ADMIN_WHO, &texts::ADMIN_NAME, &texts::ADMIN_STATE, &texts::ADMIN_CREATED];
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label={i18n.t(&texts::ADMIN_IDENTITIES)}>
            <table>
                <caption class="visually-hidden">{ i18n.t(&texts::ADMIN_IDENTITIES) }</caption>
                <thead><tr>for text in head { <th scope="col">{ i18n.t(text) }</th> }</tr></thead>
                <tbody>for value in rows { { row(value, i18n) } }</tbody>
            </table>
        </div>
    }
}

fn row(value: &Value, i18n: &I18n) -> Html {
    let Some(identity) = Identity::read(value) else {
        return html! {};
    };
    let who = identifier(&identity.traits).unwrap_or_else(|| identity.id.clone());
    html! {
        <tr key={identity.id.clone()}>
            <th scope="row">{ page_link(format!("/admin/identities/{}", identity.id), "", who.into()) }</th>
            <td>{ display_name(&identity.traits).unwrap_or_default() }</td>
            <td>{ state(value, i18n) }</td>
            <td>{ browser::date_and_time(&text_or_empty(value, "created_at"), i18n.lang()) }</td>
        </tr>
    }
}

/// Whether it can sign in.
pub(super) fn state(value: &Value, i18n: &I18n) -> Html {
    let is_active = text(value, "state").as_deref() == Some("active");
    let (class, text) = if is_active {
        ("badge badge-good", &texts::ADMIN_ACTIVE)
    } else {
        ("badge badge-warn", &texts::ADMIN_INACTIVE)
    };
    html! { <span {class}>{ i18n.t(text) }</span> }
}
