//! Where browsers land when a flow ends in an error.

use identity_api::GenericError;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::Error;
use crate::components::alert::Failure;
use crate::components::page::Page;
use crate::hooks::browser;
use crate::services::errors;

/// Shows the error whose id the address names.
#[component]
pub fn ErrorPage() -> Html {
    let known: UseStateHandle<Option<Result<GenericError, Error>>> = use_state(|| None);
    let ask = {
        let setter = known.setter();
        use_callback((), move |(): (), ()| {
            let setter = setter.clone();
            let Some(id) = browser::query().get("id").map(str::to_owned) else {
                setter.set(Some(Ok(GenericError::default())));
                return;
            };
            spawn_local(async move { setter.set(Some(errors::read(&id).await)) });
        })
    };
    {
        let ask = ask.clone();
        use_effect_with((), move |()| ask.emit(()));
    }
    let body = match &*known {
        None => html! { <div class="waiting" aria-busy="true"><span>{"Loading"}</span></div> },
        Some(Ok(error)) => kept(error),
        Some(Err(error)) => html! { <Failure error={error.clone()} retry={ask} /> },
    };
    html! {
        <Page heading="Something went wrong" failed={true}>
            { body }
            <p class="actions">
                <a class="button button-primary" href="/">{"Go to your account"}</a>
                <a class="button button-secondary" href="/login">{"Sign in"}</a>
            </p>
        </Page>
    }
}

fn kept(error: &GenericError) -> Html {
    let texts = [error.reason.as_deref(), Some(error.message.as_str())];
    let text = texts.into_iter().flatten().find(|text| !text.is_empty()).unwrap_or("There is no more to say about it.");
    let marks = [
        (error.code != 0).then(|| ("Code", error.code.to_string())),
        error.id.clone().map(|id| ("Kind", id)),
        error.request.clone().map(|id| ("Request", id)),
    ];
    let mark = |(name, value): (&'static str, String)| html! { <><dt>{ name }</dt><dd><code>{ value }</code></dd></> };
    html! {
        <>
            <div class="alert alert-error" role="alert" data-test="failure"><p class="alert-title">{ text.to_owned() }</p></div>
            <dl class="facts">{ for marks.into_iter().flatten().map(mark) }</dl>
        </>
    }
}
