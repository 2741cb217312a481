//! The sign-in page in a real browser: what is shown, what a person can do with it, what is sent, and what happens
//! then.

use crate::support::{Reply, Screen, Server, announced, document, error, flow, info, input, login};
use nexus_ui::model::flow::FlowKind;
use nexus_ui::pages::{FlowPage, FlowPageProps};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlInputElement};

const START: &str = "GET /self-service/login/browser";
const SUBMIT: &str = "POST /self-service/x";

async fn page(query: &str) -> Screen {
    Screen::show::<FlowPage>(FlowPageProps { kind: FlowKind::Login, query: query.into() }).await
}

/// A page with the password form.
async fn opened(server: &Server) -> Screen {
    server.json(START, 200, flow("f1", "choose_method", login(), json!([])));
    page("").await
}

async fn sign_in(screen: &Screen) {
    screen.fill("identifier", "ada@example.org").await;
    screen.fill("password", "a long secret").await;
    screen.click("button[value='password']").await;
}

#[wasm_bindgen_test]
async fn ui_01_02_04_21_the_form_is_one_that_password_managers_know() {
    let server = Server::start();
    let screen = opened(&server).await;
    for (name, wanted) in [
        ("autocomplete", "username webauthn"),
        ("autocapitalize", "none"),
        ("spellcheck", "false"),
        ("id", "identifier"),
    ] {
        assert_eq!(screen.attribute("[name='identifier']", name).as_deref(), Some(wanted));
    }
    assert_eq!(screen.text("label[for='identifier']"), "E-Mail");
    assert_eq!(screen.attribute("[name='password']", "autocomplete").as_deref(), Some("current-password"));
    let form = |name: &str| screen.find::<HtmlInputElement>(&format!("[name='{name}']")).form();
    assert!(form("identifier").is_some() && form("identifier") == form("password"));
    assert_eq!(document().title(), "Sign in – Nexus Auth");
    assert_eq!(screen.text("h1"), "Sign in");
    assert_eq!(server.sent()[0].accept, "application/json");
}

#[wasm_bindgen_test]
async fn ui_19_21_24_wrong_credentials_are_said_in_a_focused_summary_and_only_the_password_is_cleared() {
    let server = Server::start();
    let screen = opened(&server).await;
    server.json(SUBMIT, 400, flow("f1", "choose_method", login(), json!([error(4_000_006, "Those do not fit")])));
    sign_in(&screen).await;
    assert_eq!(
        server.posted(),
        [json!({"csrf_token": "t0k3n", "identifier": "ada@example.org", "password": "a long secret",
                "method": "password"})]
    );
    assert!(screen.text("[role='alert']").contains("Those do not fit"));
    assert!(screen.has_focus("[role='alert']"));
    assert_eq!(document().title(), "Error: Sign in – Nexus Auth");
    assert_eq!(screen.value("identifier"), "ada@example.org");
    assert_eq!(screen.value("password"), "");
}

#[wasm_bindgen_test]
async fn ui_19_20_what_is_missing_is_said_without_asking_the_server_and_leads_to_its_field() {
    let server = Server::start();
    let screen = opened(&server).await;
    screen.fill("identifier", "ada@example.org").await;
    screen.click("button[value='password']").await;
    assert!(server.posted().is_empty());
    assert!(screen.has_focus("[role='alert']"));
    assert_eq!(screen.count("[role='alert'] li"), 1);
    let described = screen.attribute("[name='password']", "aria-describedby").unwrap_or_default();
    assert_eq!(screen.attribute("[name='password']", "aria-invalid").as_deref(), Some("true"));
    assert!(screen.text(&format!("#{described}")).contains("Password"));
    assert_eq!(screen.attribute("[name='identifier']", "aria-invalid"), None);
    screen.click("[role='alert'] a").await;
    assert!(screen.has_focus("[name='password']"));
    // The same fault once more takes the focus once more.
    screen.click("button[value='password']").await;
    assert!(screen.has_focus("[role='alert']"));
}

#[wasm_bindgen_test]
async fn ui_29_a_second_press_sends_nothing_while_the_first_is_under_way() {
    let server = Server::start();
    let screen = opened(&server).await;
    server.reply(SUBMIT, Reply::Never);
    sign_in(&screen).await;
    screen.click("button[value='password']").await;
    assert_eq!(server.posted().len(), 1);
    assert_eq!(screen.attribute("button[value='password']", "aria-disabled").as_deref(), Some("true"));
    assert!(screen.text("button[value='password']").contains("Please wait"));
}

#[wasm_bindgen_test]
async fn ui_07_a_password_can_be_shown_and_is_hidden_again_when_it_is_sent() {
    let server = Server::start();
    let screen = opened(&server).await;
    server.reply(SUBMIT, Reply::Never);
    let shown = || screen.find::<HtmlInputElement>("[name='password']").type_();
    assert_eq!(shown(), "password");
    screen.click(".reveal").await;
    assert_eq!(shown(), "text");
    assert_eq!(screen.attribute(".reveal", "aria-pressed").as_deref(), Some("true"));
    assert_eq!(screen.attribute(".reveal", "type").as_deref(), Some("button"));
    assert_eq!(announced(), "The password is visible.");
    sign_in(&screen).await;
    assert_eq!(shown(), "password");
}

#[wasm_bindgen_test]
async fn ui_27_a_form_that_was_open_for_too_long_is_replaced_with_what_was_typed() {
    let server = Server::start();
    let screen = opened(&server).await;
    let expired = json!({"error": {"id": "self_service_flow_expired", "code": 410, "message": "", "status": ""},
        "use_flow_id": "00000000-0000-0000-0000-000000000002", "since": 1});
    server.json(SUBMIT, 410, expired);
    server.json(
        "GET /self-service/login/flows?id=00000000-0000-0000-0000-000000000002",
        200,
        flow("f2", "choose_method", login(), json!([error(4_010_001, "expired 0.10 minutes ago")])),
    );
    sign_in(&screen).await;
    assert_eq!(screen.value("identifier"), "ada@example.org");
    assert_eq!(screen.value("password"), "");
    assert!(screen.text(".notice").contains("We opened a new one"));
    assert!(announced().contains("We opened a new one"));
    assert_eq!(screen.count("[role='alert']"), 0);
    // The next attempt goes to the new flow.
    server.reply(SUBMIT, Reply::Never);
    sign_in(&screen).await;
    assert_eq!(server.sent().last().map(|sent| sent.path.clone()).as_deref(), Some("/self-service/x?flow=f2"));
}

#[wasm_bindgen_test]
async fn ui_27_an_address_with_a_flow_that_is_gone_starts_another_one() {
    let server = Server::start();
    let gone = json!({"error": {"code": 404, "message": "", "status": ""}});
    server.json("GET /self-service/login/flows?id=old", 404, gone);
    server.json(
        "GET /self-service/login/browser?return_to=http%3A%2F%2Fhost%2Fin",
        200,
        flow("f1", "choose_method", login(), json!([])),
    );
    let screen = page("?flow=old&return_to=http%3A%2F%2Fhost%2Fin").await;
    assert_eq!(screen.count("[name='password']"), 1);
    assert_eq!(screen.count(".notice"), 1);
    let query = web_sys::window().and_then(|window| window.location().search().ok());
    assert_eq!(query.as_deref(), Some("?flow=f1&return_to=http%3A%2F%2Fhost%2Fin"));
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_told_and_the_form_can_be_sent_again() {
    let server = Server::start();
    let screen = opened(&server).await;
    server.reply(SUBMIT, Reply::Broken);
    sign_in(&screen).await;
    assert!(screen.text("[role='alert']").contains("cannot be reached"));
    assert_eq!(screen.value("password"), "a long secret");
    server.reply(SUBMIT, Reply::Never);
    screen.click("button[value='password']").await;
    assert_eq!(server.posted().len(), 2);
}

#[wasm_bindgen_test]
async fn a_page_that_could_not_be_opened_offers_to_try_again() {
    let server = Server::start();
    server.reply(START, Reply::Broken);
    let screen = page("").await;
    assert!(screen.text("[role='alert']").contains("cannot be reached"));
    assert_eq!(document().title(), "Error: That did not work – Nexus Auth");
    server.json(START, 200, flow("f1", "choose_method", login(), json!([])));
    screen.click("button").await;
    assert_eq!(screen.count("[name='password']"), 1);
}

#[wasm_bindgen_test]
async fn ui_26_too_many_attempts_name_the_wait_and_another_way_in() {
    let server = Server::start();
    let screen = opened(&server).await;
    server.reply(SUBMIT, Reply::Later(429, 30));
    sign_in(&screen).await;
    assert!(screen.text("[role='alert']").contains("Try again in 30 seconds"));
    assert_eq!(screen.attribute("[role='alert'] a", "href").as_deref(), Some("/recovery"));
}

#[wasm_bindgen_test]
async fn ui_31_another_second_factor_can_be_brought_to_the_front() {
    let server = Server::start();
    let nodes = json!([
        input("default", json!({"name": "csrf_token", "type": "hidden", "value": "t0k3n"}), ""),
        input("totp", json!({"name": "totp_code", "type": "text", "required": true}), "Code"),
        input("totp", json!({"name": "method", "type": "submit", "value": "totp"}), "Use the app"),
        input("lookup_secret", json!({"name": "lookup_secret", "type": "text", "required": true}), "Backup code"),
        input("lookup_secret", json!({"name": "method", "type": "submit", "value": "lookup_secret"}), "Use it"),
    ]);
    let mut second = flow("f1", "choose_method", nodes, json!([info(1_010_004, "Second factor, please.")]));
    second["requested_aal"] = "aal2".into();
    server.json(START, 200, second);
    let screen = page("?aal=aal2").await;
    assert_eq!(screen.text("h1"), "Confirm with your second factor");
    assert!(screen.text(".card-head").contains("Second factor, please."));
    assert_eq!((screen.count("[name='totp_code']"), screen.count("[name='lookup_secret']")), (1, 0));
    screen.click("button[data-method='lookup_secret']").await;
    assert_eq!((screen.count("[name='totp_code']"), screen.count("[name='lookup_secret']")), (0, 1));
    server.reply(SUBMIT, Reply::Never);
    screen.fill("lookup_secret", "abcd1234").await;
    screen.click("button[value='lookup_secret']").await;
    assert_eq!(
        server.posted(),
        [json!({"csrf_token": "t0k3n", "lookup_secret": "abcd1234", "method": "lookup_secret"})]
    );
}

#[wasm_bindgen_test]
async fn ui_38_other_ways_in_stand_behind_the_password_and_need_none_of_its_fields() {
    let server = Server::start();
    let mut nodes = login();
    let provider = input("oidc", json!({"name": "provider", "type": "submit", "value": "hub"}), "Sign in with Hub");
    nodes.as_array_mut().expect("a list").insert(0, provider);
    server.json(START, 200, flow("f1", "choose_method", nodes, json!([])));
    let screen = page("").await;
    assert_eq!(screen.text(".or"), "or");
    let first: Element = screen.find("form button[type='submit']");
    assert_eq!(first.get_attribute("value").as_deref(), Some("password"));
    server.reply(SUBMIT, Reply::Never);
    screen.click("button[name='provider']").await;
    assert_eq!(server.posted(), [json!({"csrf_token": "t0k3n", "provider": "hub", "method": "oidc"})]);
}

#[wasm_bindgen_test]
async fn ui_48_nothing_secret_is_kept_in_the_browser() {
    let server = Server::start();
    let screen = opened(&server).await;
    server.reply(SUBMIT, Reply::Never);
    sign_in(&screen).await;
    let window = web_sys::window().expect("a window");
    let storage = window.local_storage().ok().flatten().expect("storage");
    for index in 0..storage.length().unwrap_or_default() {
        let name = storage.key(index).ok().flatten().unwrap_or_default();
        let value = storage.get_item(&name).ok().flatten().unwrap_or_default();
        assert!(!["a long secret", "t0k3n", "f1"].contains(&value.as_str()), "{name}");
    }
    assert_eq!(window.location().hash().unwrap_or_default(), "");
    assert!(!document().title().contains("f1"));
}
