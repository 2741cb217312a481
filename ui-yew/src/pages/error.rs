//! What the server sent the browser here to be told.

use crate::components::layout::{Card, shell};
use crate::components::page_link::page_link;
use crate::components::raw::raw;
use crate::hooks::{use_i18n, use_title};
use crate::i18n::{I18n, texts, trouble};
use crate::model::query::Query;
use crate::model::wire::{text as member, text_or_empty};
use crate::services::browser;
use crate::services::errors;
use identity_api::error::id;
use serde_json::Value;
use yew::platform::spawn_local;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ErrorPageProps {
    /// The page's query.
    pub query: String,
}

/// Shows the error of `?id=`.
#[component]
pub fn ErrorPage(props: &ErrorPageProps) -> Html {
    let i18n = use_i18n();
    let title = i18n.t(&texts::ERROR_TITLE);
    use_title(&title, true);
    let found = use_state(|| None);
    {
        let found = found.clone();
        use_effect_with(props.query.clone(), move |query| {
            // Kratos takes both names, and `error` wins.
            let query = Query::parse(query);
            let id = query.get("error").or_else(|| query.get("id")).map(str::to_owned);
            spawn_local(async move {
                found.set(Some(match id {
                    Some(id) => errors::get(&id).await.map(Some),
                    None => Ok(None),
                }));
            });
        });
    }
    let text = match &*found {
        None => i18n.t(&texts::LOADING),
        Some(Ok(Some(error))) => explain(error, &i18n).unwrap_or_else(|| i18n.t(&texts::ERROR_UNKNOWN)),
        Some(Ok(None)) => i18n.t(&texts::ERROR_UNKNOWN),
        Some(Err(error)) if error.status() == Some(404) => i18n.t(&texts::ERROR_UNKNOWN),
        Some(Err(error)) => trouble::describe(error, &i18n),
    };
    let error = match &*found {
        Some(Ok(Some(error))) => Some(error),
        _ => None,
    };
    let content = html! {
        <div class="stack">
            <p role="alert">{ text }</p>
            if let Some(error) = error {
                <p class="muted">{ i18n.with(&texts::ERROR_ID, &[("id", &text_or_empty(error, "id"))]) }</p>
            }
            { page_link("/welcome", "button button-primary button-wide", i18n.t(&texts::ERROR_HOME).into()) }
            if let Some(error) = error {
                { raw("JSON".into(), browser::pretty(&error["error"].to_string())) }
            }
        </div>
    };
    shell(&i18n, Card { title, is_busy: found.is_none(), ..Card::default() }, content)
}

/// What the server says of it.
fn explain(error: &Value, i18n: &I18n) -> Option<String> {
    let error = error.get("error")?;
    if member(error, "id").as_deref() == Some(id::CSRF_VIOLATION) {
        return Some(i18n.t(&texts::ERROR_CSRF));
    }
    ["reason", "message"].iter().filter_map(|key| member(error, key)).find(|text| !text.is_empty())
}
