//! What the server sent the browser here to be told.

use crate::components::layout::{Card, shell};
use crate::components::page_link::page_link;
use crate::components::raw::raw;
use crate::hooks::{use_i18n, use_title};
use crate::i18n::{texts, trouble};
use crate::model::query::Query;
use crate::services::errors;
use identity_api::GenericError;
use identity_api::error::{FlowError, id};
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
        Some(Ok(Some(error))) => explain(error).unwrap_or_else(|| i18n.t(&texts::ERROR_UNKNOWN)),
        Some(Ok(None)) => i18n.t(&texts::ERROR_UNKNOWN),
        Some(Err(error)) if error.status() == Some(404) => i18n.t(&texts::ERROR_UNKNOWN),
        Some(Err(error)) => trouble::describe(error, &i18n),
    };
    let error = match &*found {
        Some(Ok(Some(error))) => Some(error),
        _ => None,
    };
    let text = if error.is_some_and(is_csrf) { i18n.t(&texts::ERROR_CSRF) } else { text };
    let content = html! {
        <div class="stack">
            <p role="alert">{ text }</p>
            if let Some(error) = error {
                <p class="muted">{ i18n.with(&texts::ERROR_ID, &[("id", &error.id)]) }</p>
            }
            { page_link("/welcome", "button button-primary button-wide", i18n.t(&texts::ERROR_HOME).into()) }
            if let Some(error) = error {
                { raw("JSON".into(), pretty(error)) }
            }
        </div>
    };
    shell(&i18n, Card { title, is_busy: found.is_none(), ..Card::default() }, content)
}

fn read(error: &FlowError) -> Option<GenericError> {
    serde_json::from_value(error.error.clone()).ok()
}

fn explain(error: &FlowError) -> Option<String> {
    let error = read(error)?;
    let text = error.reason.filter(|reason| !reason.is_empty());
    text.or(Some(error.message)).filter(|text| !text.is_empty())
}

fn is_csrf(error: &FlowError) -> bool {
    read(error).is_some_and(|error| error.id.as_deref() == Some(id::CSRF_VIOLATION))
}

fn pretty(error: &FlowError) -> String {
    serde_json::to_string_pretty(&error.error).unwrap_or_default()
}
