//! Inputs that nobody thought of, for everything at a trust boundary, each held against an invariant. Mutations of
//! seeds, from a generator whose numbers are always the same: what failed once fails again.
//!
//! `NEXUS_FUZZ_SECONDS=60` (or `cargo xtask fuzz`) goes on for so long for each target; without it each takes a moment.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use access_rules::{
    Effect, Engine, Failure, Headers, Host, Moment, Parts, Reply, Request, State, Step, Verdict, canonical,
    handlers::Mode,
    path_encoded,
    pattern::{Compiler, Strategy},
    plan::{HandlerPlan, Plan, RulePlan},
    rules::{HandlerSetting, RuleFile, Settings, load},
};
use go_template::{Functions, Limits, Template, Value};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// splitmix64
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// A seed with a few bytes removed, doubled, replaced, or replaced by what is often misread.
    fn mutated(&mut self, seeds: &[&str], tokens: &[&str]) -> Vec<u8> {
        let mut bytes = self.pick(seeds).as_bytes().to_vec();
        for _ in 0..=self.below(5) {
            let at = self.below(bytes.len() + 1);
            match self.below(6) {
                0 if at < bytes.len() => {
                    bytes.remove(at);
                }
                1 => bytes.insert(at, u8::try_from(self.below(256)).unwrap()),
                2 | 3 => {
                    let token = self.pick(tokens).as_bytes().to_vec();
                    bytes.splice(at..at, token);
                }
                4 if at < bytes.len() => {
                    let end = (at + 1 + self.below(8)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => {
                    let other = self.pick(seeds).as_bytes().to_vec();
                    bytes.truncate(at);
                    bytes.extend(&other[self.below(other.len())..]);
                }
            }
        }
        bytes.truncate(4096);
        bytes
    }

    fn text(&mut self, seeds: &[&str], tokens: &[&str]) -> String {
        String::from_utf8_lossy(&self.mutated(seeds, tokens)).into_owned()
    }
}

/// Runs one target until its time is over.
fn fuzz(seed: u64, mut once: impl FnMut(&mut Random)) {
    let seconds = std::env::var("NEXUS_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let mut random = Random(seed);
    #[expect(clippy::disallowed_methods, reason = "how long to go on, never a result")]
    let start = Instant::now();
    let mut rounds = 0u64;
    while seconds.map_or(rounds < 300, |seconds| start.elapsed() < Duration::from_secs(seconds)) {
        once(&mut random);
        rounds += 1;
    }
    assert!(rounds > 0);
}

struct Still;

impl Host for Still {
    fn now(&self) -> Moment {
        Duration::from_secs(1_800_000_000)
    }

    fn random(&self) -> [u8; 16] {
        [7; 16]
    }
}

/// Decides about a request; every call fails.
fn decided(engine: &Arc<Engine>, parts: Parts) -> Verdict {
    let (host, state): (Arc<dyn Host>, _) = (Arc::new(Still), Arc::new(State::new([1; 16])));
    let mut flow = engine.decide(parts, Mode::Proxy, &host, &state);
    let mut reply = None;
    for _ in 0..100 {
        reply = match flow.resume(reply.take()) {
            Some(Step::Done(outcome)) => return outcome.verdict,
            Some(Step::Wait(Effect::Call(calls))) => {
                Some(Reply::Called(calls.iter().map(|_| Err(Failure::Unreachable)).collect()))
            }
            Some(Step::Wait(Effect::Body)) => Some(Reply::Body(Some(Vec::new()))),
            Some(Step::Wait(Effect::Sleep(_))) => Some(Reply::Woke),
            None => panic!("a decision came to no end"),
        };
    }
    panic!("a decision takes for ever");
}

fn parts(target: &str, headers: Vec<(String, Vec<u8>)>) -> Parts {
    Parts {
        method: "GET".into(),
        scheme: "http".into(),
        host: "gw.test".into(),
        target: target.into(),
        headers: Headers::new(headers),
        ..Parts::default()
    }
}

fn handler(name: &str, config: serde_json::Value) -> HandlerPlan {
    HandlerPlan { handler: name.into(), config, fall_through: false }
}

fn rule(id: &str, url: &str, authenticator: HandlerPlan) -> RulePlan {
    RulePlan {
        id: id.into(),
        url: url.into(),
        methods: vec!["GET".into()],
        authenticators: vec![authenticator],
        authorizer: handler("allow", json!({})),
        mutators: vec![handler("noop", json!({}))],
        upstream: access_rules::plan::UpstreamPlan { url: "http://up.test".into(), ..Default::default() },
        ..RulePlan::default()
    }
}

fn engine(
    rules: Vec<RulePlan>,
    fallback: Vec<HandlerPlan>,
    key_sets: BTreeMap<String, serde_json::Value>,
) -> Arc<Engine> {
    Arc::new(Engine::compile(&Plan { rules, fallback, key_sets, deadline_ms: 1000, ..Plan::default() }).unwrap())
}

#[test]
fn a_path_that_passes_has_one_reading() {
    let seeds = ["/a/b", "/", "/a%20b/%C3%BC", "/x/../y", "/a;v=1/..;/b", "/%2e%2e/x?q=1#f", "/..%2fadmin"];
    let tokens = ["..", ".", "/", "//", "%2e", "%2f", "%5c", "\\", "%25", "%00", "%0a", ";", "?", "#", "%c0%ae", "%"];
    fuzz(1, |random| {
        let target = random.text(&seeds, &tokens);
        let Ok((path, query)) = canonical::target(&target) else { return };
        assert!(path.starts_with('/') && !path.contains("//") && !path.contains('\\'), "{target:?}");
        assert!(!path.chars().any(char::is_control), "{target:?}");
        assert!(!path.split('/').any(|part| part == "." || part == ".."), "{target:?}");
        assert!(query.is_none_or(|query| target.ends_with(query)), "{target:?}");
        let again = path_encoded(&path);
        let (same, _) = canonical::target(&again).unwrap_or_else(|refusal| panic!("{target:?} {again:?} {refusal}"));
        assert_eq!(same, path, "{target:?}");
    });
}

#[test]
fn a_host_that_passes_is_its_own_canonical_form() {
    let seeds = ["gw.test", "GW.TEST:80", "gw.test.", "[::1]:8080", "a.b.c:443", "127.0.0.1"];
    let tokens = [".", ":", ":80", ":443", "..", "@", "/", "A", "[", "]", " ", "%"];
    fuzz(2, |random| {
        let host = random.text(&seeds, &tokens);
        for scheme in ["http", "https"] {
            let Ok(once) = canonical::host(scheme, &host) else { continue };
            assert_eq!(once, once.to_ascii_lowercase());
            if let Ok(twice) = canonical::host(scheme, &once) {
                assert!(
                    twice == once || once.ends_with(":80") || once.ends_with(":443"),
                    "{host:?}: {once:?} {twice:?}"
                );
            }
        }
    });
}

#[test]
fn a_rule_file_is_used_or_refused_with_a_reason() {
    let seed = "- id: a\n  match: { url: 'http://gw.test/<[a-z]+>/x<.*>', methods: [GET, post] }\n  authenticators: [{ handler: jwt, config: { jwks_urls: ['http://k.test/'] } }, { handler: anonymous }]\n  authorizer: { handler: allow }\n  mutators: [{ handler: header, config: { headers: { X: '{{ print .Subject | upper }}' } } }]\n  errors: [{ handler: json, config: { when: [{ error: [unauthorized], request: { cidr: [10.0.0.0/8] } }] } }]\n  upstream: { url: 'http://up.test/p', strip_path: /x, preserve_host: true }\n  priority: 3\n  rate_limit: { requests: 5, per: 1s }\n";
    let json = r#"[{"id":"a","match":{"url":"http://gw.test/<.*>","methods":["GET"]},"authenticators":[{"handler":"noop"}],"authorizer":{"handler":"deny"},"mutators":[{"handler":"noop"}]}]"#;
    let tokens = [
        "<",
        ">",
        "{{",
        "}}",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        "&a ",
        "*a",
        "null",
        "9999999999999999999",
        "\"",
        "'",
        "(",
        "\\",
        "\n",
        "\t",
        "!!x ",
    ];
    let mut settings = Settings { deadline_ms: 1000, fallback: vec![("json".into(), None)], ..Settings::default() };
    for (section, name) in [
        ("authenticators", "jwt"),
        ("authenticators", "noop"),
        ("authenticators", "anonymous"),
        ("authorizers", "allow"),
        ("authorizers", "deny"),
        ("mutators", "header"),
        ("mutators", "noop"),
    ] {
        settings.handlers.insert((section, name.into()), HandlerSetting { enabled: true, config: None });
    }
    fuzz(3, |random| {
        let text = random.text(&[seed, json], &tokens);
        match load(&settings, &[RuleFile { name: "r.yml".into(), text: text.clone() }], &|_| Err("none".into())) {
            Ok(loaded) => assert_eq!(loaded.plan.rules.len(), loaded.engine.rules().len(), "{text}"),
            Err(problems) => assert!(problems.0.iter().any(|problem| !problem.message.is_empty()), "{text}"),
        }
    });
}

#[test]
fn the_index_finds_what_a_look_at_every_rule_finds() {
    let pieces = ["a", "ab", "b", "<.*>", "<[ab]+>", "<a|b>", "<(?!a).*>", "/", "c", "<a?>", "<b*>c"];
    fuzz(4, |random| {
        let mut patterns = Vec::new();
        for _ in 0..8 {
            let mut pattern = random.pick(&["http://h/", "http://<h|g>/", "<https?>://h/", "http://h"]).to_owned();
            for _ in 0..random.below(5) {
                pattern.push_str(random.pick(&pieces));
            }
            patterns.push(pattern);
        }
        let rules = patterns.iter().enumerate();
        let rules = rules.map(|(n, url)| rule(&n.to_string(), url, handler("noop", json!({})))).collect();
        let engine = engine(rules, vec![handler("json", json!({}))], BTreeMap::new());
        for _ in 0..4 {
            let mut path = String::from("/");
            for _ in 0..random.below(6) {
                path.push_str(random.pick(&["a", "b", "c", "ab", "/x", "h"]));
            }
            let mut request = parts(&path, Vec::new());
            request.host = random.pick(&["h", "g"]).to_owned();
            let Ok(request) = Request::new(request) else { continue };
            let found: Vec<String> = engine.matches(&request).unwrap().iter().map(|rule| rule.id.clone()).collect();
            let mut slow = Vec::new();
            for (n, pattern) in patterns.iter().enumerate() {
                let compiled = Compiler::default().compile(Strategy::Regexp, pattern).unwrap();
                if compiled.matches(request.url()).unwrap() {
                    slow.push(n.to_string());
                }
            }
            let mut found = found;
            found.sort();
            assert_eq!(found, slow, "{} {patterns:?}", request.url());
        }
    });
}

#[test]
fn a_template_ends_within_its_limits() {
    let seeds = [
        "{{ print .Subject }}",
        "{{ range .Extra.roles }}{{ . }},{{ else }}none{{ end }}",
        "{{ if eq .Subject \"a\" }}{{ .Extra.n | printf \"%05d\" }}{{ end }}",
        "{{ with $x := .Extra }}{{ $x.a.b | toJson | upper }}{{ end }}",
        "{{ repeat 3 \"ab\" | trunc 4 }}{{ regexReplaceAll \"a(b)\" .Subject \"$1\" }}",
    ];
    let tokens = [
        "{{",
        "}}",
        "|",
        "\"",
        "`",
        "$",
        ".",
        "(",
        ")",
        "end",
        "range",
        "define",
        "template",
        "-",
        "%",
        "999999999",
        "\\",
    ];
    let data =
        Value::from_json(&json!({ "Subject": "ann", "Extra": { "roles": ["a", "b"], "n": 7, "a": { "b": null } } }));
    fuzz(5, |random| {
        let source = random.text(&seeds, &tokens);
        let Ok(template) = Template::parse("t", &source, &Functions::sprig()) else { return };
        let limits = Limits { steps: 5_000, output: 10_000 };
        if let Ok(out) = template.with_limits(limits).render(&data) {
            assert!(out.len() <= 10_000, "{source}");
        }
    });
}

#[test]
fn no_token_passes_but_the_one_that_was_signed() {
    // HS256 with the key below: {"sub":"ann"}
    let good = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsifQ.eyJzdWIiOiJhbm4ifQ.";
    let key = json!({ "keys": [{ "kty": "oct", "kid": "k", "use": "sig", "alg": "HS256", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA" }] });
    let config = json!({ "jwks_urls": ["inline://k"], "allowed_algorithms": ["HS256", "RS256", "ES256", "EdDSA"] });
    let engine = engine(
        vec![rule("r", "http://gw.test/", handler("jwt", config))],
        vec![handler("json", json!({}))],
        BTreeMap::from([("inline://k".to_owned(), key)]),
    );
    let none = "eyJhbGciOiJub25lIiwia2lkIjoiayJ9.eyJzdWIiOiJhbm4ifQ.";
    let unsigned = format!("{good}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let tokens = [".", "=", "eyJ", "-", "_", "\0", "e30", "bnVsbA", "W10"];
    fuzz(6, |random| {
        let mut value = b"Bearer ".to_vec();
        value.extend(random.mutated(&[good, none, &unsigned], &tokens));
        let verdict = decided(&engine, parts("/", vec![("authorization".into(), value.clone())]));
        assert!(!matches!(verdict, Verdict::Pass(_)), "{}", String::from_utf8_lossy(&value));
    });
}

#[test]
fn cookies_are_read_as_they_stand() {
    let seeds = ["sid=alice", "a=b; sid=\"x\"; c", "sid=1;sid=2", "__Host-s=%20;  x=y "];
    let tokens = [";", "=", "; ", "\"", ",", "sid=", "\t", "\0", "é"];
    fuzz(7, |random| {
        let line = random.mutated(&seeds, &tokens);
        let request = Request::new(parts("/", vec![("cookie".into(), line.clone())])).unwrap();
        let whole = String::from_utf8_lossy(&line).into_owned();
        for (name, value) in request.cookies() {
            assert!(canonical::is_token(name) && !value.contains(';') && whole.contains(name), "{whole:?}");
        }
        if let Some(value) = request.cookie("sid") {
            // A name alone is a cookie without a value.
            assert!(value.is_empty() || whole.contains(&format!("sid={value}")), "{whole:?} {value:?}");
        }
    });
}

#[test]
fn every_refusal_has_an_answer() {
    let when = json!([{ "error": ["unauthorized"], "request": { "header": { "accept": ["text/html", "application/*"], "content_type": ["text/plain"] } } }]);
    let mut refusing = rule("r", "http://gw.test/<.*>", handler("unauthorized", json!({})));
    refusing.errors =
        vec![handler("redirect", json!({ "to": "https://l.test/", "return_to_query_param": "b", "when": when }))];
    let engine = engine(vec![refusing], vec![handler("json", json!({ "verbose": true }))], BTreeMap::new());
    let seeds = ["text/html, */*;q=0.8", "application/json", "text/plain; charset=utf-8", "a/b;q=0", "TEXT/HTML"];
    let tokens = [",", ";", "/", "*", "q=", " ", "\"", "\0", "text/html", "\r\n"];
    fuzz(8, |random| {
        let headers = vec![
            ("accept".to_owned(), random.mutated(&seeds, &tokens)),
            ("content-type".to_owned(), random.mutated(&seeds, &tokens)),
            ("x-request-id".to_owned(), random.mutated(&seeds, &tokens)),
        ];
        match decided(&engine, parts("/x", headers)) {
            Verdict::Refuse(response, _) => {
                assert!(matches!(response.status, 302 | 401 | 500), "{}", response.status);
                assert!(response.headers.iter().all(|(_, value)| canonical::is_header_value(value)));
            }
            other => panic!("{other:?}"),
        }
    });
}
