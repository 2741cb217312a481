//! The main story in a real browser: sign up, use the protected API, sign out.

use anyhow::Result;
use nexus_e2e::person::{answer, me_query, native_client, who_am_i};
use nexus_e2e::{Browser, Database, PATIENCE, Person, World, eventually};
use reqwest::StatusCode;
use serde_json::Value;

async fn sign_up_use_the_api_and_sign_out(database: Database) -> Result<()> {
    let world = World::start(database).await?;
    let gateway = world.gateway();
    let person = Person::new();
    let browser = Browser::open().await?;

    // Sign up; the page that follows is for the signed-in.
    browser.page.goto(format!("{gateway}/registration")).await?;
    browser.fill("traits.email", &person.email).await?;
    browser.fill("password", &person.password).await?;
    browser.submit("password").await?;
    browser.address(|url| !url.contains("/registration")).await?;
    browser.reads(&person.email).await?;

    // The page's own script reaches the API, and the API knows who it is: the identity of the session.
    let http = native_client()?;
    let cookies = browser.cookie_header().await?;
    let whoami = http.get(format!("{gateway}/sessions/whoami")).header("cookie", &cookies);
    let session: Value = nexus_e2e::person::ok(whoami).await?;
    let identity = session["identity"]["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(session["identity"]["traits"]["email"], person.email.as_str());
    let (status, body) = browser.fetch_me().await?;
    assert_eq!(status, 200, "{body}");
    assert_eq!(serde_json::from_str::<Value>(&body)?["data"]["me"]["id"], identity.as_str());

    // Sign out on the page, then sign in again with what was chosen at sign-up.
    browser.visible("[data-test='logout'], a[href*='logout'], button[name='logout']").await?.click().await?;
    browser.address(|url| url.contains("/login")).await?;
    // The cookies from before are worthless at the gateway as well, not only in this browser.
    let graphql = || http.post(format!("{gateway}/graphql/")).header("cookie", &cookies).json(&me_query());
    eventually(
        "refused after logout",
        PATIENCE,
        || answer(graphql()),
        |(status, _)| *status == StatusCode::UNAUTHORIZED,
    )
    .await?;

    browser.fill("identifier", &person.email).await?;
    browser.fill("password", &person.password).await?;
    browser.submit("password").await?;
    browser.reads(&person.email).await?;
    let again = http.post(format!("{gateway}/graphql/")).header("cookie", browser.cookie_header().await?);
    assert_eq!(who_am_i(again).await?, identity);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_person_signs_up_uses_the_api_and_signs_out_on_sqlite() -> Result<()> {
    sign_up_use_the_api_and_sign_out(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_person_signs_up_uses_the_api_and_signs_out_on_postgresql() -> Result<()> {
    sign_up_use_the_api_and_sign_out(Database::Postgres).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_wrong_password_is_refused_on_the_page_and_the_address_stays() -> Result<()> {
    let world = World::start(Database::Sqlite).await?;
    let person = Person::new();
    person.sign_up(&native_client()?, &world.gateway()).await?;
    let browser = Browser::open().await?;
    browser.page.goto(format!("{}/login", world.gateway())).await?;
    browser.fill("identifier", &person.email).await?;
    browser.fill("password", "not-the-password-at-all").await?;
    browser.submit("password").await?;
    // ui.md 19, 24, 26
    browser.visible("[role='alert']").await?;
    let field = browser.visible("[name='identifier']").await?;
    assert_eq!(field.prop("value").await?.as_deref(), Some(person.email.as_str()));
    let field = browser.visible("[name='password']").await?;
    assert_eq!(field.prop("value").await?.as_deref(), Some(""));
    assert!(browser.page.current_url().await?.path().starts_with("/login"));
    browser.close().await
}
