//! The administration in a real browser.

use crate::support::{Reply, Screen, Server, announced, session, settle};
use nexus_ui::admin::AdminApp;
use nexus_ui::routes;
use nexus_ui::services::browser;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

async fn open(path: &str) -> Screen {
    browser::set_preference("nexus-language", "en");
    routes::replace(path);
    Screen::show::<AdminApp>(()).await
}

fn ada() -> Value {
    json!({"id": "i1", "schema_id": "default", "state": "active", "created_at": "2034-01-01T10:00:00Z",
        "traits": {"email": "ada@example.org", "name": {"first": "Ada"}},
        "verifiable_addresses": [{"value": "ada@example.org", "verified": true}],
        "credentials": {"password": {"type": "password"}}})
}

async fn details(server: &Server) -> Screen {
    server.json("GET /api/admin/identities/i1/sessions", 200, json!([session()]));
    server.json("GET /api/admin/identities/i1", 200, ada());
    open("/admin/identities/i1").await
}

#[wasm_bindgen_test]
async fn ui_50_identities_are_a_captioned_table_and_the_address_holds_search_and_page() {
    let server = Server::start();
    server.json("GET /api/admin/identities?page_size=25", 200, json!([ada()]));
    let screen = open("/admin").await;
    assert_eq!(screen.text("caption"), "Identities");
    assert_eq!(screen.count("thead th[scope='col']"), 4);
    assert_eq!(screen.text("tbody th[scope='row']"), "ada@example.org");
    assert!(screen.text("tbody tr").contains("active"));
    // A search is a page of its own, and so can be linked to and gone back from.
    server.json("GET /api/admin/identities?page_size=25&search=ad+state%3Aactive", 200, json!([]));
    screen.find::<HtmlInputElement>("[name='search']").set_value(" ad state:active ");
    screen.click(".search button").await;
    settle().await;
    assert_eq!(browser::query(), "?search=ad+state%3Aactive");
    assert!(screen.text("main").contains("Nobody was found."));
    // Found nothing is not the same as could not look.
    server.reply("GET /api/admin/identities?page_size=25&search=x", Reply::Broken);
    routes::go("/admin?search=x");
    settle().await;
    assert!(screen.text("[role='alert']").contains("cannot be reached"));
}

#[wasm_bindgen_test]
async fn ui_37_disabling_names_the_identity_asks_first_and_sends_a_patch() {
    let server = Server::start();
    let screen = details(&server).await;
    assert_eq!(screen.text("h1"), "ada@example.org");
    for wanted in ["Ada", "verified", "Password", "Firefox on Linux"] {
        assert!(screen.text("main").contains(wanted), "{wanted}");
    }
    screen.click("[name='admin.disable']").await;
    assert!(screen.text("[role='alertdialog']").contains("Disable ada@example.org?"));
    assert!(screen.has_focus("#confirm-cancel"));
    let mut disabled = ada();
    disabled["state"] = "inactive".into();
    server.json("PATCH /api/admin/identities/i1", 200, disabled.clone());
    server.json("GET /api/admin/identities/i1/sessions", 200, json!([]));
    server.json("GET /api/admin/identities/i1", 200, disabled);
    screen.click("[data-sure]").await;
    settle().await;
    let sent = server.sent();
    let patch = sent.iter().find(|sent| sent.method == "PATCH").expect("a patch");
    assert_eq!(patch.body, json!([{"op": "replace", "path": "/state", "value": "inactive"}]));
    assert_eq!(announced(), "Done.");
    assert_eq!(screen.count("[name='admin.enable']"), 1);
}

#[wasm_bindgen_test]
async fn a_deleted_identity_leads_back_to_the_list() {
    let server = Server::start();
    let screen = details(&server).await;
    screen.click("[name='admin.delete']").await;
    server.reply("DELETE /api/admin/identities/i1", Reply::Empty);
    server.json("GET /api/admin/identities?", 200, json!([]));
    screen.click("[data-sure]").await;
    settle().await;
    assert_eq!(browser::path(), "/admin");
    assert!(screen.text("main").contains("Nobody was found."));
}

#[wasm_bindgen_test]
async fn a_recovery_code_is_shown_with_the_page_that_takes_it() {
    let server = Server::start();
    let screen = details(&server).await;
    server.json(
        "POST /api/admin/recovery/code",
        201,
        json!({"recovery_code": "123456",
        "recovery_link": "http://h/recovery?flow=f", "expires_at": "2034-01-01T11:00:00Z"}),
    );
    screen.click("[name='admin.recover']").await;
    settle().await;
    assert_eq!(server.posted(), [json!({"identity_id": "i1"})]);
    assert!(screen.text("main").contains("123456") && screen.text("main").contains("http://h/recovery?flow=f"));
}

#[wasm_bindgen_test]
async fn whoever_is_no_administrator_is_told_so() {
    for (status, link) in [(403, 0), (401, 1)] {
        let server = Server::start();
        server.json("GET /api/admin/", status, json!({"error": {"code": status, "message": "no"}}));
        let screen = open("/admin").await;
        assert!(screen.text("[role='alert']").contains("for administrators"));
        assert_eq!(screen.count("main a[href^='/login']"), link);
    }
}

#[wasm_bindgen_test]
async fn messages_of_the_courier_are_listed_with_their_fate() {
    let server = Server::start();
    server.json(
        "GET /api/admin/courier/messages",
        200,
        json!([{"id": "m1", "status": "abandoned", "type": "email",
        "recipient": "ada@example.org", "template_type": "recovery_code_valid", "created_at": "2034-01-01T10:00:00Z"}]),
    );
    let screen = open("/admin/messages").await;
    for wanted in ["ada@example.org", "recovery code valid", "abandoned"] {
        assert!(screen.text("tbody tr").contains(wanted), "{wanted}");
    }
}
