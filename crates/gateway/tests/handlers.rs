//! Every handler through a real Envoy with the filter: what lets a request in, what keeps it out, what the services
//! and the upstream see.
mod support;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use support::{Answer, Service, Stack, session};

const KEYS: &str = include_str!("support/keys.json");

const CONFIG: &str = r#"
serve:
  proxy: { host: 127.0.0.1, port: {proxy} }
  api: { host: 127.0.0.1, port: {api} }
access_rules: { repositories: ["file://{folder}/rules.yml"] }
authenticators:
  noop: { enabled: true }
  anonymous: { enabled: true, config: { subject: guest } }
  unauthorized: { enabled: true }
  cookie_session: { enabled: true, config: { check_session_url: "http://127.0.0.1:{store}/whoami", preserve_path: true, only: [sid], subject_from: identity.id, extra_from: "@this" } }
  bearer_token: { enabled: true, config: { check_session_url: "http://127.0.0.1:{store}/whoami", preserve_path: true, subject_from: identity.id, extra_from: "@this" } }
  jwt: { enabled: true, config: { jwks_urls: ["http://127.0.0.1:{store}/keys"], jwks_ttl: 30s, allowed_algorithms: [RS256, ES256, EdDSA, HS256] } }
  oauth2_introspection: { enabled: true, config: { introspection_url: "http://127.0.0.1:{store}/introspect" } }
  oauth2_client_credentials: { enabled: true, config: { token_url: "http://127.0.0.1:{store}/token" } }
authorizers:
  allow: { enabled: true }
  deny: { enabled: true }
  cel: { enabled: true }
  remote: { enabled: true, config: { remote: "http://127.0.0.1:{store}/authz", forward_response_headers_to_upstream: [X-Role] } }
  remote_json: { enabled: true, config: { remote: "http://127.0.0.1:{store}/authz-json", payload: "{}" } }
  keto_engine_acp_ory: { enabled: true, config: { base_url: "http://127.0.0.1:{store}/keto", required_action: "read", required_resource: "docs:{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}" } }
mutators:
  noop: { enabled: true }
  header: { enabled: true, config: { headers: { X-User: "{{ print .Subject }}" } } }
  cookie: { enabled: true, config: { cookies: { user: "{{ print .Subject }}" } } }
  id_token: { enabled: true, config: { issuer_url: "https://gw.test/", jwks_url: "file://{folder}/rs.json", ttl: 60s } }
  hydrator: { enabled: true, config: { api: { url: "http://127.0.0.1:{store}/hydrate", auth: { basic: { username: gw, password: secret } } } } }
nexus: { envoy: { concurrency: 1 } }
errors:
  fallback: [json]
  handlers:
    json: { enabled: true }
    redirect: { enabled: true, config: { to: "https://login.test/start", return_to_query_param: back } }
    www_authenticate: { enabled: true }
"#;

/// A rule of one line: id and path, authenticators, authorizer, mutators, and more.
fn rule(id: &str, authenticators: &str, authorizer: &str, mutators: &str, more: &str) -> String {
    format!(
        "- {{ id: {id}, match: {{ url: 'http://gw.test/{id}<(/.*)?>', methods: [GET, POST] }}, authenticators: \
         [{authenticators}], authorizer: {authorizer}, mutators: [{mutators}], upstream: {{ url: \
         'http://127.0.0.1:{{upstream}}' }}{more} }}\n"
    )
}

const NOOP: &str = "{ handler: noop }";
const ALLOW: &str = "{ handler: allow }";
const HEADER: &str = "{ handler: header }";

fn stack(rules: &[String]) -> Stack {
    let rules: String = rules.concat();
    let set: Value = serde_json::from_str(KEYS).unwrap();
    let only = |kid: &str| {
        let keys: Vec<&Value> = set["keys"].as_array().unwrap().iter().filter(|key| key["kid"] == kid).collect();
        json!({ "keys": keys }).to_string()
    };
    let files = [("rs.json", only("rs")), ("es.json", only("es")), ("ed.json", only("ed")), ("hs.json", only("hs"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Stack::start_with(CONFIG, &rules, &files)
}

fn bearer(token: &str) -> [(&'static str, String); 1] {
    [("Authorization", format!("Bearer {token}"))]
}

fn get(stack: &Stack, path: &str, headers: &[(&'static str, String)]) -> Answer {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    stack.get(path, &headers)
}

fn now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "tokens are judged by the gateway's own clock")]
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A token signed with the shared secret of the key set.
fn token(claims: &Value) -> String {
    let set: Value = serde_json::from_str(KEYS).unwrap();
    let key = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == "hs").unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("hs".into());
    let key = EncodingKey::from_base64_secret(
        &key["k"].as_str().unwrap().replace('-', "+").replace('_', "/").chars().chain("=".chars()).collect::<String>(),
    );
    encode(&header, claims, &key.unwrap()).unwrap()
}

fn claims_of(token: &str) -> (Value, Value) {
    let part = |n: usize| {
        let text = token.split('.').nth(n).unwrap();
        let mut bytes = Vec::new();
        let (mut buffer, mut bits) = (0u32, 0);
        for c in text.bytes() {
            let digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".find(char::from(c)).unwrap();
            buffer = (buffer << 6) | u32::try_from(digit).unwrap();
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap());
            }
        }
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn jwt_lets_in_what_is_signed_fresh_and_meant_for_here() {
    let rules = [
        rule("jwt", "{ handler: jwt }", ALLOW, HEADER, ""),
        rule(
            "strict",
            "{ handler: jwt, config: { target_audience: [api], trusted_issuers: ['https://id.test'], required_scope: \
             [docs.read], scope_strategy: hierarchic } }",
            ALLOW,
            "{ handler: header, config: { headers: { X-Plan: '{{ print .Extra.plan }}' } } }",
            "",
        ),
        rule("rs-only", "{ handler: jwt, config: { allowed_algorithms: [RS256] } }", ALLOW, HEADER, ""),
        rule("cookie", "{ handler: jwt, config: { token_from: { cookie: t } } }", ALLOW, HEADER, ""),
        rule("issue-rs", NOOP, ALLOW, "{ handler: id_token }", ""),
        rule("issue-es", NOOP, ALLOW, "{ handler: id_token, config: { jwks_url: 'file://{folder}/es.json' } }", ""),
        rule("issue-ed", NOOP, ALLOW, "{ handler: id_token, config: { jwks_url: 'file://{folder}/ed.json' } }", ""),
    ];
    let mut stack = stack(&rules);
    stack.serve("/keys", Service::json(&serde_json::from_str(KEYS).unwrap()));
    let good = token(&json!({ "sub": "ann", "exp": now() + 60 }));
    // Keys are fetched before any request needs them.
    stack.until("the key set is fetched", Duration::from_secs(20), |stack| !stack.asked("/keys").is_empty());
    stack.until("the key set is there", Duration::from_secs(10), |stack| {
        get(stack, "/jwt", &bearer(&good)).status == 200
    });
    assert_eq!(stack.last_seen().all("x-user"), ["ann"]);
    stack.asked("/keys");
    // Every kind of key.
    for issuer in ["/issue-rs", "/issue-es", "/issue-ed"] {
        assert_eq!(stack.get(issuer, &[]).status, 200, "{issuer}");
        let issued = stack.last_seen().all("authorization").join("");
        let answer = stack.get("/jwt", &[("Authorization", &issued)]);
        assert_eq!(answer.status, 200, "{issuer}: {answer:?}");
    }
    // Refused: no token, moments, signatures, algorithms, keys.
    let (head, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let other_claims = token(&json!({ "sub": "root", "exp": now() + 60 }));
    let swapped = format!("{head}.{}.{signature}", other_claims.split('.').nth(1).unwrap());
    for (what, bad) in [
        ("expired", token(&json!({ "sub": "ann", "exp": now() - 5 }))),
        ("not yet valid", token(&json!({ "sub": "ann", "nbf": now() + 60 }))),
        ("made in the future", token(&json!({ "sub": "ann", "iat": now() + 60 }))),
        ("claims of another token", swapped),
        ("no signature", format!("{head}.{claims}.")),
        ("alg none", format!("eyJhbGciOiJub25lIiwia2lkIjoiaHMifQ.{claims}.")),
        ("alg RS256 over a secret", format!("eyJhbGciOiJSUzI1NiIsImtpZCI6ImhzIn0.{claims}.{signature}")),
        ("an unknown key", format!("eyJhbGciOiJIUzI1NiIsImtpZCI6Inh4In0.{claims}.{signature}")),
        ("moments that are texts", token(&json!({ "sub": "ann", "exp": "soon" }))),
    ] {
        let before = stack.upstream_count();
        assert_eq!(get(&stack, "/jwt", &bearer(&bad)).status, 401, "{what}");
        assert_eq!(stack.upstream_count(), before, "{what}");
    }
    assert_eq!(stack.get("/jwt", &[]).status, 401);
    assert_eq!(get(&stack, "/rs-only", &bearer(&good)).status, 401, "an algorithm that the rule does not list");
    assert!(stack.asked("/keys").len() <= 2, "an unknown key makes the set be fetched once in a while, not each time");
    // Audience, issuer, scope.
    let wanted =
        json!({ "sub": "ann", "aud": ["api", "x"], "iss": "https://id.test", "scope": "docs other", "plan": "gold" });
    assert_eq!(get(&stack, "/strict", &bearer(&token(&wanted))).status, 200);
    assert_eq!(stack.last_seen().all("x-plan"), ["gold"]);
    for (claim, value) in [("aud", json!("other")), ("iss", json!("https://evil.test")), ("scope", json!("docs.write"))]
    {
        let mut claims = wanted.clone();
        claims[claim] = value;
        assert_eq!(get(&stack, "/strict", &bearer(&token(&claims))).status, 401, "{claim}");
    }
    // In a cookie.
    assert_eq!(stack.get("/cookie", &[("Cookie", &format!("a=b; t={good}"))]).status, 200);
    assert_eq!(get(&stack, "/cookie", &bearer(&good)).status, 401, "the header is not where this rule looks");
    // With the key server gone, known keys go on.
    stack.serve("/keys", Service::status(500));
    assert_eq!(get(&stack, "/jwt", &bearer(&good)).status, 200);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn tokens_that_are_not_readable_are_shown_to_the_server_that_issued_them() {
    let rules = [
        rule(
            "introspect",
            "{ handler: oauth2_introspection }",
            ALLOW,
            "{ handler: header, config: { headers: { X-Client: '{{ print .Extra.client_id }}' } } }",
            "",
        ),
        rule(
            "scoped",
            "{ handler: oauth2_introspection, config: { required_scope: [a.b], scope_strategy: exact, cache: { enabled: true, ttl: 60s } } }",
            ALLOW,
            HEADER,
            "",
        ),
        rule("client", "{ handler: oauth2_client_credentials, config: { required_scope: [x, y] } }", ALLOW, HEADER, ""),
        rule(
            "either",
            "{ handler: oauth2_client_credentials }, { handler: oauth2_introspection }, { handler: anonymous }",
            ALLOW,
            HEADER,
            "",
        ),
    ];
    let stack = stack(&rules);
    let active = json!({ "active": true, "sub": "ann", "client_id": "app", "scope": "a.b c", "exp": now() + 60 });
    stack.serve("/introspect", Service::json(&active));
    assert_eq!(get(&stack, "/introspect", &bearer("opaque")).status, 200);
    assert_eq!((stack.last_seen().all("x-user"), stack.last_seen().all("x-client")), (vec!["ann"], vec!["app"]));
    let asked = stack.asked("/introspect");
    assert_eq!((asked[0].method.as_str(), asked[0].body.as_str()), ("POST", "scope=&token=opaque"));
    assert_eq!(asked[0].all("content-type"), ["application/x-www-form-urlencoded"]);
    for (status, answer) in [
        (401, json!({ "active": false })),
        (401, json!({ "active": true, "sub": "ann", "exp": now() - 5 })),
        (403, json!({ "active": true, "sub": "ann", "token_use": "refresh_token" })),
        (500, json!({ "active": true, "sub": 7 })),
        (500, json!("text")),
    ] {
        stack.serve("/introspect", Service::json(&answer));
        let before = stack.upstream_count();
        assert_eq!(get(&stack, "/introspect", &bearer("opaque")).status, status, "{answer}");
        assert_eq!(stack.upstream_count(), before, "{answer}");
    }
    stack.serve("/introspect", Service::status(429).with("retry-after", "7"));
    let answer = get(&stack, "/introspect", &bearer("opaque"));
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    stack.serve("/introspect", Service::status(503));
    assert_eq!(get(&stack, "/introspect", &bearer("opaque")).status, 500);
    // Scopes, and answers that are kept: facts are, verdicts are not.
    stack.serve("/introspect", Service::json(&active));
    stack.asked("/introspect");
    for _ in 0..3 {
        assert_eq!(get(&stack, "/scoped", &bearer("kept")).status, 200);
    }
    assert_eq!(stack.asked("/introspect").len(), 1, "asked once, kept for all workers");
    stack.serve("/introspect", Service::json(&json!({ "active": true, "sub": "ann", "scope": "a" })));
    assert_eq!(get(&stack, "/scoped", &bearer("other")).status, 403);
    // Client credentials.
    stack.serve("/token", Service::json(&json!({ "access_token": "t", "token_type": "bearer", "expires_in": 60 })));
    let basic = ("Authorization", "Basic YXBwOnNlY3JldA==");
    assert_eq!(stack.get("/client", &[basic]).status, 200);
    assert_eq!(stack.last_seen().all("x-user"), ["app"]);
    let asked = stack.asked("/token");
    assert_eq!(asked[0].body, "grant_type=client_credentials&scope=x+y");
    assert_eq!(asked[0].all("authorization"), ["Basic YXBwOnNlY3JldA=="]);
    stack.serve("/token", Service::status(401));
    assert_eq!(stack.get("/client", &[basic]).status, 401);
    assert_eq!(stack.get("/either", &[basic]).status, 401, "a credential that is refused never falls through");
    stack.serve("/token", Service::json(&json!({})));
    assert_eq!(stack.get("/client", &[basic]).status, 503);
    assert_eq!(stack.get("/either", &[]).status, 200);
    assert_eq!(stack.last_seen().all("x-user"), ["guest"]);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn other_services_decide_and_are_told_no_more_than_they_need() {
    let cookie = "{ handler: cookie_session }";
    let rules = [
        rule(
            "remote",
            cookie,
            "{ handler: remote, config: { headers: { X-Who: '{{ print .Subject }}' } } }",
            HEADER,
            "",
        ),
        rule(
            "json",
            cookie,
            "{ handler: remote_json, config: { payload: '{\"subject\": \"{{ print .Subject }}\", \"q\": \"{{ .MatchContext.URL.Query.Get \"q\" }}\"}' } }",
            HEADER,
            "",
        ),
        rule("keto", cookie, "{ handler: keto_engine_acp_ory }", HEADER, ""),
        rule("deny", NOOP, "{ handler: deny }", NOOP, ""),
        rule(
            "cel",
            cookie,
            "{ handler: cel, config: { required_aal: aal1, expression: 'request.method == \"GET\" && session.identity.traits.email.endsWith(\"@example.org\")' } }",
            HEADER,
            "",
        ),
        rule("aal2", cookie, "{ handler: cel, config: { required_aal: aal2 } }", HEADER, ""),
    ];
    let stack = stack(&rules);
    stack.add_session("alice", session(1, "user"));
    let sid = ("Cookie", "sid=alice");
    let subject = support::identity(1);
    // remote: the body of the request is the question, and goes on to the upstream.
    stack.serve("/authz", Service::status(200).with("x-role", "editor"));
    let answer = stack.send("POST", "/remote", &[sid, ("X-Role", "root"), ("Content-Type", "text/plain")], "hello");
    assert_eq!(answer.status, 200, "{answer:?}");
    let (seen, asked) = (stack.last_seen(), stack.asked("/authz"));
    assert_eq!((seen.body.as_str(), seen.all("x-role")), ("hello", vec!["editor"]));
    assert_eq!((asked[0].method.as_str(), asked[0].body.as_str()), ("POST", "hello"));
    assert_eq!((asked[0].all("x-who"), asked[0].all("content-type")), (vec![subject.as_str()], vec!["text/plain"]));
    assert!(asked[0].all("cookie").is_empty(), "cookies are none of its business");
    // remote_json: values cannot add keys.
    stack.serve("/authz-json", Service::status(200));
    assert_eq!(stack.get("/json?q=a%22%2C%20%22admin%22%3A%20%22yes", &[sid]).status, 200);
    let asked: Value = serde_json::from_str(&stack.asked("/authz-json")[0].body).unwrap();
    assert_eq!(asked, json!({ "subject": subject, "q": "a\", \"admin\": \"yes" }));
    // keto.
    let keto = "/keto/engines/acp/ory/regex/allowed";
    stack.serve(keto, Service::json(&json!({ "allowed": true })));
    assert_eq!(stack.get("/keto/7", &[sid]).status, 200);
    let asked: Value = serde_json::from_str(&stack.asked(keto)[0].body).unwrap();
    assert_eq!(
        (&asked["action"], &asked["resource"], &asked["subject"]),
        (&json!("read"), &json!("docs:/7"), &json!(subject))
    );
    assert_eq!(asked["context"]["remoteIpAddress"], "127.0.0.1");
    // Everything but a clear yes keeps out.
    for (path, service) in [("/remote", "/authz"), ("/json", "/authz-json"), ("/keto/7", keto)] {
        for (answered, status) in [(403, 403), (401, 500), (302, 500), (500, 500), (201, 500), (429, 429)] {
            stack.serve(service, Service::status(answered).with("location", "http://127.0.0.1:1/"));
            let before = stack.upstream_count();
            assert_eq!(stack.get(path, &[sid]).status, status, "{path} {answered}");
            assert_eq!(stack.upstream_count(), before, "{path} {answered}");
        }
    }
    for (answer, status) in [(json!({ "allowed": false }), 403), (json!({}), 403), (json!({ "allowed": "yes" }), 500)] {
        stack.serve(keto, Service::json(&answer));
        assert_eq!(stack.get("/keto/7", &[sid]).status, status, "{answer}");
    }
    assert_eq!(stack.get("/deny", &[]).status, 403);
    // cel: true lets in, false and what is missing keep out.
    assert_eq!(stack.get("/cel", &[sid]).status, 200);
    assert_eq!(stack.send("POST", "/cel", &[sid], "").status, 403);
    stack.add_session("bob", json!({ "identity": { "id": "u-bob" }, "authenticator_assurance_level": "aal1" }));
    assert_eq!(stack.get("/cel", &[("Cookie", "sid=bob")]).status, 403);
    assert_eq!(stack.get("/aal2", &[sid]).status, 403);
    stack.add_session("strong", json!({ "identity": { "id": "u-s" }, "authenticator_assurance_level": "aal2" }));
    assert_eq!(stack.get("/aal2", &[("Cookie", "sid=strong")]).status, 200);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn upstreams_are_told_who_asks_by_headers_cookies_tokens_and_hydrated_facts() {
    let session_cookie = "{ handler: cookie_session }";
    let rules = [
        rule("cookie", session_cookie, ALLOW, "{ handler: cookie }", ""),
        rule(
            "token",
            session_cookie,
            ALLOW,
            "{ handler: id_token, config: { claims: '{\"mail\": \"{{ print .Extra.identity.traits.email }}\"}' } }",
            "",
        ),
        rule(
            "secret",
            session_cookie,
            ALLOW,
            "{ handler: id_token, config: { jwks_url: 'file://{folder}/hs.json' } }",
            "",
        ),
        rule(
            "hydrate",
            session_cookie,
            ALLOW,
            "{ handler: hydrator }, { handler: header, config: { headers: { X-Role: '{{ print .Extra.role }}' } } }",
            "",
        ),
        rule(
            "both",
            session_cookie,
            ALLOW,
            "{ handler: header, config: { headers: { X-A: one, X-B: 'say {{ print .Extra.identity.traits.email }}' } } }, { handler: header, config: { headers: { X-A: two } } }",
            "",
        ),
        rule(
            "broken",
            NOOP,
            ALLOW,
            "{ handler: header, config: { headers: { X-Bad: '{{ .MatchContext.Header.Get \"X-In\" | replace \"_\" \"\\n\" }}' } } }",
            "",
        ),
    ];
    let stack = stack(&rules);
    stack.add_session("alice", session(1, "user"));
    let (sid, subject) = (("Cookie", "sid=alice; user=root; theme=dark"), support::identity(1));
    assert_eq!(stack.get("/cookie", &[sid]).status, 200);
    let cookies = stack.last_seen().all("cookie").join("; ");
    assert!(cookies.contains(&format!("user={subject}")) && cookies.contains("theme=dark"), "{cookies}");
    assert!(!cookies.contains("user=root"), "{cookies}");
    // id_token: signed, verifiable with the published keys, one for the same claims.
    assert_eq!(stack.get("/token", &[sid, ("Authorization", "Bearer mine")]).status, 200);
    let first = stack.last_seen().all("authorization").join("");
    let (header, claims) = claims_of(first.strip_prefix("Bearer ").unwrap());
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &json!("rs")));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("https://gw.test/"), &json!(subject)));
    assert_eq!(claims["mail"], "u1@example.org");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
    let published = stack.decide("/.well-known/jwks.json", &[]).json();
    let keys = published["keys"].as_array().unwrap();
    assert!(keys.iter().any(|key| key["kid"] == "rs") && keys.iter().all(|key| key.get("d").is_none()), "{published}");
    assert!(!keys.iter().any(|key| key["kid"] == "hs"), "secrets are not published");
    assert_eq!(stack.get("/token", &[sid]).status, 200);
    assert_eq!(stack.last_seen().all("authorization").join(""), first, "kept, for every worker");
    assert_eq!(stack.get("/secret", &[sid]).status, 200);
    // hydrator: its answer replaces the facts; only the subject must stay.
    let hydrated = json!({ "subject": subject, "extra": { "role": "editor" }, "header": { "x-more": ["m"] } });
    stack.serve("/hydrate", Service::json(&hydrated));
    assert_eq!(stack.get("/hydrate/x?b=2&a=1", &[sid]).status, 200);
    let (seen, asked) = (stack.last_seen(), stack.asked("/hydrate"));
    assert_eq!((seen.all("x-role"), seen.all("x-more")), (vec!["editor"], vec!["m"]));
    assert_eq!(
        (asked[0].target.as_str(), asked[0].all("authorization")),
        ("/hydrate?a=1&b=2", vec!["Basic Z3c6c2VjcmV0"])
    );
    let told: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!((&told["subject"], &told["match_context"]["method"]), (&json!(subject), &json!("GET")));
    for answer in [json!({ "subject": "root", "extra": {} }), json!({ "subject": subject, "extra": 7 }), json!("x")] {
        stack.serve("/hydrate", Service::json(&answer));
        let before = stack.upstream_count();
        assert_eq!(stack.get("/hydrate", &[sid]).status, 500, "{answer}");
        assert_eq!(stack.upstream_count(), before, "{answer}");
    }
    stack.serve("/hydrate", Service::status(404));
    assert_eq!(stack.get("/hydrate", &[sid]).status, 500);
    // header: later ones win.
    assert_eq!(stack.get("/both", &[sid]).status, 200);
    let seen = stack.last_seen();
    assert_eq!((seen.all("x-a"), seen.all("x-b")), (vec!["two"], vec!["say u1@example.org"]));
    // A value that would break out of its header never reaches an upstream.
    assert_eq!(stack.get("/broken", &[("X-In", "fine")]).status, 200);
    let before = stack.upstream_count();
    assert_eq!(stack.get("/broken", &[("X-In", "a_X-Admin: 1")]).status, 500);
    assert_eq!(stack.upstream_count(), before);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn refusals_are_answered_as_the_rule_says() {
    let no = "{ handler: unauthorized }";
    let rules = [
        rule("json", no, ALLOW, NOOP, ", errors: [{ handler: json, config: { verbose: true } }]"),
        rule("challenge", no, ALLOW, NOOP, ", errors: [{ handler: www_authenticate, config: { realm: here } }]"),
        rule(
            "browser",
            no,
            ALLOW,
            NOOP,
            ", errors: [{ handler: redirect, config: { when: [{ error: [unauthorized], request: { header: { accept: \
             [text/html] } } }] } }, { handler: json, config: { when: [{ request: { header: { accept: \
             [application/json] } } }] } }]",
        ),
        rule(
            "far",
            no,
            ALLOW,
            NOOP,
            ", errors: [{ handler: www_authenticate, config: { when: [{ request: { cidr: [10.0.0.0/8] } }] } }]",
        ),
        rule(
            "near",
            no,
            ALLOW,
            NOOP,
            ", errors: [{ handler: www_authenticate, config: { when: [{ request: { cidr: [127.0.0.0/8] } }] } }]",
        ),
        rule("two", no, ALLOW, NOOP, ", errors: [{ handler: json }, { handler: www_authenticate }]"),
        rule(
            "forbidden",
            NOOP,
            "{ handler: deny }",
            NOOP,
            ", errors: [{ handler: redirect, config: { to: /no, code: 301, when: [{ error: [forbidden] }] } }]",
        ),
    ];
    let stack = stack(&rules);
    let answer = stack.get("/json", &[("X-Request-Id", "r-1")]);
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"]["request"], "r-1");
    assert_eq!(answer.json()["error"]["message"], "Access credentials are invalid");
    let answer = stack.get("/challenge", &[]);
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Basic realm=here")));
    let answer = stack.get("/browser/x?a=b", &[("Accept", "text/html,*/*;q=0.8")]);
    let back = "https://login.test/start?back=http%3A%2F%2Fgw.test%2Fbrowser%2Fx%3Fa%3Db";
    assert_eq!((answer.status, answer.header("location")), (302, Some(back)));
    assert_eq!(stack.get("/browser", &[("Accept", "application/json")]).status, 401);
    assert_eq!(stack.get("/browser", &[("Accept", "image/png")]).header("content-type"), Some("application/json"));
    assert_eq!(stack.get("/far", &[]).header("www-authenticate"), None);
    assert!(stack.get("/near", &[]).header("www-authenticate").is_some());
    assert_eq!(stack.get("/two", &[]).status, 500, "two handlers that feel responsible are a mistake");
    let answer = stack.get("/forbidden", &[]);
    let there = Some("/no?back=http%3A%2F%2Fgw.test%2Fforbidden");
    assert_eq!((answer.status, answer.header("location")), (301, there));
    let answer = stack.get("/nothing", &[]);
    assert_eq!((answer.status, answer.json()["error"]["code"].clone()), (404, json!(404)));
}
