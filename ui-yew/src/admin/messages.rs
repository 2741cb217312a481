//! What the courier sends.

use super::fetch::use_fetch;
use super::identities::ListProps;
use super::{frame, pages, refused};
use crate::hooks::{use_i18n, use_title};
use crate::i18n::{I18n, texts};
use crate::model::wire::text_or_empty;
use crate::services::{admin, browser};
use serde_json::Value;
use yew::prelude::*;

/// A table of messages, newest first.
#[component]
pub fn MessagesPage(props: &ListProps) -> Html {
    let i18n = use_i18n();
    let query = &props.query;
    let path = admin::list("/courier/messages", ("recipient", query.get("recipient")), query.get("page_token"));
    let (found, again) = use_fetch(path);
    let title = i18n.t(&texts::ADMIN_MESSAGES);
    use_title(&title, matches!(found, Some(Err(_))));
    let content = match &found {
        None => html! { <p class="muted">{ i18n.t(&texts::LOADING) }</p> },
        Some(Err(error)) => refused(error, &again, &i18n),
        Some(Ok(found)) => {
            let rows = found.body.as_array().map(Vec::as_slice).unwrap_or_default();
            html! {
                <>
                    if rows.is_empty() {
                        <p class="muted">{ i18n.t(&texts::ADMIN_NO_MESSAGES) }</p>
                    } else {
                        { table(rows, &i18n) }
                    }
                    { pages("/admin/messages", query, found.next.as_deref(), &i18n) }
                </>
            }
        }
    };
    frame(&i18n, title, content)
}

fn table(rows: &[Value], i18n: &I18n) -> Html {
    let head = [&texts::ADMIN_TO, &texts::ADMIN_TEMPLATE, &texts::ADMIN_STATE, &texts::ADMIN_CREATED];
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label={i18n.t(&texts::ADMIN_MESSAGES)}>
            <table>
                <caption class="visually-hidden">{ i18n.t(&texts::ADMIN_MESSAGES) }</caption>
                <thead><tr>for text in head { <th scope="col">{ i18n.t(text) }</th> }</tr></thead>
                <tbody>
                    for value in rows {
                        <tr key={text_or_empty(value, "id")}>
                            <th scope="row">{ text_or_empty(value, "recipient") }</th>
                            <td>{ text_or_empty(value, "template_type").replace('_', " ") }</td>
                            <td>{ status(&text_or_empty(value, "status")) }</td>
                            <td>{ browser::date_and_time(&text_or_empty(value, "created_at"), i18n.lang()) }</td>
                        </tr>
                    }
                </tbody>
            </table>
        </div>
    }
}

fn status(status: &str) -> Html {
    let class = match status {
        "sent" => "badge badge-good",
        "abandoned" => "badge badge-warn",
        _ => "badge",
    };
    html! { <span {class}>{ status.to_owned() }</span> }
}
