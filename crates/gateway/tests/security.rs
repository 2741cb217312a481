//! security.md 59–63 through a real Envoy with the filter.
mod support;
use serde_json::json;
use std::time::Duration;
use support::{CONFIG, KEEPING, RULES, Stack, identity, raw, session};

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn no_client_speaks_for_the_gateway_59() {
    let stack = Stack::start(CONFIG, RULES);
    stack.add_session("alice", session(1, "user"));
    for headers in [
        vec![("X-User-Id", "root")],
        vec![("x-user-id", "root"), ("X-USER-ID", "toor")],
        vec![("X-User-Id", "root"), ("Connection", "close, X-User-Id")],
        vec![("X-Mail", "root@example.org")],
    ] {
        // A rule that sets the header: the upstream sees the real one only.
        let mut mine = headers.clone();
        mine.push(("Cookie", "sid=alice"));
        assert_eq!(stack.get("/mine", &mine).status, 200);
        let seen = stack.last_seen();
        assert_eq!(seen.all("x-user-id"), [identity(1).as_str()], "{headers:?}");
        assert_eq!(seen.all("x-mail"), ["u1@example.org"], "{headers:?}");
        // A rule that sets nothing: the upstream sees none.
        assert_eq!(stack.get("/open", &headers).status, 200);
        let seen = stack.last_seen();
        assert!(seen.all("x-user-id").is_empty() && seen.all("x-mail").is_empty(), "{headers:?}: {seen:?}");
    }
    // Underscores, as CGI-like servers take them for hyphens: refused or removed, never passed.
    for name in ["X_User_Id", "x_user-id"] {
        let before = stack.upstream_count();
        let answer = stack.get("/open", &[(name, "root")]);
        let passed = stack.world.upstream.lock().unwrap().get(before).cloned();
        assert!(
            answer.status == 400 || passed.is_some_and(|seen| !seen.headers.iter().any(|(_, value)| value == "root")),
            "{name}: {answer:?}"
        );
    }
    // Trailers.
    let chunked = "POST /open HTTP/1.1\r\nHost: gw.test\r\nTrailer: X-User-Id\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\nX-User-Id: root\r\n\r\n";
    let answer = raw(stack.proxy, chunked.as_bytes());
    assert!(!answer.body.contains("root"), "{answer:?}");
    // The internal header that picks an upstream.
    assert_eq!(stack.get("/open", &[("x-nexus-route", "anything")]).status, 200);
    assert!(stack.last_seen().all("x-nexus-route").is_empty());
    // The decision API: what a client sent is not answered back.
    let answer = stack.decide("/decisions/guest", &[("X-User-Id", "root")]);
    assert_eq!((answer.status, answer.header("x-user-id")), (200, Some("anonymous")));
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn rules_and_upstream_see_the_same_path_and_host_60() {
    let stack = Stack::start(CONFIG, RULES);
    for target in [
        "/open/../admin",
        "/open/%2e%2e/admin",
        "/open/..%2fadmin",
        "/open/%2e%2e%2fadmin",
        "/open/..\\admin",
        "/open/..%5cadmin",
        "/open/..;/admin",
        "/open/%252e%252e/admin",
        "/open//../admin",
        "//open/../admin",
        "/open/./../admin",
        "/open/.%2e/admin",
    ] {
        let before = stack.upstream_count();
        let answer =
            raw(stack.proxy, format!("GET {target} HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n").as_bytes());
        // Refused, or read as the path of the protected rule and refused there; never let through.
        assert!(matches!(answer.status, 400 | 401 | 403), "{target}: {answer:?}");
        assert_eq!(stack.upstream_count(), before, "{target}");
    }
    for (target, status) in [
        ("/open/a%00b", 400),
        ("/open/a%0ab", 400),
        ("/open/a%2fb", 400),
        ("/open/a%zz", 400),
        ("/open/%ff", 400),
        ("/open/a#b", 400),
    ] {
        let answer =
            raw(stack.proxy, format!("GET {target} HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n").as_bytes());
        assert_eq!(answer.status, status, "{target}: {answer:?}");
    }
    // What is canonical passes byte for byte.
    for target in ["/open/a%20b/%C3%BC", "/open/a;v=1", "/open/x/?q=..%2f&r=a+b", "/open/%c3%bc", "/open/..."] {
        assert_eq!(stack.get(target, &[]).status, 200, "{target}");
        assert_eq!(stack.last_seen().target, target);
    }
    // A host in another spelling is the same host, and no other rule's.
    for (host, status) in
        [("GW.TEST", 200), ("gw.test.", 200), ("gw.test:80", 200), ("gw.test:81", 404), ("gw.test.evil", 404)]
    {
        assert_eq!(stack.get("/open", &[("Host", host)]).status, status, "{host}");
    }
    let absolute =
        raw(stack.proxy, b"GET http://gw.test/admin HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n");
    assert_eq!(absolute.status, 401);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn whatever_fails_refuses_61() {
    let mut stack = Stack::start(CONFIG, RULES);
    stack.add_session("alice", session(1, "user"));
    let cookie = [("Cookie", "sid=alice")];
    assert_eq!(stack.get("/nothing", &[]).status, 404);
    assert_eq!(stack.get("/mine", &[]).status, 401);
    assert_eq!(stack.get("/mine", &[("Cookie", "sid=mallory")]).status, 401);
    // Answers of the store that authenticate nobody.
    for (status, body, wanted) in [
        (500, "{}", 401),
        (503, "{}", 503),
        (403, "{}", 401),
        (302, "{}", 401),
        (204, "", 401),
        (201, r#"{"identity":{"id":"x"}}"#, 401),
        (200, "{}", 401),
        (200, "<html>", 401),
        (200, "", 401),
        (200, r#"{"identity":{"id":""}}"#, 401),
        (200, r#"{"identity":{"id":null}}"#, 401),
        (200, r#"{"identity":{"id":7}}"#, 403),
        (200, r#"{"identity":{"id":"a\r\nX-Admin: 1"}}"#, 500),
        (429, "{}", 429),
    ] {
        *stack.world.store_answer.lock().unwrap() = Some((status, body.to_owned()));
        let before = stack.upstream_count();
        assert_eq!(stack.get("/mine", &cookie).status, wanted, "{status} {body}");
        assert_eq!(stack.upstream_count(), before, "{status} {body}");
    }
    *stack.world.store_answer.lock().unwrap() = None;
    // A store that does not answer in time, and one that is not there.
    *stack.world.store_delay.lock().unwrap() = Duration::from_secs(30);
    assert_eq!(stack.get("/mine", &cookie).status, 503);
    *stack.world.store_delay.lock().unwrap() = Duration::ZERO;
    assert_eq!(stack.get("/mine", &cookie).status, 200);
    stack.stop_store();
    let before = stack.upstream_count();
    assert_eq!(stack.get("/mine", &cookie).status, 503);
    assert_eq!(stack.decide("/decisions/mine", &cookie).status, 503);
    assert_eq!(stack.upstream_count(), before);
    // Requests that need no store go on.
    assert_eq!(stack.get("/open", &[]).status, 200);
    // Headers that no text is: no worker falls over them.
    let odd = raw(stack.proxy, b"GET /open HTTP/1.1\r\nHost: gw.test\r\nX-Odd: \xff\xfe\x80\r\nCookie: sid=\xff\xfe\r\nConnection: close\r\n\r\n");
    assert_eq!(odd.status, 200);
    assert_eq!(
        raw(
            stack.proxy,
            b"GET /mine HTTP/1.1\r\nHost: gw.test\r\nAuthorization: Bearer \xff\r\nConnection: close\r\n\r\n"
        )
        .status,
        401
    );
    let two = raw(stack.proxy, b"GET /open HTTP/1.1\r\nHost: gw.test\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n");
    assert_eq!(two.status, 400);
    let big = format!("sid={}", "a".repeat(60 * 1024));
    assert_eq!(stack.get("/open", &[("Cookie", &big)]).status, 200);
    assert_eq!(stack.get("/open", &[]).status, 200, "every worker still answers");
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn what_is_kept_is_kept_under_everything_that_matters_62() {
    let rules = RULES.to_owned()
        + r#"
- id: other-subject
  match: { url: "http://gw.test/other-subject", methods: [GET] }
  authenticators: [{ handler: cookie_session, config: { subject_from: identity.traits.email } }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-User-Id: "{{ print .Subject }}" } } }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
"#;
    let mut stack = Stack::start(&(CONFIG.to_owned() + KEEPING), &rules);
    stack.add_session("alice", session(1, "user"));
    stack.add_session("bob", session(2, "admin"));
    // Warm every worker: the same cookie is asked for at most once per worker.
    stack.until("sessions are kept", Duration::from_secs(10), |stack| {
        let before = stack.store_count();
        (0..20).all(|_| stack.get("/mine", &[("Cookie", "sid=alice")]).status == 200) && stack.store_count() == before
    });
    // Another credential, another place, other settings: each is another key, and verdicts are never kept.
    assert_eq!(stack.get("/mine", &[("Cookie", "sid=bob")]).status, 200);
    assert_eq!(stack.last_seen().all("x-user-id"), [identity(2).as_str()]);
    assert_eq!(stack.get("/admin", &[("Cookie", "sid=alice")]).status, 403);
    assert_eq!(stack.get("/admin", &[("Cookie", "sid=bob")]).status, 200);
    assert_eq!(stack.get("/other-subject", &[("Cookie", "sid=alice")]).status, 200);
    assert_eq!(stack.last_seen().all("x-user-id"), ["u1@example.org"]);
    assert_eq!(stack.get("/mine", &[("Authorization", "Bearer alice")]).status, 200);
    assert_eq!(stack.get("/mine", &[("Cookie", "sid=alice-and-more")]).status, 401);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn the_clients_address_comes_from_the_connection_63() {
    let stack = Stack::start(CONFIG, RULES);
    let forged = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Host", "evil.test"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Uri", "/evil"),
        ("X-Forwarded-Method", "DELETE"),
        ("X-Forwarded-Prefix", "/evil"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Real-Ip", "203.0.113.9"),
        ("X-Original-Url", "/evil"),
    ];
    assert_eq!(stack.get("/open", &forged).status, 200);
    let seen = stack.last_seen();
    assert!(!seen.headers.iter().any(|(_, value)| value.contains("203.0.113.9") || value.contains("evil")), "{seen:?}");
    assert_eq!(seen.all("x-forwarded-proto"), ["http"]);
    assert_eq!(seen.all("x-forwarded-for").len(), 1);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn a_logout_ends_the_session_at_the_gateway_within_a_second() {
    let mut stack = Stack::start(&(CONFIG.to_owned() + KEEPING), RULES);
    for n in 1..=4u8 {
        stack.add_session(&format!("s{n}"), session(n, "user"));
    }
    let warm = |stack: &mut Stack, n: u8| {
        let cookie = format!("sid=s{n}");
        stack.until("the session is kept", Duration::from_secs(10), |stack| {
            let before = stack.store_count();
            (0..20).all(|_| stack.get("/mine", &[("Cookie", &cookie)]).status == 200) && stack.store_count() == before
        });
    };
    // One session ends.
    warm(&mut stack, 1);
    stack.world.sessions.lock().unwrap().remove("s1");
    stack.tell(json!({ "kind": "session", "session_id": session(1, "user")["id"], "identity_id": identity(1), "at": "2026-01-01T00:00:00Z" }));
    stack.until("the ended session is refused", Duration::from_secs(5), |stack| {
        (0..20).all(|_| stack.get("/mine", &[("Cookie", "sid=s1")]).status == 401)
    });
    // All sessions of an identity end; others stay in memory.
    warm(&mut stack, 2);
    warm(&mut stack, 3);
    let before = stack.store_count();
    stack.world.sessions.lock().unwrap().remove("s2");
    stack.tell(json!({ "kind": "identity", "identity_id": identity(2), "at": "2026-01-01T00:00:00Z" }));
    stack.until("the identity's session is refused", Duration::from_secs(5), |stack| {
        (0..20).all(|_| stack.get("/mine", &[("Cookie", "sid=s2")]).status == 401)
    });
    let asked_for_others =
        stack.world.store.lock().unwrap()[before..].iter().filter(|seen| seen.all("cookie") == ["sid=s3"]).count();
    assert_eq!(asked_for_others, 0, "the other identity's session was not dropped");
    // The feed falls silent: from the bound on, sessions are asked for at the store, and an ended one is refused.
    warm(&mut stack, 4);
    *stack.world.feed.lock().unwrap() = None;
    stack.world.sessions.lock().unwrap().remove("s4");
    stack.until("the session is refused without the feed", Duration::from_secs(10), |stack| {
        (0..20).all(|_| stack.get("/mine", &[("Cookie", "sid=s4")]).status == 401)
    });
    // And with the store gone, too, nothing passes.
    stack.stop_store();
    stack.until("everything that needs the store is refused", Duration::from_secs(10), |stack| {
        (0..20).all(|_| stack.get("/mine", &[("Cookie", "sid=s3")]).status == 503)
    });
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn many_requests_for_one_session_ask_the_store_once_per_worker() {
    let stack = Stack::start(&(CONFIG.to_owned() + KEEPING), RULES);
    stack.add_session("alice", session(1, "user"));
    *stack.world.store_delay.lock().unwrap() = Duration::from_millis(300);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..40).map(|_| scope.spawn(|| stack.get("/mine", &[("Cookie", "sid=alice")]).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    assert!(stack.store_count() <= 2 * workers, "{} questions for one session", stack.store_count());
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn a_client_that_hangs_up_takes_nobody_with_it() {
    use std::io::Write;
    let stack = Stack::start(&(CONFIG.to_owned() + KEEPING), RULES);
    stack.add_session("alice", session(1, "user"));
    *stack.world.store_delay.lock().unwrap() = Duration::from_millis(500);
    // Clients that ask first and leave; others wait for the very same answers.
    for _ in 0..8 {
        let mut connection = std::net::TcpStream::connect(("127.0.0.1", stack.proxy)).unwrap();
        connection.write_all(b"GET /mine HTTP/1.1\r\nHost: gw.test\r\nCookie: sid=alice\r\n\r\n").unwrap();
        drop(connection);
    }
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..16).map(|_| scope.spawn(|| stack.get("/mine", &[("Cookie", "sid=alice")]).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}
