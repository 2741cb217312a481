//! The page of every flow.

use yew::prelude::*;

use crate::components::alert::Failure;
use crate::components::flow_form::FlowForm;
use crate::components::live::use_announcer;
use crate::components::page::Page;
use crate::hooks::browser;
use crate::hooks::use_flow::use_flow;
use crate::logic::flow::{Flow, Kind};
use crate::logic::summary;
use crate::logic::url::{Query, with_query};

/// The properties of [`FlowPage`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The kind of the flow.
    pub kind: Kind,
}

/// Runs and shows a flow.
#[component]
pub fn FlowPage(props: &Props) -> Html {
    let kind = props.kind;
    let handle = use_flow(kind);
    let announcer = use_announcer();
    let view = &handle.view;
    let flow = view.flow.as_deref();
    {
        let texts = announcements(view.round, flow, view.notice.map(|notice| notice.text()));
        use_effect_with((view.round, view.leaving), move |(_, leaving)| {
            if *leaving {
                announcer.say("Done. The next page is being opened.");
            } else if !texts.is_empty() {
                announcer.say(texts);
            }
        });
    }
    let failed = view.error.is_some() || flow.is_some_and(|flow| !summary::problems(&flow.ui).is_empty());
    let body = if view.leaving {
        html! { <Waiting text="One moment, we are taking you on." /> }
    } else {
        html! {
            <>
                if let Some(notice) = view.notice {
                    <p class="alert alert-info" data-test="notice">{ notice.text() }</p>
                }
                if let Some(error) = view.error.clone() {
                    // A form that is still there has its own button to try again with.
                    <Failure {error} round={view.round} retry={view.flow.is_none().then(|| handle.retry.clone())} />
                    if view.flow.is_none() {
                        <p class="fine"><a href={format!("/{}", kind.name())}>{"Start again"}</a></p>
                    }
                }
                if let Some(flow) = view.flow.clone() {
                    <FlowForm {kind} {flow} values={view.values.clone()} pressed={view.pressed.clone()}
                        round={view.round} on_type={handle.on_type.clone()} on_submit={handle.on_submit.clone()} />
                } else if view.error.is_none() {
                    <Waiting text="Loading" />
                }
            </>
        }
    };
    html! {
        <Page heading={kind.heading(flow)} {failed} wide={kind == Kind::Settings} below={ways(kind, flow)}>
            { body }
        </Page>
    }
}

#[derive(Properties, PartialEq)]
struct WaitingProps {
    text: AttrValue,
}

/// Stands where a form will be.
#[component]
fn Waiting(props: &WaitingProps) -> Html {
    html! {
        <div class="waiting" aria-busy="true">
            <span class="spinner" aria-hidden="true"></span>
            <span>{ props.text.clone() }</span>
        </div>
    }
}

/// What a person who does not see the page is told: why it started anew, and what a further step says. Errors are
/// announced by the summary.
fn announcements(round: u32, flow: Option<&Flow>, notice: Option<&str>) -> String {
    let messages = flow.filter(|_| round > 1).into_iter().flat_map(|flow| &flow.ui.messages);
    let messages = messages.filter(|message| !summary::is_error(message)).map(|message| message.text.as_str());
    notice.into_iter().chain(messages).collect::<Vec<_>>().join(" ")
}

/// The ways to other pages.
fn ways(kind: Kind, flow: Option<&Flow>) -> Html {
    let steps_up = flow.is_some_and(|flow| flow.refresh || flow.requested_aal == "aal2");
    let page = browser::query();
    let own = flow.and_then(|flow| flow.return_to.as_deref()).or_else(|| page.get("return_to"));
    let query = own.map_or_else(Query::default, |place| Query::default().with("return_to", place));
    let link = |path: &str, text: &str| html! { <a href={with_query(path, &query)}>{ text.to_owned() }</a> };
    match kind {
        Kind::Login if steps_up => {
            html! { <p>{"Not you? "}<a href="/">{"Go to your account"}</a></p> }
        }
        Kind::Login => html! {
            <>
                <p>{"New here? "}{ link("/registration", "Create an account") }</p>
                <p>{ link("/recovery", "Forgot your password?") }</p>
            </>
        },
        Kind::Registration => {
            html! { <p>{"Already have an account? "}{ link("/login", "Sign in") }</p> }
        }
        Kind::Recovery => html! { <p>{"Remembered it? "}{ link("/login", "Sign in") }</p> },
        Kind::Verification | Kind::Settings => {
            html! { <p><a href="/">{"Back to your account"}</a></p> }
        }
    }
}
