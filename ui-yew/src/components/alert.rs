//! Messages: the error summary, notices, and errors of requests.

use identity_api::UiText;
use identity_api::ui::TextType;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::Error;
use crate::logic::summary::Problem;

/// The properties of [`Summary`].
#[derive(Properties, PartialEq)]
pub struct SummaryProps {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Changes with every answer, so that the focus comes back for the same errors as well.
    pub round: u32,
}

/// The error summary: takes the focus, and each line leads to its field (requirement 19).
#[component]
pub fn Summary(props: &SummaryProps) -> Html {
    let element = use_node_ref();
    {
        let element = element.clone();
        use_effect_with(props.round, move |_| {
            if let Some(element) = element.cast::<HtmlElement>() {
                let _ = element.focus();
            }
        });
    }
    let line = |problem: &Problem| match &problem.field {
        Some(field) => {
            let target = field.clone();
            let onclick = Callback::from(move |event: MouseEvent| {
                event.prevent_default();
                focus(&target);
            });
            html! { <li><a href={format!("#{field}")} {onclick}>{ problem.text.clone() }</a></li> }
        }
        None => html! { <li>{ problem.text.clone() }</li> },
    };
    html! {
        <div ref={element} class="alert alert-error" role="alert" tabindex="-1" data-test="summary">
            <p class="alert-title">{"There is a problem"}</p>
            <ul>{ for props.problems.iter().map(line) }</ul>
        </div>
    }
}

/// The properties of [`Failure`].
#[derive(Properties, PartialEq)]
pub struct FailureProps {
    /// What went wrong.
    pub error: Error,
    /// Tries again, where that makes sense.
    #[prop_or_default]
    pub retry: Option<Callback<()>>,
    /// Changes with every answer.
    #[prop_or_default]
    pub round: u32,
}

/// An error of a request, with a way to try again when it may pass.
#[component]
pub fn Failure(props: &FailureProps) -> Html {
    let element = use_node_ref();
    {
        let element = element.clone();
        use_effect_with((props.round, props.error.clone()), move |_| {
            if let Some(element) = element.cast::<HtmlElement>() {
                let _ = element.focus();
            }
        });
    }
    let retry = props.retry.clone().filter(|_| props.error.is_transient()).map(|retry| {
        html! {
            <button type="button" class="button button-secondary" onclick={retry.reform(|_: MouseEvent| ())} data-test="retry">
                {"Try again"}
            </button>
        }
    });
    html! {
        <div ref={element} class="alert alert-error" role="alert" tabindex="-1" data-test="failure">
            <p class="alert-title">{ props.error.to_string() }</p>
            if let Some(id) = props.error.request_id() {
                <p class="fine">{ format!("Request {id}") }</p>
            }
            { retry }
        </div>
    }
}

/// The messages of a form or a node that are no errors.
pub fn messages(messages: &[UiText]) -> Html {
    let shown = messages.iter().filter(|message| message.kind != TextType::Error);
    shown
        .map(|message| {
            let class = match message.kind {
                TextType::Success => "alert alert-success",
                _ => "alert alert-info",
            };
            html! { <p {class} data-message={message.id.to_string()}>{ message.text.clone() }</p> }
        })
        .collect()
}

fn focus(id: &str) {
    use wasm_bindgen::JsCast;
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        let _ = element.focus();
    }
}
