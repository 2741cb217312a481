//! Fields that a person fills in.

use identity_api::UiNode;
use identity_api::ui::{InputAttributes, InputType};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::password::Password;
use crate::logic::flow::Kind;
use crate::logic::values::{is_code, text_of};
use crate::logic::{fields, summary};

/// The properties of [`Field`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The kind of the flow.
    pub kind: Kind,
    /// The node.
    pub node: UiNode,
    /// What was typed.
    pub value: AttrValue,
    /// Whether a request is under way.
    pub busy: bool,
    /// Takes a name and what was typed.
    pub on_type: Callback<(String, String)>,
}

/// A label, a field, and what there is to say about it.
#[component]
pub fn Field(props: &Props) -> Html {
    let Some(input) = props.node.as_input() else {
        return Html::default();
    };
    let id = fields::element_id(&props.node);
    let errors: Vec<&str> = texts(&props.node, true);
    let notes: Vec<&str> = texts(&props.node, false);
    let (error_id, note_id) = (format!("{id}-error"), format!("{id}-hint"));
    let described: Vec<&str> = [(!errors.is_empty(), &error_id), (!notes.is_empty(), &note_id)]
        .iter()
        .filter_map(|(is_there, id)| is_there.then_some(id.as_str()))
        .collect();
    let described_by = (!described.is_empty()).then(|| AttrValue::from(described.join(" ")));
    let label = fields::label(&props.node);
    let mark = (!input.required && input.input_type != InputType::Checkbox && props.kind != Kind::Login)
        .then(|| html! { <span class="optional">{" (optional)"}</span> });
    let control = control(props, input, &id, !errors.is_empty(), described_by);
    let row = if input.input_type == InputType::Checkbox {
        html! { <div class="check">{ control }<label for={id.clone()}>{ label }{ mark }</label></div> }
    } else {
        html! { <><label for={id.clone()}>{ label }{ mark }</label>{ control }</> }
    };
    html! {
        <div class={classes!("field", (!errors.is_empty()).then_some("field-invalid"))}>
            { row }
            if !notes.is_empty() {
                <p id={note_id} class="hint">{ notes.join(" ") }</p>
            }
            if !errors.is_empty() {
                <p id={error_id} class="error"><span class="visually-hidden">{"Error: "}</span>{ errors.join(" ") }</p>
            }
        </div>
    }
}

fn texts(node: &UiNode, errors: bool) -> Vec<&str> {
    let wanted = node.messages.iter().filter(|message| summary::is_error(message) == errors);
    wanted.map(|message| message.text.as_str()).collect()
}

fn control(props: &Props, input: &InputAttributes, id: &str, invalid: bool, described_by: Option<AttrValue>) -> Html {
    let hints = fields::hints(props.kind, input);
    let (id, name) = (AttrValue::from(id.to_owned()), AttrValue::from(input.name.clone()));
    let invalid_mark = invalid.then_some("true");
    if !input.options.is_empty() {
        return select(props, input, id, invalid_mark, described_by);
    }
    let emit = |read: fn(&HtmlInputElement) -> String| {
        let (on_type, name) = (props.on_type.clone(), input.name.clone());
        move |element: HtmlInputElement| on_type.emit((name.clone(), read(&element)))
    };
    if input.input_type == InputType::Checkbox {
        let emit = emit(|element| element.checked().to_string());
        let onchange = Callback::from(move |event: Event| emit(event.target_unchecked_into()));
        return html! {
            <input type="checkbox" {id} {name} checked={props.value == "true"} value="true" required={input.required}
                disabled={input.disabled} aria-invalid={invalid_mark} aria-describedby={described_by} {onchange} />
        };
    }
    let on_input = emit(HtmlInputElement::value);
    let on_change = on_input.clone();
    let oninput = Callback::from(move |event: InputEvent| on_input(event.target_unchecked_into()));
    let onchange = Callback::from(move |event: Event| on_change(event.target_unchecked_into()));
    if input.input_type == InputType::Password {
        return html! {
            <Password {id} {name} value={props.value.clone()} autocomplete={hints.autocomplete.map(AttrValue::from)}
                required={input.required} disabled={input.disabled} {invalid} {described_by} busy={props.busy}
                {oninput} {onchange} />
        };
    }
    // Room for the blanks of a pasted code; they are taken out when it is sent (requirement 8).
    let maxlength = input.maxlength.map(|length| if is_code(input) { length * 2 } else { length }.to_string());
    let pattern = input.pattern.clone().filter(|_| !is_code(input));
    html! {
        <input type={html_type(input.input_type)} {id} {name} value={props.value.clone()}
            autocomplete={hints.autocomplete} inputmode={hints.inputmode} {maxlength} {pattern}
            required={input.required} disabled={input.disabled}
            step={(input.input_type == InputType::Number).then_some("any")}
            autocapitalize={hints.verbatim.then_some("none")} spellcheck={hints.verbatim.then_some("false")}
            aria-invalid={invalid_mark} aria-describedby={described_by} {oninput} {onchange} />
    }
}

fn select(
    props: &Props,
    input: &InputAttributes,
    id: AttrValue,
    invalid: Option<&'static str>,
    described_by: Option<AttrValue>,
) -> Html {
    let (on_type, name) = (props.on_type.clone(), input.name.clone());
    let onchange = Callback::from(move |event: Event| {
        let element: HtmlSelectElement = event.target_unchecked_into();
        on_type.emit((name.clone(), element.value()));
    });
    let options = input.options.iter().map(|option| {
        let value = text_of(&option.value);
        let chosen = props.value == value.as_str();
        let label = option.label.as_ref().map_or_else(|| value.clone(), |label| label.text.clone());
        html! { <option selected={chosen} {value}>{ label }</option> }
    });
    html! {
        <select {id} name={input.name.clone()} required={input.required} disabled={input.disabled}
            aria-invalid={invalid} aria-describedby={described_by} {onchange}>
            <option value="" selected={props.value.is_empty()}>{"Please choose"}</option>
            { for options }
        </select>
    }
}

const fn html_type(kind: InputType) -> &'static str {
    match kind {
        InputType::Number => "number",
        InputType::Email => "email",
        InputType::Tel => "tel",
        InputType::DatetimeLocal => "datetime-local",
        InputType::Date => "date",
        InputType::Url => "url",
        InputType::Password => "password",
        InputType::Checkbox => "checkbox",
        InputType::Hidden => "hidden",
        InputType::Submit => "submit",
        InputType::Button => "button",
        InputType::Text => "text",
    }
}
