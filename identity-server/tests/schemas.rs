//! Identity schemas from files, texts and web servers, and how they are shown.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use support::{Database, World};

fn schema(name: &str) -> Value {
    let identifier = json!({ "credentials": { "password": { "identifier": true } } });
    json!({ "title": name, "type": "object", "properties": { "traits": { "type": "object", "required": [name],
        "properties": { name: { "type": "string", "ory.sh/kratos": identifier } } } } })
}

/// A web server that answers every request with `body`.
fn web(body: String) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).expect("a request");
            let answer =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).expect("sent");
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_come_from_files_texts_and_web_servers_and_are_listed_in_pages() {
    let port = web(schema("badge").to_string());
    let text = STANDARD.encode(schema("nickname").to_string());
    let world = World::serving(
        Database::Sqlite,
        &format!(
            "identity:\n  schemas:\n    - {{ id: default, url: \"file://./person.json\" }}\n    \
             - {{ id: staff, url: \"http://127.0.0.1:{port}/staff.json\" }}\n    \
             - {{ id: customer, url: \"base64://{text}\", selfservice_selectable: true }}\n"
        ),
    )
    .await;
    let (mut found, mut next) = (Vec::new(), Some("/schemas?per_page=2".to_owned()));
    while let Some(path) = next {
        let answer = world.http.get(world.public(&path)).send().await.expect("an answer");
        assert_eq!(answer.headers()["x-total-count"], "3");
        let links = answer.headers()["link"].to_str().expect("text").to_owned();
        next = links
            .split(',')
            .find(|part| part.ends_with("rel=\"next\""))
            .map(|part| part.trim_start_matches('<').split_once('>').expect("a link").0.to_owned());
        let list: Vec<Value> = answer.json().await.expect("a list");
        found.extend(list.into_iter().map(|entry| entry["id"].as_str().expect("an id").to_owned()));
    }
    assert_eq!(found, ["default", "staff", "customer"]);
    for name in ["staff".to_owned(), URL_SAFE_NO_PAD.encode("staff")] {
        let (status, document) = world.get(world.public(&format!("/schemas/{name}"))).await;
        assert_eq!((status, &document["title"]), (200, &json!("badge")), "{name}");
    }
    assert_eq!(world.get(world.public("/schemas/none")).await.0, 404);

    let password = json!({ "password": { "config": { "password": "a password of staff" } } });
    let staff = json!({ "schema_id": "staff", "traits": { "badge": "B-7" }, "credentials": password });
    let (status, made) = world.send(world.http.post(world.admin("/admin/identities")).json(&staff)).await;
    assert_eq!(status, 201, "{made}");
    assert!(made["schema_url"].as_str().expect("a URL").ends_with(&URL_SAFE_NO_PAD.encode("staff")));
    assert_eq!(world.sign_in("b-7", "a password of staff").await.0, 200);
    let wrong = json!({ "schema_id": "customer", "traits": { "badge": "B-8" } });
    assert_eq!(world.send(world.http.post(world.admin("/admin/identities")).json(&wrong)).await.0, 400);
    for (schema, expected) in [("customer", 200), ("default", 200), ("staff", 400), ("none", 400)] {
        let url = world.public(&format!("/self-service/registration/api?identity_schema={schema}"));
        assert_eq!(world.get(url).await.0, expected, "{schema}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_cannot_be_read_stops_the_start_and_is_named() {
    let port = web("this is no JSON".into());
    for (url, expected) in [
        ("file://./nowhere.json".to_owned(), "nowhere.json"),
        ("base64://%%%".to_owned(), "base64"),
        (format!("http://127.0.0.1:{port}/staff.json"), "no JSON"),
        (format!("http://127.0.0.1:{}/staff.json", support::free_port()), "cannot download"),
    ] {
        let world = World::new(
            Database::Sqlite,
            &format!("identity:\n  schemas:\n    - {{ id: default, url: \"file://./person.json\" }}\n    - {{ id: staff, url: \"{url}\" }}\n"),
        )
        .await;
        let output = world.run(&["serve"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("staff") && told.contains(expected), "{url}: {told}");
    }
}
