//! The form without WebAssembly (`plain.js`), and the page's frame that offers it.

use crate::support::{Server, document, error, flow, input, login, settle};
use nexus_ui::routes;
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlFormElement, HtmlInputElement};

#[wasm_bindgen(module = "/plain.js")]
extern "C" {
    #[wasm_bindgen(js_name = show)]
    async fn show_plain(root: &Element);
}

/// The plain form of an address.
async fn shown(path: &str) -> Element {
    routes::replace(path);
    let root = document().create_element("div").expect("an element");
    document().body().expect("a body").append_child(&root).expect("a place");
    show_plain(&root).await;
    settle().await;
    root
}

fn attribute(root: &Element, selector: &str, name: &str) -> Option<String> {
    let found = root.query_selector(selector).expect("a selector");
    found.unwrap_or_else(|| panic!("no {selector} in {}", root.inner_html())).get_attribute(name)
}

// Also 1 and 2: what password managers rely on holds here too.
#[wasm_bindgen_test]
async fn ui_44_45_without_wasm_a_login_is_an_ordinary_form_that_the_browser_sends() {
    let server = Server::start();
    server.json(
        "GET /self-service/login/browser?return_to=%2Fin",
        200,
        flow("f1", "choose_method", login(), json!([])),
    );
    let root = shown("/login?return_to=%2Fin&utm=1").await;
    let form: HtmlFormElement =
        wasm_bindgen::JsCast::dyn_into(root.query_selector("form").expect("a selector").expect("a form"))
            .expect("a form");
    assert_eq!(attribute(&root, "form", "method").as_deref(), Some("post"));
    assert_eq!(attribute(&root, "form", "action").as_deref(), Some("/self-service/x?flow=f1"));
    assert_eq!(attribute(&root, "[name='csrf_token']", "value").as_deref(), Some("t0k3n"));
    let id = attribute(&root, "[name='identifier']", "id").unwrap_or_default();
    assert_eq!(attribute(&root, "label", "for"), Some(id));
    assert_eq!(attribute(&root, "[name='password']", "autocomplete").as_deref(), Some("current-password"));
    assert_eq!(attribute(&root, "button", "value").as_deref(), Some("password"));
    let data = web_sys::FormData::new_with_form(&form).expect("the form's data");
    assert!(data.has("csrf_token") && data.has("identifier") && data.has("password"));
    root.remove();
}

#[wasm_bindgen_test]
async fn ui_44_45_a_refused_plain_form_says_why_and_keeps_what_was_typed() {
    let server = Server::start();
    let mut nodes = login();
    nodes[1]["attributes"]["value"] = "ada@example.org".into();
    nodes[2]["messages"] = json!([error(4_000_002, "Property password is missing.")]);
    let refused = flow("f1", "choose_method", nodes, json!([error(4_000_006, "Those do not fit")]));
    server.json("GET /self-service/login/flows?id=f1", 200, refused);
    let root = shown("/login?flow=f1").await;
    let alert = root.query_selector("[role='alert']").expect("a selector").expect("an alert");
    assert_eq!(alert.text_content().as_deref(), Some("Those do not fit"));
    assert_eq!(attribute(&root, "[name='identifier']", "value").as_deref(), Some("ada@example.org"));
    assert_eq!(attribute(&root, "[name='password']", "aria-invalid").as_deref(), Some("true"));
    let fault = attribute(&root, "[name='password']", "aria-describedby").unwrap_or_default();
    let fault = document().get_element_by_id(&fault).and_then(|fault| fault.text_content());
    assert_eq!(fault.as_deref(), Some("Property password is missing."));
    root.remove();
}

#[wasm_bindgen_test]
async fn ui_44_45_each_method_has_a_plain_form_of_its_own_and_a_code_can_be_sent_for() {
    let server = Server::start();
    let nodes: Value = json!([
        input("default", json!({"name": "csrf_token", "type": "hidden", "value": "t0k3n"}), ""),
        input("code", json!({"name": "email", "type": "email", "required": true}), "Email"),
        input("code", json!({"name": "method", "type": "submit", "value": "code"}), "Continue"),
        input("oidc", json!({"name": "provider", "type": "submit", "value": "hub"}), "Hub"),
        input("link", json!({"name": "terms", "type": "checkbox"}), "Terms"),
    ]);
    server.json("GET /self-service/recovery/browser", 200, flow("f1", "choose_method", nodes, json!([])));
    let root = shown("/recovery").await;
    assert_eq!(root.query_selector_all("form").expect("a selector").length(), 3);
    let provider = "form[data-group='oidc'] [name='csrf_token']";
    assert_eq!(attribute(&root, provider, "type").as_deref(), Some("hidden"));
    let terms: HtmlInputElement =
        wasm_bindgen::JsCast::dyn_into(root.query_selector("[name='terms']").expect("a selector").expect("a box"))
            .expect("an input");
    assert!(!terms.checked());
    assert!(root.query_selector("[name='email'][autocomplete='email']").expect("a selector").is_some());
    root.remove();
}

#[wasm_bindgen_test]
async fn ui_44_the_signed_in_can_sign_out_without_wasm() {
    let server = Server::start();
    let logout = json!({"logout_url": "http://other.example/self-service/logout?token=x", "logout_token": "x"});
    server.json("GET /self-service/logout/browser", 200, logout);
    let root = shown("/welcome").await;
    assert!(root.query_selector("a[href='/self-service/logout?token=x']").expect("a selector").is_some());
    root.remove();
}
