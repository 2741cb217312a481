//! What stands between the protected API and the world.

use anyhow::Result;
use nexus_e2e::person::{answer, browser_client, me_query, native_client, ok, who_am_i};
use nexus_e2e::{Database, PATIENCE, Person, World, eventually};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_request_without_a_session_is_refused_with_oathkeepers_body() -> Result<()> {
    let world = World::start(Database::Sqlite).await?;
    let http = native_client()?;
    let request = http.post(format!("{}/graphql/", world.gateway())).json(&me_query());
    let response = request.send().await?;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: Value = response.json().await?;
    assert_eq!(body["error"]["code"], 401);
    assert_eq!(body["error"]["status"], "Unauthorized");
    assert!(body["error"]["message"].is_string(), "{body}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_native_client_reaches_the_api_with_its_session_token_as_bearer() -> Result<()> {
    let world = World::start(Database::Sqlite).await?;
    let (http, gateway) = (native_client()?, world.gateway());
    let person = Person::new();
    let signed_up = person.sign_up(&http, &gateway).await?;
    let signed_in = person.sign_in(&http, &gateway).await?;
    assert_eq!(signed_in.identity, signed_up.identity);
    assert_ne!(signed_in.token, signed_up.token);

    let whoami = ok(http.get(format!("{gateway}/sessions/whoami")).header("x-session-token", &signed_in.token)).await?;
    assert_eq!(whoami["identity"]["id"], signed_in.identity.as_str());
    assert_eq!(whoami["active"], true);

    let graphql = || http.post(format!("{gateway}/graphql/"));
    assert_eq!(who_am_i(graphql().bearer_auth(&signed_in.token)).await?, signed_in.identity);
    let (status, _) = answer(graphql().bearer_auth("not-a-token").json(&me_query())).await?;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    // Signing out with one token leaves the other alone.
    let logout = http.delete(format!("{gateway}/self-service/logout/api"));
    let (status, body) = answer(logout.json(&json!({"session_token": signed_in.token}))).await?;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    eventually(
        "refused after logout",
        PATIENCE,
        || answer(graphql().bearer_auth(&signed_in.token).json(&me_query())),
        |(status, _)| *status == StatusCode::UNAUTHORIZED,
    )
    .await?;
    assert_eq!(who_am_i(graphql().bearer_auth(&signed_up.token)).await?, signed_up.identity);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_forged_identity_header_never_reaches_the_api() -> Result<()> {
    let world = World::start(Database::Sqlite).await?;
    let (http, gateway) = (browser_client()?, world.gateway());
    let identity = Person::new().sign_up_in_browser(&http, &gateway).await?;
    let victim = Person::new().sign_up(&native_client()?, &gateway).await?.identity;
    let graphql = || http.post(format!("{gateway}/graphql/"));
    for name in ["X-User-Id", "x-user-id", "X-USER-ID"] {
        // Twice: one line before and one after any that the gateway might look at.
        let forged = graphql().header(name, &victim).header(name, &victim);
        assert_eq!(who_am_i(forged).await?, identity, "{name}");
    }
    // Without a session a forged header is no session.
    let alone = native_client()?.post(format!("{gateway}/graphql/")).header("X-User-Id", &victim);
    assert_eq!(answer(alone.json(&me_query())).await?.0, StatusCode::UNAUTHORIZED);
    // The spelling that some servers take for the same header is refused or dropped, never believed.
    let (status, body) = answer(graphql().header("X_User_Id", &victim).json(&me_query())).await?;
    assert!(status == StatusCode::BAD_REQUEST || body.contains(&identity), "{status} {body}");
    assert!(!body.contains(&victim), "{body}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_logout_in_the_browser_closes_the_gateway_for_the_old_cookie() -> Result<()> {
    let world = World::start(Database::Postgres).await?;
    let (http, gateway) = (browser_client()?, world.gateway());
    let person = Person::new();
    let identity = person.sign_up_in_browser(&http, &gateway).await?;
    let whoami = http.get(format!("{gateway}/sessions/whoami")).send().await?;
    assert_eq!(whoami.status(), StatusCode::OK);
    // The session is known to the gateway's cache now.
    for _ in 0..3 {
        assert_eq!(who_am_i(http.post(format!("{gateway}/graphql/"))).await?, identity);
    }
    let logout = ok(http.get(format!("{gateway}/self-service/logout/browser")).header("accept", "application/json"));
    let url = logout.await?["logout_url"].as_str().unwrap_or_default().to_owned();
    let (status, body) = answer(http.get(url).header("accept", "application/json")).await?;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    let started = xtask::console::now();
    eventually(
        "refused after logout",
        PATIENCE,
        || answer(http.post(format!("{gateway}/graphql/")).json(&me_query())),
        |(status, _)| *status == StatusCode::UNAUTHORIZED,
    )
    .await?;
    xtask::console::line(&format!(
        "the gateway refused {} after the logout",
        xtask::console::duration(started.elapsed())
    ));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn with_the_identity_server_down_new_sessions_get_503_and_never_a_pass() -> Result<()> {
    let mut world = World::start(Database::Sqlite).await?;
    let (http, gateway) = (native_client()?, world.gateway());
    let signed_in = Person::new().sign_up(&http, &gateway).await?;
    tokio::task::block_in_place(|| world.stack.stop_identity());
    let graphql = || http.post(format!("{gateway}/graphql/"));
    // A session that the gateway has never seen, so that no cache can answer.
    let (status, body) = answer(graphql().bearer_auth(&signed_in.token).json(&me_query())).await?;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    world.restart_identity()?;
    let back = || answer(graphql().bearer_auth(&signed_in.token).json(&me_query()));
    eventually("answered again", PATIENCE, back, |(status, _)| *status == StatusCode::OK).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn the_decision_api_decides_as_the_gateway_does() -> Result<()> {
    let world = World::start(Database::Sqlite).await?;
    let http = native_client()?;
    let signed_in = Person::new().sign_up(&http, &world.gateway()).await?;
    let gateway = world.gateway();
    let host = gateway.trim_start_matches("http://");
    let ask = || http.post(format!("{}/decisions/graphql/", world.decisions())).header("x-forwarded-host", host);
    let allowed = ask().bearer_auth(&signed_in.token).send().await?;
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(allowed.headers()["x-user-id"], signed_in.identity.as_str());
    assert_eq!(answer(ask()).await?.0, StatusCode::UNAUTHORIZED);
    Ok(())
}
