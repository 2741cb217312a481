//! Forms of other flows and steps in a real browser.

use crate::support::{Reply, Screen, Server, announced, flow, info, input};
use nexus_ui::model::flow::FlowKind;
use nexus_ui::pages::{FlowPage, FlowPageProps};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, HtmlInputElement, HtmlSelectElement};

const SUBMIT: &str = "POST /self-service/x";

async fn page(server: &Server, kind: FlowKind, first: Value) -> Screen {
    server.json("GET /self-service/", 200, first);
    Screen::show::<FlowPage>(FlowPageProps { kind, query: String::new() }).await
}

fn csrf() -> Value {
    input("default", json!({"name": "csrf_token", "type": "hidden", "value": "t0k3n"}), "")
}

fn submit(group: &str, label: &str) -> Value {
    input(group, json!({"name": "method", "type": "submit", "value": group}), label)
}

#[wasm_bindgen_test]
async fn ui_03_21_25_a_registration_in_two_steps_keeps_the_address_in_the_password_form() {
    let server = Server::start();
    let profile = json!([
        csrf(),
        input(
            "default",
            json!({"name": "traits.email", "type": "email", "required": true, "autocomplete": "email"}),
            "E-Mail"
        ),
        input("default", json!({"name": "traits.name.first", "type": "text"}), "First name"),
        submit("profile", "Continue"),
    ]);
    let screen = page(&server, FlowKind::Registration, flow("f1", "choose_method", profile, json!([]))).await;
    assert_eq!(screen.text("h1"), "Create your account");
    assert_eq!(screen.count(".label-note"), 1);
    let credential = json!([
        csrf(),
        input(
            "default",
            json!({"name": "traits.email", "type": "hidden", "value": "ada@example.org", "autocomplete": "email"}),
            "E-Mail"
        ),
        input(
            "password",
            json!({"name": "password", "type": "password", "required": true, "autocomplete": "new-password", "minlength": 15}),
            "Password"
        ),
        submit("password", "Sign up"),
        input("profile", json!({"name": "screen", "type": "submit", "value": "previous"}), "Back"),
    ]);
    let second = flow("f1", "choose_method", credential, json!([info(1_040_009, "Please choose.")]));
    server.json(SUBMIT, 400, second.clone());
    screen.fill("traits.email", "ada@example.org").await;
    screen.click("button[value='profile']").await;
    assert_eq!(
        server.posted(),
        [json!({"csrf_token": "t0k3n", "traits": {"email": "ada@example.org"}, "method": "profile"})]
    );
    assert_eq!(screen.text("h1"), "Choose how you sign in");
    assert!(screen.has_focus("[name='password']"));
    let account: HtmlInputElement = screen.find("input[autocomplete='username']");
    assert_eq!((account.value().as_str(), account.read_only()), ("ada@example.org", true));
    assert_eq!(screen.count("input[type='password']"), 1);
    assert_eq!(screen.attribute("[name='password']", "autocomplete").as_deref(), Some("new-password"));
    assert_eq!(screen.attribute("[name='password']", "minlength").as_deref(), Some("15"));
    assert_eq!(screen.attribute("[name='password']", "passwordrules").as_deref(), Some("minlength: 15;"));
    assert!(screen.text(".hint").contains("15"));
    // Back needs no password.
    server.json(SUBMIT, 400, second);
    screen.click("button[name='screen']").await;
    assert_eq!(server.posted()[1]["screen"], "previous");
    assert_eq!(server.posted()[1].get("password"), None);
}

#[wasm_bindgen_test]
async fn ui_08_23_30_a_mailed_code_is_one_field_that_takes_any_grouping() {
    let server = Server::start();
    let ask = json!([
        csrf(),
        input("code", json!({"name": "email", "type": "email", "required": true}), "Email"),
        submit("code", "Continue")
    ]);
    let screen = page(&server, FlowKind::Recovery, flow("f1", "choose_method", ask, json!([]))).await;
    let code = json!([
        csrf(),
        input(
            "code",
            json!({"name": "code", "type": "text", "required": true, "autocomplete": "one-time-code", "pattern": "[0-9]+", "maxlength": 6}),
            "Code"
        ),
        input("code", json!({"name": "method", "type": "hidden", "value": "code"}), ""),
        submit("code", "Continue"),
        json!({"type": "input", "group": "code", "messages": [],
               "attributes": {"node_type": "input", "name": "email", "type": "submit", "value": "ada@example.org"},
               "meta": {"label": {"id": 1_070_008, "text": "Resend code", "type": "info"}}}),
    ]);
    server.json(SUBMIT, 200, flow("f1", "sent_email", code, json!([info(1_060_003, "A code was sent.")])));
    screen.fill("email", "ada@example.org").await;
    screen.click("button[value='code']").await;
    assert_eq!(announced(), "A code was sent.");
    assert_eq!(screen.text("h1"), "Enter the recovery code");
    assert!(screen.has_focus("[name='code']"));
    for (name, wanted) in [("inputmode", "numeric"), ("autocomplete", "one-time-code"), ("autocapitalize", "none")] {
        assert_eq!(screen.attribute("[name='code']", name).as_deref(), Some(wanted));
    }
    screen.fill("code", "123-4 56").await;
    assert_eq!(screen.value("code"), "123456");
    assert_eq!(server.posted().len(), 1, "nothing is sent by itself");
    // Sending again has a pause; pressing the button in it does nothing.
    assert!(screen.text("button[name='email']").contains("30 s"));
    assert_eq!(screen.attribute("button[name='email']", "aria-disabled").as_deref(), Some("true"));
    screen.click("button[name='email']").await;
    assert_eq!(server.posted().len(), 1);
    server.reply(SUBMIT, Reply::Never);
    screen.click("button[value='code']").await;
    assert_eq!(server.posted()[1], json!({"csrf_token": "t0k3n", "method": "code", "code": "123456"}));
}

#[wasm_bindgen_test]
async fn ui_05_06_every_field_takes_what_is_pasted_or_dropped_into_it() {
    let server = Server::start();
    let nodes = json!([
        csrf(),
        input("code", json!({"name": "email", "type": "email"}), "Email"),
        input("code", json!({"name": "code", "type": "text", "autocomplete": "one-time-code", "maxlength": 6}), "Code"),
        input("code", json!({"name": "password", "type": "password"}), "Password"),
        input("code", json!({"name": "lookup_secret", "type": "text"}), "Backup code"),
        submit("code", "Continue"),
    ]);
    let screen = page(&server, FlowKind::Recovery, flow("f1", "choose_method", nodes, json!([]))).await;
    for name in ["email", "code", "password", "lookup_secret"] {
        for kind in ["paste", "drop", "contextmenu"] {
            let options = EventInit::new();
            options.set_bubbles(true);
            options.set_cancelable(true);
            let event = Event::new_with_event_init_dict(kind, &options).expect("an event");
            let field: HtmlInputElement = screen.find(&format!("[name='{name}']"));
            assert!(field.dispatch_event(&event).expect("dispatched"), "{kind} into {name} is refused");
        }
    }
    // What a mail groups in the widest way still fits.
    let longest: u32 =
        screen.attribute("[name='code']", "maxlength").and_then(|most| most.parse().ok()).expect("a number");
    assert!(longest as usize >= "12 34 - 56".len());
}

#[wasm_bindgen_test]
async fn ui_09_a_code_that_came_with_a_link_waits_for_the_persons_press() {
    let server = Server::start();
    let nodes = json!([
        csrf(),
        input(
            "code",
            json!({"name": "code", "type": "text", "value": "123456", "autocomplete": "one-time-code"}),
            "Code"
        ),
        submit("code", "Continue"),
    ]);
    let screen = page(&server, FlowKind::Verification, flow("f1", "sent_email", nodes, json!([]))).await;
    assert_eq!(screen.value("code"), "123456");
    assert!(server.posted().is_empty());
    server.reply(SUBMIT, Reply::Never);
    screen.click("button[value='code']").await;
    assert_eq!(server.posted(), [json!({"csrf_token": "t0k3n", "code": "123456", "method": "code"})]);
}

#[wasm_bindgen_test]
async fn every_type_of_node_is_drawn() {
    let server = Server::start();
    let text = |text: &str| json!({"id": 1, "text": text, "type": "info"});
    let still = |kind: &str, mut attributes: Value, label: &str| {
        attributes["node_type"] = kind.into();
        json!({"type": kind, "group": "totp", "attributes": attributes, "messages": [], "meta": {"label": text(label)}})
    };
    let pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    let nodes = json!([
        still("img", json!({"id": "qr", "src": pixel, "width": 256, "height": 256}), "QR code"),
        still(
            "text",
            json!({"id": "secret", "text": {"id": 1_050_006, "text": "ABCDEF", "type": "info", "context": {"secret": "ABCDEF"}}}),
            "Key"
        ),
        still("a", json!({"id": "go", "href": "https://a.example/", "title": text("Go on")}), ""),
        still("a", json!({"id": "bad", "href": "javascript:alert(1)", "title": text("Bad")}), ""),
        still("div", json!({"id": "captcha", "class": "box", "data": {"key": "value"}}), ""),
        input("totp", json!({"name": "totp_code", "type": "text", "maxlength": 6}), "Code"),
        input("totp", json!({"name": "traits.size", "type": "text", "options": [{"value": 1}, {"value": 2}]}), "Size"),
        input("totp", json!({"name": "traits.terms", "type": "checkbox"}), "I agree"),
        input("totp", json!({"name": "traits.born", "type": "date"}), "Born"),
        input("totp", json!({"name": "traits.age", "type": "number"}), "Age"),
        input("totp", json!({"name": "traits.phone", "type": "tel"}), "Phone"),
        input("telepathy", json!({"name": "method", "type": "submit", "value": "telepathy"}), "Think"),
        submit("totp", "Save"),
    ]);
    let screen = page(&server, FlowKind::Registration, flow("f1", "choose_method", nodes, json!([]))).await;
    assert_eq!(screen.attribute("#qr", "alt").as_deref(), Some("QR code"));
    assert!(screen.text("#secret").contains("ABCDEF"));
    assert_eq!(screen.count("a[href='https://a.example/']"), 1);
    assert_eq!(screen.count("a[href^='javascript']"), 0);
    assert_eq!(screen.attribute("#captcha", "data-key").as_deref(), Some("value"));
    assert_eq!(screen.attribute("[name='totp_code']", "autocomplete").as_deref(), Some("one-time-code"));
    assert_eq!(screen.count("select[name='traits.size'] option"), 3);
    assert_eq!(screen.attribute("[name='traits.born']", "type").as_deref(), Some("date"));
    assert_eq!(screen.attribute("[name='traits.age']", "inputmode").as_deref(), Some("decimal"));
    assert_eq!(screen.attribute("[name='traits.phone']", "type").as_deref(), Some("tel"));
    assert_eq!(screen.attribute("button[value='telepathy']", "type").as_deref(), Some("submit"));
    // And sent with their types.
    screen.find::<HtmlSelectElement>("[name='traits.size']").set_value("2");
    screen.find::<HtmlInputElement>("[name='traits.terms']").set_checked(true);
    screen.fill("traits.age", "36").await;
    server.reply(SUBMIT, Reply::Never);
    screen.click("button[value='totp']").await;
    assert_eq!(server.posted(), [json!({"traits": {"size": 2, "terms": true, "age": 36}, "method": "totp"})]);
}
