//! The settings: one panel for each method of the settings flow.

use super::flow::{failed, form_faults, reported, use_reports};
use crate::components::form::FlowForm;
use crate::components::layout::{Section, frame};
use crate::components::summary::ErrorSummary;
use crate::hooks::{FlowHandle, use_flow, use_i18n, use_title};
use crate::i18n::I18n;
use crate::i18n::texts::{self, Text};
use crate::model::flow::FlowKind;
use crate::model::form::layout::groups;
use crate::model::machine::{Focus, Form, View};
use crate::model::query::Query;
use crate::services::browser;
use identity_api::UiContainer;
use identity_api::ui::NodeGroup;
use std::rc::Rc;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct SettingsPageProps {
    /// The page's query.
    pub query: String,
}

/// Starts or continues a settings flow and shows its forms.
#[component]
pub fn SettingsPage(props: &SettingsPageProps) -> Html {
    let i18n = use_i18n();
    let handle = use_flow(FlowKind::Settings, Query::parse(&props.query));
    let form = match &handle.view {
        View::Form(form) => Some(form),
        _ => None,
    };
    let found = form.map(|form| form_faults(form, &i18n)).unwrap_or_default();
    let title = i18n.t(&texts::SETTINGS);
    use_title(&title, !found.is_empty() || matches!(handle.view, View::Failed(_)));
    use_reports(&handle.view, &i18n);
    use_focus_in_panel(form);
    let content = match &handle.view {
        View::Loading | View::Leaving => html! {
            <div class="skeleton" aria-hidden="true">
                <span class="bone bone-field"></span>
                <span class="bone bone-field"></span>
            </div>
        },
        View::Failed(failure) => failed(failure, &handle, &i18n),
        View::Form(form) => {
            let turn = (form.focus == Focus::Faults).then_some(form.turn);
            html! {
                <>
                    <div class="stack narrow">
                        <ErrorSummary faults={found} {turn} />
                        { reported(form, &i18n) }
                    </div>
                    <div class="panels">
                        for group in groups(&form.flow.ui) {
                            { panel(group, form, &handle, &i18n) }
                        }
                    </div>
                </>
            }
        }
    };
    frame(&i18n, Section::Settings, title, Some(i18n.t(&texts::SETTINGS_LEAD)), content)
}

/// Once an answer is there, the button that was pressed may be gone: the focus then goes to the headline of the panel
/// that it stood in, where people left off.
#[hook]
fn use_focus_in_panel(form: Option<&Form>) {
    let pressed = use_mut_ref(|| None::<NodeGroup>);
    if let Some(form) = form
        && let Some(busy) = &form.busy
    {
        *pressed.borrow_mut() = form.flow.ui.nodes.iter().find(|node| busy.is(node)).map(|node| node.group);
    }
    use_effect_with(form.map_or(0, |form| form.revision), move |_| {
        if let Some(group) = pressed.take()
            && browser::has_no_focus()
        {
            browser::focus_first(&format!("#{} h2", panel_id(group.as_str())));
        }
    });
}

/// One method: its nodes and those that all share, as a form of its own.
fn panel(group: NodeGroup, form: &Form, handle: &FlowHandle, i18n: &I18n) -> Html {
    let ui = &form.flow.ui;
    let own = ui.nodes.iter().filter(|node| node.group == group || node.group == NodeGroup::Default);
    let part = UiContainer { nodes: own.cloned().collect(), messages: Vec::new(), ..ui.clone() };
    let name = group.as_str();
    let (title, lead) = heading(group);
    html! {
        <section key={name} class="panel" id={panel_id(name)} aria-labelledby={format!("{name}-title")}>
            <h2 id={format!("{name}-title")} tabindex="-1">
                { title.map_or_else(|| name.replace('_', " "), |title| i18n.t(title)) }
            </h2>
            if let Some(lead) = lead {
                <p class="muted">{ i18n.t(lead) }</p>
            }
            <FlowForm kind={FlowKind::Settings} ui={Rc::new(part)} form={form.clone()} id={format!("form-{name}")}
                base={form.flow.traits.clone().map(Rc::new)} send={handle.send.clone()} />
        </section>
    }
}

fn panel_id(group: &str) -> String {
    format!("panel-{group}")
}

/// What a panel is called, and a sentence on what it is good for.
fn heading(group: NodeGroup) -> (Option<&'static Text>, Option<&'static Text>) {
    match group {
        NodeGroup::Profile => (Some(&texts::METHOD_PROFILE), None),
        NodeGroup::Password => (Some(&texts::SETTINGS_PASSWORD), None),
        NodeGroup::Totp => (Some(&texts::METHOD_TOTP), Some(&texts::SETTINGS_TOTP)),
        NodeGroup::LookupSecret => (Some(&texts::METHOD_LOOKUPS), Some(&texts::SETTINGS_LOOKUP)),
        NodeGroup::Webauthn => (Some(&texts::METHOD_WEBAUTHN), None),
        NodeGroup::Passkey => (Some(&texts::METHOD_PASSKEY), None),
        NodeGroup::Oidc | NodeGroup::Saml => (Some(&texts::METHOD_OIDC), None),
        _ => (None, None),
    }
}
