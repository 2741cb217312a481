//! The settings and the sessions in a real browser.

use crate::support::{Reply, Screen, Server, announced, document, error, flow, info, input, session, settle};
use nexus_ui::pages::{SessionsPage, SettingsPage, SettingsPageProps};
use nexus_ui::services::browser;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

const START: &str = "GET /self-service/settings/browser";
const SUBMIT: &str = "POST /self-service/x";

fn still(kind: &str, group: &str, mut attributes: Value, label: &str) -> Value {
    attributes["node_type"] = kind.into();
    let label = json!({"label": {"id": 1, "text": label, "type": "info"}});
    json!({"type": kind, "group": group, "attributes": attributes, "messages": [], "meta": label})
}

fn button(group: &str, name: &str, value: &str, label: &str) -> Value {
    input(group, json!({"name": name, "type": "submit", "value": value}), label)
}

fn csrf() -> Value {
    input("default", json!({"name": "csrf_token", "type": "hidden", "value": "t0k3n"}), "")
}

fn profile() -> [Value; 2] {
    [
        input(
            "profile",
            json!({"name": "traits.email", "type": "email", "required": true, "value": "ada@example.org"}),
            "E-Mail",
        ),
        button("profile", "method", "profile", "Save"),
    ]
}

fn password() -> [Value; 2] {
    [
        input(
            "password",
            json!({"name": "password", "type": "password", "required": true, "autocomplete": "new-password"}),
            "Password",
        ),
        button("password", "method", "password", "Save"),
    ]
}

fn totp() -> [Value; 4] {
    let secret =
        json!({"id": 1_050_006, "text": "TL67DI46VN5TD5TV", "type": "info", "context": {"secret": "TL67DI46VN5TD5TV"}});
    [
        still(
            "img",
            "totp",
            json!({"id": "totp_qr", "src": "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "width": 256, "height": 256}),
            "QR code for the authenticator app",
        ),
        still(
            "text",
            "totp",
            json!({"id": "totp_secret_key", "text": secret}),
            "If you cannot scan it, enter this key.",
        ),
        input("totp", json!({"name": "totp_code", "type": "text", "required": true}), "Verify code"),
        button("totp", "method", "totp", "Save"),
    ]
}

fn codes(count: usize, used: usize, confirm: bool) -> Vec<Value> {
    let secret = |at: usize| {
        let (id, text) =
            if at < used { (1_050_014, "Secret was used".to_owned()) } else { (1_050_009, format!("code{at:04}")) };
        json!({"id": id, "text": text, "type": "info"})
    };
    let secrets: Vec<Value> = (0..count).map(secret).collect();
    let text = json!({"id": 1_050_015, "text": "…", "type": "info", "context": {"secrets": secrets}});
    let mut nodes = vec![still(
        "text",
        "lookup_secret",
        json!({"id": "lookup_secret_codes", "text": text}),
        "These are your codes.",
    )];
    if confirm {
        nodes.push(button("lookup_secret", "lookup_secret_confirm", "true", "Confirm"));
    } else {
        nodes.push(button("lookup_secret", "lookup_secret_regenerate", "true", "Generate new"));
    }
    nodes
}

/// A settings flow of these nodes.
fn settings(state: &str, nodes: impl IntoIterator<Item = Value>, messages: Value) -> Value {
    let nodes: Vec<Value> = std::iter::once(csrf()).chain(nodes).collect();
    let mut flow = flow("f1", state, nodes.into(), messages);
    flow["identity"] = json!({"id": "i", "traits": {"email": "ada@example.org", "tags": ["a"]}});
    flow
}

async fn page(server: &Server, nodes: impl IntoIterator<Item = Value>) -> Screen {
    server.json(START, 200, settings("show_form", nodes, json!([])));
    Screen::show::<SettingsPage>(SettingsPageProps { query: String::new() }).await
}

#[wasm_bindgen_test]
async fn ui_03_04_each_method_has_a_panel_and_sends_its_own_fields_only() {
    let server = Server::start();
    let screen = page(&server, totp().into_iter().chain(password()).chain(profile())).await;
    let titles: Vec<String> = ["profile", "password", "totp"].map(|name| screen.text(&format!("#{name}-title"))).into();
    assert_eq!(titles, ["Profile", "Change your password", "Authenticator app"]);
    assert_eq!(screen.attribute("main .panel", "id").as_deref(), Some("panel-profile"));
    // The account that the new password is for, for password managers.
    let account: HtmlInputElement = screen.find("#form-password input[autocomplete='username']");
    assert_eq!((account.value().as_str(), account.name().as_str()), ("ada@example.org", ""));
    assert_eq!(screen.attribute("[name='password']", "autocomplete").as_deref(), Some("new-password"));
    server.json(SUBMIT, 200, settings("success", profile(), json!([info(1_050_001, "Your changes were saved.")])));
    screen.fill("traits.email", "ada@example.com").await;
    screen.click("button[value='profile']").await;
    assert_eq!(
        server.posted(),
        [json!({"csrf_token": "t0k3n", "method": "profile", "traits": {"email": "ada@example.com", "tags": ["a"]}})]
    );
}

#[wasm_bindgen_test]
async fn ui_23_saved_settings_are_announced_and_stay_on_the_page() {
    let server = Server::start();
    let screen = page(&server, password()).await;
    let mut saved = settings(
        "success",
        password(),
        json!([{"id": 1_050_001, "type": "success", "text": "Your changes were saved."}]),
    );
    saved["continue_with"] = json!([{"action": "redirect_browser_to",
        "redirect_browser_to": format!("{}/settings?flow=f1", browser::origin())}]);
    server.json(SUBMIT, 200, saved);
    screen.fill("password", "quite a long secret").await;
    screen.click("button[value='password']").await;
    assert_eq!(announced(), "Your changes were saved.");
    assert!(screen.text(".notice-good").contains("Your changes were saved."));
    assert_eq!(screen.value("password"), "");
    assert_eq!(document().title(), "Settings – Nexus Auth");
}

#[wasm_bindgen_test]
async fn ui_19_20_21_a_refused_setting_is_named_on_top_and_at_its_field() {
    let server = Server::start();
    let screen = page(&server, profile().into_iter().chain(password())).await;
    let [mut field, save] = password();
    field["messages"] = json!([error(4_000_032, "The password must be at least 8 characters long, but it has 5.")]);
    server.json(SUBMIT, 400, settings("show_form", profile().into_iter().chain([field, save]), json!([])));
    screen.fill("password", "short").await;
    screen.click("button[value='password']").await;
    assert!(screen.has_focus("[role='alert']"));
    assert_eq!(document().title(), "Error: Settings – Nexus Auth");
    assert_eq!(screen.attribute("[name='password']", "aria-invalid").as_deref(), Some("true"));
    assert_eq!(screen.attribute("[name='traits.email']", "aria-invalid"), None);
    screen.click("[role='alert'] a").await;
    assert!(screen.has_focus("[name='password']"));
}

#[wasm_bindgen_test]
async fn ui_33_an_authenticator_app_is_set_up_by_picture_or_key_and_confirmed_by_a_code() {
    let server = Server::start();
    let screen = page(&server, totp()).await;
    assert_eq!(screen.attribute("#totp_qr", "alt").as_deref(), Some("QR code for the authenticator app"));
    assert_eq!(screen.text("#totp_secret_key code"), "TL67DI46VN5TD5TV");
    assert_eq!(screen.text("#totp_secret_key button"), "Copy");
    assert!(screen.text("#totp_secret_key").contains("ada@example.org"));
    assert_eq!(screen.attribute("[name='totp_code']", "autocomplete").as_deref(), Some("one-time-code"));
    // The form is gone afterwards; the focus stays in its panel.
    let unlink = button("totp", "totp_unlink", "true", "Unlink the authenticator app");
    server.json(SUBMIT, 200, settings("success", [unlink], json!([info(1_050_001, "Saved.")])));
    screen.fill("totp_code", "123 456").await;
    screen.find::<web_sys::HtmlElement>("button[value='totp']").focus().expect("focus");
    screen.click("button[value='totp']").await;
    assert_eq!(server.posted(), [json!({"csrf_token": "t0k3n", "totp_code": "123456", "method": "totp"})]);
    assert!(screen.has_focus("#totp-title"));
}

#[wasm_bindgen_test]
async fn ui_37_what_cannot_be_had_back_is_asked_about_with_the_focus_on_cancel() {
    let server = Server::start();
    let screen = page(&server, [button("totp", "totp_unlink", "true", "Unlink the authenticator app")]).await;
    screen.click("[name='totp_unlink']").await;
    assert!(server.posted().is_empty());
    assert!(screen.text("[role='alertdialog']").contains("Unlink the authenticator app?"));
    assert!(screen.has_focus("#confirm-cancel"));
    screen.click("#confirm-cancel").await;
    assert_eq!(screen.count("[role='alertdialog']"), 0);
    screen.click("[name='totp_unlink']").await;
    server.reply(SUBMIT, Reply::Never);
    screen.click("[data-sure]").await;
    assert_eq!(server.posted(), [json!({"csrf_token": "t0k3n", "totp_unlink": "true", "method": "totp"})]);
}

#[wasm_bindgen_test]
async fn ui_34_backup_codes_are_taken_over_once_they_are_saved() {
    let server = Server::start();
    let screen = page(&server, codes(12, 0, true)).await;
    assert_eq!(screen.count(".codes code"), 12);
    let file = screen.attribute("a[download]", "href").unwrap_or_default();
    assert!(file.starts_with("data:text/plain") && file.contains("code0000%0Acode0001"), "{file}");
    assert_eq!(screen.count("#panel-lookup_secret .buttons-row button"), 2);
    screen.click("[name='lookup_secret_confirm']").await;
    assert!(server.posted().is_empty());
    assert!(screen.text("[role='alert']").contains("Save the codes first"));
    screen.click("[role='alert'] a").await;
    assert!(screen.has_focus("#codes-saved"));
    screen.click("#codes-saved").await;
    server.reply(SUBMIT, Reply::Never);
    screen.click("[name='lookup_secret_confirm']").await;
    assert_eq!(
        server.posted(),
        [json!({"csrf_token": "t0k3n", "lookup_secret_confirm": "true", "method": "lookup_secret"})]
    );
}

#[wasm_bindgen_test]
async fn ui_34_the_codes_that_are_left_are_counted_and_few_are_warned_of() {
    let server = Server::start();
    let many = page(&server, codes(12, 2, false)).await;
    assert!(many.text("#panel-lookup_secret").contains("10 of 12 codes are left."));
    assert_eq!(many.count(".notice-warn"), 0);
    drop(many);
    let few = page(&server, codes(12, 9, false)).await;
    assert!(few.text(".notice-warn").contains("Only 3 codes are left."));
    assert_eq!((few.count(".codes code"), few.count(".codes li")), (3, 12));
}

fn other(id: &str, agent: &str) -> Value {
    let mut other = session();
    other["id"] = id.into();
    other["devices"][0]["user_agent"] = agent.into();
    other
}

async fn sessions(server: &Server, others: Value) -> Screen {
    server.json("GET /sessions/whoami", 200, session());
    server.json("GET /sessions?", 200, others);
    Screen::show::<SessionsPage>(()).await
}

#[wasm_bindgen_test]
async fn ui_35_the_current_session_is_marked_and_another_can_be_ended() {
    let server = Server::start();
    let others = json!([other("s2", "Mozilla/5.0 (iPhone) Version/19.0 Safari/604.1"), other("s3", "curl/8.5.0")]);
    let screen = sessions(&server, others).await;
    assert!(screen.text("[aria-labelledby='current-title']").contains("this device"));
    let listed = screen.text("[data-session='s2']");
    for wanted in ["Safari on iPhone", "192.0.2.7", "Password"] {
        assert!(listed.contains(wanted), "{wanted} is missing: {listed}");
    }
    let name = screen.attribute("[data-session='s2'] button", "aria-label").unwrap_or_default();
    assert!(name.starts_with("Sign out Safari on iPhone"), "{name}");
    server.reply("DELETE /sessions/s2", Reply::Empty);
    server.json("GET /sessions?", 200, json!([other("s3", "curl/8.5.0")]));
    screen.click("[data-session='s2'] button").await;
    settle().await;
    assert!(announced().contains("Safari on iPhone"));
    assert_eq!(screen.count("[data-session]"), 1);
    assert!(screen.has_focus("#others-title"));
}

#[wasm_bindgen_test]
async fn ui_35_all_other_sessions_can_be_ended_at_once() {
    let server = Server::start();
    let screen = sessions(&server, json!([other("s2", "curl/8.5.0")])).await;
    server.json("DELETE /sessions", 200, json!({"count": 1}));
    server.json("GET /sessions?", 200, json!([]));
    screen.click("[name='end-others']").await;
    settle().await;
    assert_eq!(announced(), "All other sessions are signed out.");
    assert!(screen.text("main").contains("There are no others."));
}
