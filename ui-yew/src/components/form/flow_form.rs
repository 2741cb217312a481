//! The form of a flow, or of one part of it.

use super::buttons::{call, node_button};
use super::input::Field;
use super::method;
use super::read;
use super::resend::Resend;
use super::still::{Part, still};
use super::username::{hidden_username, username};
use super::{blocks, codes, script};
use crate::hooks::use_i18n;
use crate::i18n::{I18n, texts};
use crate::model::flow::FlowKind;
use crate::model::form::body::body;
use crate::model::form::check::{Problem, check};
use crate::model::form::faults::{label, of_node};
use crate::model::form::layout::{Layout, Method, Node, layout};
use crate::model::form::role::{ButtonRole, is_button, text_of};
use crate::model::machine::{Event, Focus, Form, Pressed};
use crate::model::next::server_path;
use crate::model::traits::identifier;
use crate::services::browser;
use identity_api::UiContainer;
use identity_api::ui::{Attributes, InputType, NodeGroup, UiNode};
use serde_json::Value;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlButtonElement, HtmlFormElement, SubmitEvent};
use yew::platform::spawn_local;
use yew::prelude::*;

/// The button that takes new backup codes over.
const CONFIRM_CODES: &str = "lookup_secret_confirm";

/// The preference that names the second factor used last (ui.md 31).
const LAST_FACTOR: &str = "nexus-second-factor";

#[derive(Properties, PartialEq)]
pub struct FlowFormProps {
    pub kind: FlowKind,
    /// The nodes to draw: the flow's own, or some of them.
    pub ui: Rc<UiContainer>,
    /// The state of the whole form.
    pub form: Form,
    /// The element's id.
    #[prop_or(AttrValue::Static("form"))]
    pub id: AttrValue,
    /// What the traits are now; see [`body`].
    #[prop_or_default]
    pub base: Option<Rc<Value>>,
    pub send: Callback<Event>,
}

/// Draws nodes as one form and sends what stands in it when a button is pressed.
#[component]
pub fn FlowForm(props: &FlowFormProps) -> Html {
    let i18n = use_i18n();
    let chosen = use_state(|| None::<NodeGroup>);
    let triggered = use_mut_ref(|| None::<Node>);
    // The dangerous button that was pressed and waits to be confirmed.
    let doubtful = use_state(|| None::<Node>);
    let is_second = props.kind == FlowKind::Login && props.form.flow.requested_aal == "aal2";
    let last = use_memo((), |()| browser::preference(LAST_FACTOR));
    let preferred = [
        chosen.map(NodeGroup::as_str),
        is_second.then_some(last.as_deref()).flatten(),
        props.form.flow.active.as_deref(),
    ];
    let layout = layout(&props.ui, &preferred);
    use_parts_of_the_server(&layout);
    {
        let id = props.id.clone();
        let step = (props.form.focus, props.form.turn);
        use_effect_with(step, move |(focus, _)| {
            if *focus == Focus::FirstField {
                let fields = format!("#{id} .input:not([readonly]), #{id} .select, #{id} [type=checkbox]");
                if !browser::focus_first(&fields) {
                    browser::focus_first("h1");
                }
            }
        });
    }
    use_effect_with((*doubtful).clone(), |doubtful| {
        if doubtful.is_some() {
            browser::focus("confirm-cancel");
        }
    });
    let onsubmit = {
        let (ui, send, base) = (props.ui.clone(), props.send.clone(), props.base.clone());
        let (first, triggered, doubtful) = (first_button(&layout), triggered.clone(), doubtful.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(form) = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else {
                return;
            };
            let pressed = event.submitter().and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
            let node = match pressed {
                Some(button) if button.has_attribute("data-waiting") => return,
                Some(button) => {
                    let node = find_button(&ui, &button.name(), &button.value());
                    let is_sure = button.has_attribute("data-sure");
                    doubtful.set(None);
                    // ui.md 37: what cannot be had back is asked about first.
                    if !is_sure && node.as_ref().is_some_and(|node| ButtonRole::of(node) == ButtonRole::Danger) {
                        doubtful.set(node);
                        return;
                    }
                    node
                }
                // A script has sent the form, or the Enter key.
                None => triggered.borrow_mut().take().or_else(|| first.clone()),
            };
            let Some(node) = node else {
                return;
            };
            if is_second && ButtonRole::of(&node).needs_fields() {
                browser::set_preference(LAST_FACTOR, node.group.as_str());
            }
            press(&form, &ui, &node, base.as_deref(), &send);
        })
    };
    let on_trigger = {
        let triggered = triggered.clone();
        Callback::from(move |node: Node| *triggered.borrow_mut() = Some(node))
    };
    let busy = props.form.busy.as_ref();
    let button = |node: &Node, is_primary: bool| node_button(node, busy, is_primary, &on_trigger, &i18n);
    let account = props.base.as_deref().and_then(identifier);
    let part = Part {
        account: account.as_deref(),
        are_codes_new: layout.methods.iter().flat_map(|method| &method.nodes).any(|node| node.id() == CONFIRM_CODES),
    };
    let view = |node: &Node, is_primary: bool| match node.as_input() {
        None => still(node, part, &i18n),
        Some(_) if doubtful.as_ref() == Some(node) => confirm(node, &doubtful, &i18n),
        Some(input) if is_button(input) => button(node, is_primary),
        Some(input) => html! {
            <Field key={input.name.clone()} node={node.clone()} kind={props.kind} revision={props.form.revision}
                faults={of_node(node, &props.form.problems, &i18n)} is_busy={busy.is_some()} />
        },
    };
    let (first, others) = match layout.methods.split_first() {
        Some((first, others)) => (Some(first), others),
        None => (None, &[][..]),
    };
    // Scripts of the server send the form by themselves, so it must be complete without this app's help.
    html! {
        <form id={props.id.clone()} class="form" method="post" action={server_path(&props.ui.action).to_owned()}
              novalidate=true {onsubmit}>
            for node in &layout.hidden {
                { hidden(node) }
            }
            if let Some(node) = &layout.username {
                { username(node, props.kind, &i18n) }
            } else if let Some(account) = account.as_deref().filter(|_| has_new_password(&layout)) {
                { hidden_username(account) }
            }
            for node in &layout.shared {
                { view(node, false) }
            }
            if let Some(first) = first {
                for node in &first.nodes {
                    { view(node, is_first_button(first, node)) }
                }
            }
            if !others.is_empty() {
                <div class="or">{ i18n.t(&texts::OR) }</div>
                <div class="buttons">
                    for method in others {
                        if method.has_fields() {
                            { switch(method, &chosen, &i18n) }
                        } else {
                            for node in &method.nodes {
                                { button(node, false) }
                            }
                        }
                    }
                </div>
            }
            if !layout.footer.is_empty() {
                <div class="form-foot">
                    for node in &layout.footer {
                        if ButtonRole::of(node) == ButtonRole::Resend {
                            <Resend key={key_of(node)} node={node.clone()} busy={props.form.busy.clone()}
                                revision={props.form.revision} />
                        } else {
                            { button(node, false) }
                        }
                    }
                </div>
            }
        </form>
    }
}

/// Sends the form for a button, or says what is missing.
fn press(form: &HtmlFormElement, ui: &UiContainer, node: &UiNode, base: Option<&Value>, send: &Callback<Event>) {
    let mut values = read(form);
    // A script puts what it found into a hidden field.
    let mut with_scripts = ui.clone();
    for hidden in &mut with_scripts.nodes {
        if let Some(input) = hidden.as_input_mut()
            && input.input_type == InputType::Hidden
            && let Some(value) = written_by_script(form, &input.name)
        {
            input.value = Some(value.into());
        }
    }
    let mut problems = check(&with_scripts, node, &values);
    if node.id() == CONFIRM_CODES && !is_ticked(form, codes::SAVED) {
        problems.push(Problem { field: codes::SAVED.into(), text: &texts::CODES_CHECK });
    }
    if !problems.is_empty() {
        send.emit(Event::Refused(problems));
        return;
    }
    let button = pressed(node);
    let body = body(&with_scripts, node, &values, base);
    values.clear();
    send.emit(Event::Pressed { button, body });
}

fn is_ticked(form: &HtmlFormElement, id: &str) -> bool {
    form.query_selector(&format!("#{id}:checked")).is_ok_and(|found| found.is_some())
}

fn has_new_password(layout: &Layout) -> bool {
    let nodes = layout.methods.iter().flat_map(|method| &method.nodes);
    nodes.filter_map(|node| node.as_input()).any(|input| input.input_type == InputType::Password)
}

/// The question before something is taken away; the focus is on the way back (ui.md 37).
fn confirm(node: &Node, doubtful: &UseStateHandle<Option<Node>>, i18n: &I18n) -> Html {
    let Some(input) = node.as_input() else {
        return html! {};
    };
    let text = label(node, i18n);
    let onclick = {
        let doubtful = doubtful.setter();
        Callback::from(move |_: MouseEvent| doubtful.set(None))
    };
    html! {
        <div key="confirm" class="confirm" role="alertdialog" aria-labelledby="confirm-text">
            <p id="confirm-text">{ i18n.with(&texts::DANGER, &[("label", &text)]) }</p>
            <div class="buttons-row">
                <button type="button" class="button" id="confirm-cancel" {onclick}>{ i18n.t(&texts::CANCEL) }</button>
                <button type="submit" class="button button-danger" data-sure="true" name={input.name.clone()}
                    value={text_of(input.value.as_ref())}>{ text }</button>
            </div>
        </div>
    }
}

/// The value of a hidden field, if a script has changed it.
fn written_by_script(form: &HtmlFormElement, name: &str) -> Option<String> {
    let fields = form.query_selector_all("input[type=hidden]").ok()?;
    (0..fields.length())
        .filter_map(|index| fields.item(index)?.dyn_into::<web_sys::HtmlInputElement>().ok())
        .find(|field| field.name() == name && field.value() != field.default_value())
        .map(|field| field.value())
}

fn pressed(node: &UiNode) -> Pressed {
    let input = node.as_input();
    Pressed { name: node.id().to_owned(), value: text_of(input.and_then(|input| input.value.as_ref())) }
}

fn find_button(ui: &UiContainer, name: &str, value: &str) -> Option<Node> {
    let found = ui.nodes.iter().find(|node| {
        node.as_input()
            .is_some_and(|input| is_button(input) && input.name == name && text_of(input.value.as_ref()) == value)
    });
    found.map(|node| Rc::new(node.clone()))
}

fn first_button(layout: &Layout) -> Option<Node> {
    let methods = layout.methods.iter();
    methods.filter_map(Method::button).next().cloned()
}

fn is_first_button(method: &Method, node: &Node) -> bool {
    method.button().is_some_and(|first| Rc::ptr_eq(first, node))
}

fn key_of(node: &UiNode) -> String {
    let input = node.as_input().filter(|input| is_button(input));
    match input {
        Some(input) => format!("{}={}", input.name, text_of(input.value.as_ref())),
        None => node.id().to_owned(),
    }
}

fn hidden(node: &Node) -> Html {
    match node.as_input() {
        Some(input) => html! {
            <input type="hidden" name={input.name.clone()} value={text_of(input.value.as_ref())} />
        },
        None => html! {},
    }
}

/// A button that brings another method's fields to the front.
fn switch(method: &Method, chosen: &UseStateHandle<Option<NodeGroup>>, i18n: &I18n) -> Html {
    let group = method.group;
    let onclick = {
        let chosen = chosen.clone();
        Callback::from(move |_: MouseEvent| chosen.set(Some(group)))
    };
    let text = match method::name(group) {
        Some(name) => i18n.with(&texts::USE_METHOD, &[("method", &i18n.t(name))]),
        None => i18n.t(&texts::OTHER_WAY),
    };
    html! {
        <button type="button" class="button button-wide" {onclick} data-method={group.as_str()}>{ text }</button>
    }
}

/// Loads the server's scripts, hands them their data, and calls the functions that fields name for when the form is
/// shown, e.g. to offer passkeys in the identifier's autofill.
#[hook]
fn use_parts_of_the_server(layout: &Layout) {
    let wanted = |node: &&Node| matches!(node.attributes, Attributes::Script(_) | Attributes::Div(_));
    let methods = layout.methods.iter().flat_map(|method| &method.nodes);
    let nodes: Vec<Node> = layout.scripts.iter().chain(&layout.shared).chain(methods).filter(wanted).cloned().collect();
    let names: Vec<String> = layout.hidden.iter().filter_map(|node| node.as_input()?.onload_trigger.clone()).collect();
    use_effect_with((nodes, names), |(nodes, names)| {
        for node in nodes {
            match &node.attributes {
                Attributes::Script(source) => script::load(source),
                Attributes::Div(block) => blocks::fill(block),
                _ => {}
            }
        }
        for name in names.clone() {
            spawn_local(call(name));
        }
    });
}
