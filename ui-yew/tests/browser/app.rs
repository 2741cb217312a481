//! Pages, languages and the way between them in a real browser.

use crate::support::{Reply, Screen, Server, document, flow, login, session, settle};
use nexus_ui::app::SelfServiceApp;
use nexus_ui::routes;
use nexus_ui::services::browser;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

async fn open(path: &str) -> Screen {
    browser::set_preference("nexus-language", "en");
    routes::replace(path);
    Screen::show::<SelfServiceApp>(()).await
}

fn path() -> String {
    browser::window().location().pathname().unwrap_or_default()
}

#[wasm_bindgen_test]
async fn the_signed_in_see_their_account_and_session_and_can_sign_out() {
    let server = Server::start();
    server.json("GET /sessions/whoami", 200, session());
    let screen = open("/welcome").await;
    assert_eq!(screen.text("h1"), "Hello, Ada");
    let page = screen.text("main");
    for wanted in ["ada@example.org", "not verified", "Firefox on Linux", "192.0.2.7", "Password", "one factor"] {
        assert!(page.contains(wanted), "{wanted} is missing: {page}");
    }
    assert_eq!(screen.text("[data-test='identity-id']"), "00000000-0000-0000-0000-000000000003");
    assert_eq!(screen.attribute("nav a[aria-current='page']", "href").as_deref(), Some("/welcome"));
    // Somebody else has ended the session: signing out leads to the sign-in all the same.
    server.json("GET /self-service/logout/browser", 401, json!({"error": {"code": 401, "message": ""}}));
    server.json("GET /self-service/login/browser", 200, flow("f1", "choose_method", login(), json!([])));
    screen.click("[data-test='logout']").await;
    settle().await;
    assert_eq!(path(), "/login");
    assert!(!screen.text(".shell").contains("ada@example.org"));
}

#[wasm_bindgen_test]
async fn nobody_is_led_to_the_sign_in() {
    let server = Server::start();
    server.json("GET /sessions/whoami", 401, json!({"error": {"code": 401, "message": ""}}));
    server.json("GET /self-service/login/browser", 200, flow("f1", "choose_method", login(), json!([])));
    let screen = open("/").await;
    settle().await;
    assert_eq!(path(), "/login");
    assert_eq!(screen.count("[name='password']"), 1);
}

#[wasm_bindgen_test]
async fn ui_28_a_session_that_ends_soon_can_be_kept() {
    let server = Server::start();
    let mut soon = session();
    let date = js_sys::Date::new(&(js_sys::Date::now() + 60_000.0).into());
    soon["expires_at"] = String::from(date.to_iso_string()).into();
    server.json("GET /sessions/whoami", 200, soon);
    let screen = open("/welcome").await;
    settle().await;
    assert!(screen.text(".expiry").contains("Your session ends soon"));
    let stay = screen.attribute(".expiry a", "href").unwrap_or_default();
    assert!(stay.starts_with("/login?refresh=true&return_to="), "{stay}");
}

#[wasm_bindgen_test]
async fn ui_22_another_page_takes_the_focus_to_its_headline_and_keeps_the_way_back() {
    let server = Server::start();
    server.json("GET /self-service/login/browser", 200, flow("f1", "choose_method", login(), json!([])));
    let screen = open("/login?return_to=http%3A%2F%2Fhost%2Fin").await;
    server.json(
        "GET /self-service/registration/browser?return_to=http%3A%2F%2Fhost%2Fin",
        200,
        flow("f2", "choose_method", json!([]), json!([])),
    );
    screen.click(".below-card a").await;
    settle().await;
    assert_eq!(path(), "/registration");
    assert!(screen.has_focus("h1"));
    assert_eq!(document().title(), "Create your account – Nexus Auth");
}

#[wasm_bindgen_test]
async fn an_error_of_the_server_is_shown_by_its_id() {
    let server = Server::start();
    let found = json!({"id": "e1", "error": {"code": 403, "message": "no", "reason": "The link was used before."},
                       "created_at": "2034-01-01T10:00:00Z", "updated_at": "2034-01-01T10:00:00Z"});
    server.json("GET /self-service/errors?id=e1", 200, found);
    let screen = open("/error?id=e1").await;
    assert!(screen.text("[role='alert']").contains("The link was used before."));
    assert!(screen.text(".card").contains("Error number e1"));
}

#[wasm_bindgen_test]
async fn an_address_that_is_no_page_says_so() {
    Server::start();
    let screen = open("/no/such/page").await;
    assert_eq!(screen.text("h1"), "There is no such page");
}

#[wasm_bindgen_test]
async fn ui_43_another_language_can_be_chosen_and_what_it_lacks_stays_english() {
    let server = Server::start();
    server.json("GET /self-service/login/browser", 200, flow("f1", "choose_method", login(), json!([])));
    let screen = open("/login").await;
    let german: Value = serde_json::from_str(include_str!("../../locales/de.json")).expect("the catalogue");
    server.json("GET /assets/locales/de.json", 200, german);
    screen.find::<web_sys::HtmlSelectElement>(".language select").set_value("de");
    screen.send(".language select", "change").await;
    assert_eq!(screen.text("h1"), "Anmelden");
    let root = document().document_element().expect("a root");
    assert_eq!(root.get_attribute("lang").as_deref(), Some("de"));
    assert_eq!(document().title(), "Anmelden – Nexus Auth");

    // A right-to-left catalogue turns the page round; its missing texts are English.
    let arabic = json!({"lang": "ar", "dir": "rtl", "texts": {"login": "تسجيل الدخول"}});
    server.json("GET /assets/locales/de.json", 200, arabic);
    screen.send(".language select", "change").await;
    assert_eq!(root.get_attribute("dir").as_deref(), Some("rtl"));
    assert!(screen.text(".below-card").contains("New here?"));
    browser::set_language("en", "ltr");
    browser::set_preference("nexus-language", "en");
}

#[wasm_bindgen_test]
async fn a_catalogue_that_cannot_be_had_leaves_the_page_usable() {
    let server = Server::start();
    server.json("GET /self-service/login/browser", 200, flow("f1", "choose_method", login(), json!([])));
    server.reply("GET /assets/locales/de.json", Reply::Broken);
    browser::set_preference("nexus-language", "de");
    routes::replace("/login");
    let screen = Screen::show::<SelfServiceApp>(()).await;
    assert_eq!(screen.text("h1"), "Sign in");
    browser::set_preference("nexus-language", "en");
}
