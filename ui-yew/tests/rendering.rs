//! Forms in a real browser: what is shown, what a person can do with it, and what is sent.

#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use serde_json::{Value, json};
use ui_yew::components::flow_form::FlowForm;
use ui_yew::logic::body::{self, Press};
use ui_yew::logic::flow::{Flow, Kind};
use ui_yew::logic::values::{self, Values};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Document, Element, Event, EventInit, HtmlElement, HtmlInputElement};
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

/// Bodies that were sent, in order.
type Sent = Rc<RefCell<Vec<Value>>>;

#[derive(Properties)]
struct StageProps {
    kind: Kind,
    flow: Rc<Flow>,
    sent: Sent,
}

impl PartialEq for StageProps {
    fn eq(&self, other: &Self) -> bool {
        self.flow == other.flow
    }
}

/// Holds a form as a page does, and keeps what it sends instead of sending it.
#[component]
fn Stage(props: &StageProps) -> Html {
    let typed = use_state(|| Rc::new(values::initial(&props.flow.ui, &Values::new())));
    let pressed = use_state(|| None::<Press>);
    let on_type = {
        let typed = typed.clone();
        Callback::from(move |(name, value)| {
            let mut values = (**typed).clone();
            values.insert(name, value);
            typed.set(Rc::new(values));
        })
    };
    let on_submit = {
        let (typed, pressed) = (typed.clone(), pressed.clone());
        let (flow, sent) = (props.flow.clone(), props.sent.clone());
        Callback::from(move |(press, written): (Press, Values)| {
            let mut values = (**typed).clone();
            values.extend(written);
            sent.borrow_mut().push(Value::Object(body::build(&flow.ui, &values, &press)));
            pressed.set(Some(press));
        })
    };
    html! {
        <FlowForm kind={props.kind} flow={props.flow.clone()} values={(*typed).clone()} pressed={(*pressed).clone()}
            round={1} {on_type} {on_submit} />
    }
}

fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a document")
}

/// A rendered form and what it sends.
struct Shown {
    root: Element,
    sent: Sent,
}

impl Shown {
    async fn new(kind: Kind, nodes: Value, messages: Value) -> Self {
        let flow: Flow = serde_json::from_value(json!({
            "id": "6e5f2f0e-6d1b-4d0e-8a41-7f3b6a3f5c11",
            "ui": {"action": "http://server.example/self-service/x?flow=1", "method": "POST",
                   "nodes": nodes, "messages": messages}
        }))
        .expect("a flow");
        let root = document().create_element("div").expect("an element");
        document().body().expect("a body").append_child(&root).expect("a place");
        let sent = Sent::default();
        let props = StageProps { kind, flow: Rc::new(flow), sent: sent.clone() };
        yew::Renderer::<Stage>::with_root_and_props(root.clone(), props).render();
        settle().await;
        Self { root, sent }
    }

    fn find<T: JsCast>(&self, selector: &str) -> T {
        let found = self.root.query_selector(selector).expect("a selector");
        let found = found.unwrap_or_else(|| panic!("no {selector} in {}", self.root.inner_html()));
        found.dyn_into().unwrap_or_else(|_| panic!("{selector} is something else"))
    }

    fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).expect("a selector").length()
    }

    async fn fill(&self, name: &str, text: &str) {
        let field: HtmlInputElement = self.find(&format!("[name='{name}']:not([type='hidden'])"));
        field.set_value(text);
        let options = EventInit::new();
        options.set_bubbles(true);
        let event = Event::new_with_event_init_dict("input", &options).expect("an event");
        field.dispatch_event(&event).expect("dispatched");
        settle().await;
    }

    async fn click(&self, selector: &str) {
        self.find::<HtmlElement>(selector).click();
        settle().await;
    }

    fn sent(&self) -> Vec<Value> {
        self.sent.borrow().clone()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.root.remove();
    }
}

/// Lets the scheduler of the framework do what is due.
async fn settle() {
    TimeoutFuture::new(0).await;
    TimeoutFuture::new(0).await;
}

fn input(group: &str, attributes: Value, label: &str) -> Value {
    let mut attributes = attributes;
    attributes["node_type"] = "input".into();
    json!({"type": "input", "group": group, "attributes": attributes, "messages": [],
           "meta": {"label": {"id": 1, "text": label, "type": "info"}}})
}

fn login() -> Value {
    json!([
        input("oidc", json!({"name": "provider", "type": "submit", "value": "example"}), "Sign in with Example"),
        input("default", json!({"name": "csrf_token", "type": "hidden", "value": "token"}), ""),
        input("default", json!({"name": "identifier", "type": "text", "required": true}), "E-mail"),
        input("password", json!({"name": "password", "type": "password", "required": true}), "Password"),
        input("password", json!({"name": "method", "type": "submit", "value": "password"}), "Sign in"),
    ])
}

// Requirements 1, 2 and 4: what password managers rely on.
#[wasm_bindgen_test]
async fn a_login_has_labelled_fields_that_password_managers_know() {
    let shown = Shown::new(Kind::Login, login(), json!([])).await;
    let identifier: HtmlInputElement = shown.find("[name='identifier']");
    assert_eq!(identifier.get_attribute("autocomplete").as_deref(), Some("username webauthn"));
    assert_eq!(identifier.get_attribute("autocapitalize").as_deref(), Some("none"));
    assert_eq!(identifier.get_attribute("spellcheck").as_deref(), Some("false"));
    let label: Element = shown.find(&format!("label[for='{}']", identifier.id()));
    assert_eq!(label.text_content().as_deref(), Some("E-mail"));
    let password: HtmlInputElement = shown.find("[name='password']");
    assert_eq!(password.get_attribute("autocomplete").as_deref(), Some("current-password"));
    assert!(identifier.form().is_some() && identifier.form() == password.form());
}

#[wasm_bindgen_test]
async fn groups_stand_apart_with_or_between_them() {
    let shown = Shown::new(Kind::Login, login(), json!([])).await;
    assert_eq!(shown.count("form"), 2);
    assert_eq!(shown.count(".or"), 1);
    let first: Element = shown.find("form");
    assert_eq!(first.get_attribute("data-group").as_deref(), Some("oidc"));
}

#[wasm_bindgen_test]
async fn pressing_a_button_sends_its_method_with_what_was_typed() {
    let shown = Shown::new(Kind::Login, login(), json!([])).await;
    shown.fill("identifier", "a@example.org").await;
    shown.fill("password", "a long secret").await;
    shown.click("button[name='method'][value='password']").await;
    let expected = json!({"csrf_token": "token", "identifier": "a@example.org", "password": "a long secret", "method": "password"});
    assert_eq!(shown.sent(), [expected]);
}

#[wasm_bindgen_test]
async fn a_providers_button_takes_no_password_along() {
    let shown = Shown::new(Kind::Login, login(), json!([])).await;
    shown.fill("identifier", "a@example.org").await;
    shown.fill("password", "a long secret").await;
    shown.click("button[name='provider']").await;
    let expected =
        json!({"csrf_token": "token", "identifier": "a@example.org", "provider": "example", "method": "oidc"});
    assert_eq!(shown.sent(), [expected]);
}

// Requirement 29.
#[wasm_bindgen_test]
async fn a_second_press_sends_nothing_while_the_first_is_under_way() {
    let shown = Shown::new(Kind::Login, login(), json!([])).await;
    let button = "button[name='method']";
    shown.click(button).await;
    shown.click(button).await;
    assert_eq!(shown.sent().len(), 1);
    let element: Element = shown.find(button);
    assert_eq!(element.get_attribute("aria-disabled").as_deref(), Some("true"));
    assert_eq!(element.get_attribute("aria-busy").as_deref(), Some("true"));
    assert!(element.text_content().unwrap_or_default().contains("please wait"));
}

// Requirement 7.
#[wasm_bindgen_test]
async fn a_password_can_be_shown_and_is_hidden_when_it_is_sent() {
    let shown = Shown::new(Kind::Login, login(), json!([])).await;
    shown.fill("password", "a long secret").await;
    let field = || shown.find::<HtmlInputElement>("[name='password']").type_();
    assert_eq!(field(), "password");
    shown.click(".reveal").await;
    assert_eq!(field(), "text");
    let toggle: Element = shown.find(".reveal");
    assert_eq!(toggle.get_attribute("aria-pressed").as_deref(), Some("true"));
    assert_eq!(toggle.get_attribute("type").as_deref(), Some("button"));
    assert!(shown.sent().is_empty());
    shown.click("button[name='method']").await;
    assert_eq!(field(), "password");
}

// Requirements 19 and 20.
#[wasm_bindgen_test]
async fn errors_are_summed_up_focused_and_tied_to_their_fields() {
    let mut nodes = login();
    nodes[3]["messages"] = json!([{"id": 4000002, "type": "error", "text": "Enter your password"}]);
    let messages = json!([{"id": 4000006, "type": "error", "text": "That did not fit"}]);
    let shown = Shown::new(Kind::Login, nodes, messages).await;
    let summary: Element = shown.find("[role='alert']");
    assert_eq!(document().active_element().as_ref(), Some(&summary));
    let text = summary.text_content().unwrap_or_default();
    assert!(text.contains("That did not fit") && text.contains("Password: Enter your password"), "{text}");
    let password: HtmlInputElement = shown.find("[name='password']");
    assert_eq!(password.get_attribute("aria-invalid").as_deref(), Some("true"));
    let described = password.get_attribute("aria-describedby").unwrap_or_default();
    let error: Element = shown.find(&format!("#{described}"));
    assert!(error.text_content().unwrap_or_default().contains("Enter your password"));
    shown.click("[role='alert'] a").await;
    assert_eq!(document().active_element().as_ref(), Some(password.as_ref() as &Element));
    let identifier: Element = shown.find("[name='identifier']");
    assert_eq!(identifier.get_attribute("aria-invalid"), None);
}

#[wasm_bindgen_test]
async fn every_type_of_node_is_shown() {
    let text = |text: &str| json!({"id": 1, "text": text, "type": "info"});
    let other = |kind: &str, attributes: Value, label: &str| {
        let mut attributes = attributes;
        attributes["node_type"] = kind.into();
        json!({"type": kind, "group": "totp", "attributes": attributes, "messages": [], "meta": {"label": text(label)}})
    };
    let nodes = json!([
        other(
            "img",
            json!({"id": "qr", "src": "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "width": 256, "height": 256}),
            "QR code"
        ),
        other(
            "text",
            json!({"id": "secret", "text": {"id": 1050006, "text": "ABCDEF", "type": "info", "context": {"secret": "ABCDEF"}}}),
            "Key"
        ),
        other(
            "text",
            json!({"id": "codes", "text": {"id": 1050015, "text": "a, b", "type": "info",
            "context": {"secrets": [{"id": 1, "text": "aaa", "type": "info"}, {"id": 1, "text": "bbb", "type": "info"}]}}}),
            "Codes"
        ),
        other("a", json!({"id": "go", "href": "https://a.example/", "title": text("Go on")}), ""),
        other("a", json!({"id": "bad", "href": "javascript:alert(1)", "title": text("Bad")}), ""),
        other("div", json!({"id": "captcha", "class": "box", "data": {"key": "value"}}), ""),
        input("totp", json!({"name": "totp_code", "type": "text", "maxlength": 6}), "Code"),
        input("totp", json!({"name": "traits.terms", "type": "checkbox"}), "I agree"),
        input(
            "totp",
            json!({"name": "traits.size", "type": "text", "options": [{"value": "s"}, {"value": "m"}]}),
            "Size"
        ),
        input("totp", json!({"name": "traits.born", "type": "date"}), "Born"),
        input("telepathy", json!({"name": "method", "type": "submit", "value": "telepathy"}), "Think"),
    ]);
    let shown = Shown::new(Kind::Settings, nodes, json!([])).await;
    let attribute = |selector: &str, name: &str| shown.find::<Element>(selector).get_attribute(name);
    assert_eq!(attribute("#qr", "alt").as_deref(), Some("QR code"));
    assert_eq!(shown.find::<Element>("#secret code").text_content().as_deref(), Some("ABCDEF"));
    assert_eq!(shown.count("#codes li"), 2);
    assert_eq!(attribute("#go", "href").as_deref(), Some("https://a.example/"));
    assert_eq!(attribute("#bad", "href"), None);
    assert_eq!(attribute("#captcha", "data-key").as_deref(), Some("value"));
    assert_eq!(attribute("[name='totp_code']", "autocomplete").as_deref(), Some("one-time-code"));
    assert_eq!(attribute("[name='totp_code']", "inputmode").as_deref(), Some("numeric"));
    assert_eq!(shown.find::<Element>("[name='traits.terms']").get_attribute("type").as_deref(), Some("checkbox"));
    assert_eq!(shown.count("select[name='traits.size'] option"), 3);
    assert_eq!(attribute("[name='traits.born']", "type").as_deref(), Some("date"));
    assert_eq!(attribute("button[value='telepathy']", "type").as_deref(), Some("submit"));
}

#[wasm_bindgen_test]
async fn checkboxes_and_choices_are_sent_with_their_types() {
    let nodes = json!([
        input("profile", json!({"name": "traits.terms", "type": "checkbox"}), "I agree"),
        input(
            "profile",
            json!({"name": "traits.size", "type": "text", "options": [{"value": 1}, {"value": 2}]}),
            "Size"
        ),
        input("profile", json!({"name": "method", "type": "submit", "value": "profile"}), "Save"),
    ]);
    let shown = Shown::new(Kind::Settings, nodes, json!([])).await;
    shown.click("[name='traits.terms']").await;
    let size: web_sys::HtmlSelectElement = shown.find("[name='traits.size']");
    size.set_value("2");
    size.dispatch_event(&Event::new("change").expect("an event")).expect("dispatched");
    settle().await;
    shown.click("button").await;
    assert_eq!(shown.sent(), [json!({"traits.terms": true, "traits.size": 2, "method": "profile"})]);
}

// Requirements 3 and 4: the account that a new password is for.
#[wasm_bindgen_test]
async fn a_password_step_names_the_account_for_password_managers() {
    let nodes = json!([
        input("default", json!({"name": "traits.email", "type": "hidden", "value": "a@example.org"}), "E-mail"),
        input("password", json!({"name": "password", "type": "password"}), "Password"),
        input("password", json!({"name": "method", "type": "submit", "value": "password"}), "Sign up"),
    ]);
    let shown = Shown::new(Kind::Registration, nodes, json!([])).await;
    let account: HtmlInputElement = shown.find("input[autocomplete='username']");
    assert_eq!(account.value(), "a@example.org");
    assert_eq!(account.name(), "");
    let password: Element = shown.find("[name='password']");
    assert_eq!(password.get_attribute("autocomplete").as_deref(), Some("new-password"));
}
