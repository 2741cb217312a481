//! The one renderer of forms. It knows node types, never methods.

use std::rc::Rc;

use identity_api::UiNode;
use identity_api::ui::{Attributes, InputType, NodeGroup};
use web_sys::{Element, FormData, HtmlFormElement};
use yew::prelude::*;

use super::button::Button;
use super::field::Field;
use super::{alert, node, script};
use crate::logic::body::Press;
use crate::logic::flow::{Flow, Kind};
use crate::logic::layout::{Section, is_button, sections};
use crate::logic::url::path_of;
use crate::logic::values::{Values, text_of};
use crate::logic::{fields, summary};

/// The properties of [`FlowForm`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The kind of the flow.
    pub kind: Kind,
    /// The flow.
    pub flow: Rc<Flow>,
    /// What was typed.
    pub values: Rc<Values>,
    /// The button whose request is under way.
    pub pressed: Option<Press>,
    /// Changes with every answer.
    pub round: u32,
    /// Takes a name and what was typed.
    pub on_type: Callback<(String, String)>,
    /// Takes the button that was pressed, and what scripts wrote into hidden fields.
    pub on_submit: Callback<(Press, Values)>,
}

/// Shows a flow's form: messages, then a form for each section.
#[component]
pub fn FlowForm(props: &Props) -> Html {
    let on_script = {
        let flow = props.flow.clone();
        Callback::from(move |()| run_load_triggers(&flow))
    };
    {
        let flow = props.flow.clone();
        use_effect_with(props.round, move |_| run_load_triggers(&flow));
    }
    let problems = summary::problems(&props.flow.ui);
    let sections = sections(&props.flow.ui);
    let parts = sections.iter().enumerate().map(|(index, section)| {
        html! {
            <>
                if index > 0 && props.kind != Kind::Settings {
                    <p class="or"><span>{"or"}</span></p>
                }
                { form(props, section, index, &on_script) }
            </>
        }
    });
    html! {
        <>
            if !problems.is_empty() {
                <alert::Summary {problems} round={props.round} />
            }
            { alert::messages(&props.flow.ui.messages) }
            <div class={classes!("sections", (props.kind == Kind::Settings).then_some("sections-apart"))}>
                { for parts }
            </div>
        </>
    }
}

fn form(props: &Props, section: &Section, index: usize, on_script: &Callback<()>) -> Html {
    let onsubmit = {
        let (on_submit, group, hidden) = (props.on_submit.clone(), section.group, section.hidden.clone());
        let (fallback, busy) = (default_press(section), props.pressed.is_some());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let press = event.submitter().and_then(|button| press_of(&button, group)).or_else(|| fallback.clone());
            if let (Some(press), false) = (press, busy) {
                let written = event.target_dyn_into().map(|form| written_by_scripts(&form, &hidden));
                on_submit.emit((press, written.unwrap_or_default()));
            }
        })
    };
    let hidden = section.hidden.iter().filter_map(|node| node.as_input()).map(|input| {
        let value = input.value.as_ref().map(text_of);
        html! { <input type="hidden" name={input.name.clone()} {value} /> }
    });
    let account = fields::hidden_account(&section.nodes, &section.hidden).map(|account| {
        html! {
            <input type="text" class="visually-hidden" autocomplete="username" value={account.to_owned()}
                readonly=true tabindex="-1" aria-hidden="true" />
        }
    });
    let first_button = section.nodes.iter().position(is_button);
    // The methods that follow the first form are other ways, not the way.
    let is_main = props.kind == Kind::Settings || section.has_fields() || index == 0;
    let nodes = section.nodes.iter().enumerate().map(|(at, item)| {
        let primary = is_main && section.group != NodeGroup::Oidc && first_button == Some(at);
        show(props, section.group, item, primary, on_script)
    });
    html! {
        <form key={format!("{index}-{}", section.group.as_str())} method={props.flow.ui.method.to_lowercase()}
            action={path_of(&props.flow.ui.action)} novalidate=true {onsubmit}
            class="section" data-group={section.group.as_str()}>
            { for hidden }
            { account }
            { for nodes }
        </form>
    }
}

fn show(props: &Props, group: NodeGroup, item: &UiNode, primary: bool, on_script: &Callback<()>) -> Html {
    let busy = props.pressed.is_some();
    match &item.attributes {
        Attributes::Input(_) if is_button(item) => {
            let own = button_press(item, group);
            let pressed = busy && own == props.pressed;
            html! { <><Button node={item.clone()} {primary} {busy} {pressed} />{ alert::messages(&item.messages) }</> }
        }
        Attributes::Input(input) => {
            let value = props.values.get(&input.name).cloned().unwrap_or_default();
            html! {
                <Field key={fields::element_id(item)} kind={props.kind} node={item.clone()} {value} {busy}
                    on_type={props.on_type.clone()} />
            }
        }
        _ => node::show(item, on_script),
    }
}

fn button_press(node: &UiNode, group: NodeGroup) -> Option<Press> {
    let input = node.as_input()?;
    let value = input.value.as_ref().map(text_of).unwrap_or_default();
    Some(Press { name: input.name.clone(), value, group })
}

/// What Enter means in a form whose browser names no button.
fn default_press(section: &Section) -> Option<Press> {
    let submit =
        section.nodes.iter().find(|node| node.as_input().is_some_and(|input| input.input_type == InputType::Submit))?;
    button_press(submit, section.group)
}

fn press_of(button: &Element, group: NodeGroup) -> Option<Press> {
    let name = button.get_attribute("name")?;
    let value = button.get_attribute("value").unwrap_or_default();
    Some(Press { name, value, group })
}

/// The hidden fields that no longer hold the server's value.
fn written_by_scripts(form: &HtmlFormElement, hidden: &[UiNode]) -> Values {
    let Ok(data) = FormData::new_with_form(form) else {
        return Values::new();
    };
    let written = hidden.iter().filter_map(|node| node.as_input()).filter_map(|input| {
        let text = data.get(&input.name).as_string()?;
        let own = input.value.as_ref().map(text_of).unwrap_or_default();
        (text != own).then(|| (input.name.clone(), text))
    });
    written.collect()
}

/// Calls what the nodes ask for when the form is shown; a function whose script is not there yet is called when it is.
fn run_load_triggers(flow: &Flow) {
    let inputs = flow.ui.nodes.iter().filter_map(|node| node.as_input());
    for trigger in inputs.filter_map(|input| input.onload_trigger.as_deref()) {
        script::call(trigger);
    }
}
