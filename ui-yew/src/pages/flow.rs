//! The page of any self-service flow.

use crate::components::form::FlowForm;
use crate::components::layout::{Card, shell};
use crate::components::logout::LogoutButton;
use crate::components::notice::notice;
use crate::components::page_link::page_link;
use crate::components::summary::ErrorSummary;
use crate::error::Error;
use crate::hooks::{FlowHandle, use_flow, use_i18n, use_title};
use crate::i18n::texts::{self, Text};
use crate::i18n::{I18n, trouble};
use crate::model::answer::Cause;
use crate::model::flow::FlowKind;
use crate::model::form::faults::{Fault, faults, introduction, reports};
use crate::model::headline::headline;
use crate::model::machine::{Event, Failure, Focus, Form, View};
use crate::model::query::Query;
use crate::services::browser;
use identity_api::error::id;
use identity_api::ui::TextType;
use std::rc::Rc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct FlowPageProps {
    pub kind: FlowKind,
    /// The page's query.
    pub query: String,
}

/// Starts or continues a flow and shows its form.
#[component]
pub fn FlowPage(props: &FlowPageProps) -> Html {
    let i18n = use_i18n();
    let kind = props.kind;
    let handle = use_flow(kind, Query::parse(&props.query));
    let flow = match &handle.view {
        View::Form(form) => Some(form.flow.as_ref()),
        _ => None,
    };
    let is_failed = matches!(handle.view, View::Failed(_));
    let title = i18n.t(if is_failed { &texts::TROUBLE_TITLE } else { headline(kind, flow) });
    let found = match &handle.view {
        View::Form(form) => form_faults(form, &i18n),
        _ => Vec::new(),
    };
    use_title(&title, is_failed || !found.is_empty());
    use_reports(&handle.view, &i18n);

    let lead = flow
        .and_then(|flow| introduction(&flow.ui))
        .map(|message| i18n.message(message, None))
        .or_else(|| is_beginning(&handle.view).then(|| lead(kind)).flatten().map(|text| i18n.t(text)));
    // Somebody is signed in and proves more: the only other way is to be somebody else.
    let below = match flow {
        Some(flow) if kind == FlowKind::Login && (flow.refresh || flow.requested_aal == "aal2") => {
            html! { <p><LogoutButton /></p> }
        }
        _ => below(kind, handle.return_to.as_deref(), &i18n),
    };
    let content = match &handle.view {
        View::Loading | View::Leaving => skeleton(&i18n),
        View::Failed(failure) => failed(failure, &handle, &i18n),
        View::Form(form) => shown(kind, form, found, &handle, &i18n),
    };
    let is_busy = matches!(handle.view, View::Loading | View::Leaving);
    shell(&i18n, Card { title, lead, below, is_busy }, content)
}

fn shown(kind: FlowKind, form: &Form, found: Vec<Fault>, handle: &FlowHandle, i18n: &I18n) -> Html {
    let turn = (form.focus == Focus::Faults).then_some(form.turn);
    let is_throttled = matches!(form.trouble, Some(Error::Busy { status: 429, .. }));
    // ui.md 26: whoever is throttled can still get in by another way.
    let helps = (kind == FlowKind::Login && is_throttled)
        .then(|| page_link(FlowKind::Recovery.page(), "", i18n.t(&texts::TROUBLE_RECOVER).into()));
    let is_empty = form.flow.ui.nodes.iter().all(|node| node.id() == "csrf_token");
    html! {
        <div class="stack">
            <ErrorSummary faults={found} {turn}>{ helps.unwrap_or_default() }</ErrorSummary>
            { reported(form, i18n) }
            if is_empty && kind == FlowKind::Login {
                { notice(TextType::Info, i18n.t(&texts::LOGIN_NO_METHOD)) }
            }
            <FlowForm {kind} ui={Rc::new(form.flow.ui.clone())} form={form.clone()} send={handle.send.clone()} />
        </div>
    }
}

/// That the form is a new one, and what the server reports.
pub(super) fn reported(form: &Form, i18n: &I18n) -> Html {
    html! {
        <>
            if let Some(cause) = form.restarted {
                { notice(TextType::Error, i18n.t(restarted(cause))) }
            }
            for message in reports(&form.flow.ui) {
                { notice(message.kind, i18n.message(message, None)) }
            }
        </>
    }
}

/// What is wrong with the form, and with the last attempt to send it.
pub(super) fn form_faults(form: &Form, i18n: &I18n) -> Vec<Fault> {
    match &form.trouble {
        Some(error) => vec![Fault { field: None, text: trouble::describe(error, i18n) }],
        None => faults(&form.flow.ui, &form.problems, i18n),
    }
}

pub(super) fn failed(failure: &Failure, handle: &FlowHandle, i18n: &I18n) -> Html {
    let text = match failure {
        Failure::Error(error) => trouble::describe(error, i18n),
        Failure::NoCookies => i18n.t(&texts::TROUBLE_COOKIES),
        Failure::Restless => i18n.t(&texts::TROUBLE_RESTLESS),
        Failure::UnsafeAddress => i18n.t(&texts::TROUBLE_ADDRESS),
    };
    if *failure == Failure::Error(Error::Unavailable) {
        let home = page_link("/welcome", "button button-primary button-wide", i18n.t(&texts::ERROR_HOME).into());
        return html! { <div class="stack"><p role="alert">{ text }</p>{ home }</div> };
    }
    let is_forbidden_return = matches!(failure, Failure::Error(error) if error.id() == Some(id::RETURN_TO_FORBIDDEN));
    let (text_of_button, event) = if is_forbidden_return {
        (&texts::TROUBLE_WITHOUT_RETURN, Event::WithoutReturn)
    } else {
        (&texts::RETRY, Event::Retry)
    };
    let onclick = handle.send.reform(move |_: MouseEvent| event.clone());
    html! {
        <div class="stack">
            <p role="alert">{ text }</p>
            <button type="button" class="button button-primary button-wide" {onclick}>
                { i18n.t(text_of_button) }
            </button>
        </div>
    }
}

fn skeleton(i18n: &I18n) -> Html {
    html! {
        <>
            <div class="skeleton" aria-hidden="true">
                <span class="bone bone-label"></span>
                <span class="bone bone-field"></span>
                <span class="bone bone-label"></span>
                <span class="bone bone-field"></span>
                <span class="bone bone-button"></span>
            </div>
            <p class="visually-hidden">{ i18n.t(&texts::LOADING) }</p>
        </>
    }
}

const fn restarted(cause: Cause) -> &'static Text {
    match cause {
        Cause::Expired => &texts::RESTART_EXPIRED,
        Cause::Gone => &texts::RESTART_GONE,
        Cause::Cookie => &texts::RESTART_COOKIE,
    }
}

/// The sentence below the title of a flow's first step.
const fn lead(kind: FlowKind) -> Option<&'static Text> {
    match kind {
        FlowKind::Login => Some(&texts::LOGIN_LEAD),
        FlowKind::Registration => Some(&texts::REGISTRATION_LEAD),
        FlowKind::Recovery => Some(&texts::RECOVERY_LEAD),
        FlowKind::Verification => Some(&texts::VERIFICATION_LEAD),
        FlowKind::Settings => None,
    }
}

fn is_beginning(view: &View) -> bool {
    match view {
        View::Loading | View::Leaving => true,
        View::Failed(_) => false,
        View::Form(form) => {
            form.flow.state == "choose_method" && !form.flow.refresh && form.flow.requested_aal != "aal2"
        }
    }
}

/// Where else one may want to go; the way back goes along.
fn below(kind: FlowKind, return_to: Option<&str>, i18n: &I18n) -> Html {
    let to = |kind: FlowKind| Query::default().with("return_to", return_to).on(kind.page());
    let link = |kind, text| page_link(to(kind), "", i18n.t(text).into());
    match kind {
        FlowKind::Login => html! {
            <>
                <p>{ i18n.t(&texts::LOGIN_NEW) }{ " " }{ link(FlowKind::Registration, &texts::LOGIN_REGISTER) }</p>
                <p>{ link(FlowKind::Recovery, &texts::LOGIN_FORGOT) }</p>
            </>
        },
        FlowKind::Registration => html! {
            <p>{ i18n.t(&texts::REGISTRATION_HAVE) }{ " " }{ link(FlowKind::Login, &texts::REGISTRATION_LOGIN) }</p>
        },
        FlowKind::Recovery => html! {
            <p>{ i18n.t(&texts::RECOVERY_REMEMBERED) }{ " " }{ link(FlowKind::Login, &texts::REGISTRATION_LOGIN) }</p>
        },
        FlowKind::Verification => html! {
            <p>{ page_link("/welcome", "", i18n.t(&texts::VERIFICATION_LATER).into()) }</p>
        },
        FlowKind::Settings => html! {},
    }
}

/// Reads out what an answer reports: a code was sent, changes were saved (ui.md 23).
#[hook]
pub(super) fn use_reports(view: &View, i18n: &I18n) {
    let said = match view {
        View::Form(form) if form.revision > 0 => {
            let mut texts: Vec<String> = form.restarted.map(|cause| i18n.t(restarted(cause))).into_iter().collect();
            texts.extend(reports(&form.flow.ui).map(|message| i18n.message(message, None)));
            Some((form.revision, texts.join(" ")))
        }
        _ => None,
    };
    use_effect_with(said, |said| {
        if let Some((_, text)) = said
            && !text.is_empty()
        {
            browser::announce(text);
        }
    });
}
