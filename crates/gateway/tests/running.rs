//! The gateway as an operator meets it.
mod support;
use serde_json::json;
use std::{process::Command, time::Duration};
use support::{CONFIG, RULES, Stack, program, session};

fn lint(config: &str, rules: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let fill = |text: &str| {
        text.replace("{folder}", &folder.path().display().to_string())
            .replace("{proxy}", "4455")
            .replace("{api}", "4456")
            .replace("{store}", "1")
            .replace("{upstream}", "2")
    };
    std::fs::write(folder.path().join("gateway.yml"), fill(config)).unwrap();
    std::fs::write(folder.path().join("rules.yml"), fill(rules)).unwrap();
    let output = Command::new(program()).args(["lint", "-c"]).arg(folder.path().join("gateway.yml")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

const SEED: &str = r#"
- id: "django:graphql"
  upstream: { url: "http://nexus-api:8000" }
  match: { url: "https://api.example.com/graphql/<**>", methods: ["POST", "OPTIONS"] }
  authenticators: [{ handler: cookie_session }]
  authorizer: { handler: allow }
  mutators: [{ handler: header }]
"#;

#[test]
fn the_seed_rule_works_as_a_glob_and_is_refused_with_the_mend_as_a_regular_expression() {
    let glob = CONFIG.replace("access_rules: {", "access_rules: { matching_strategy: glob,");
    let (works, text) = lint(&glob, SEED);
    assert!(works, "{text}");
    let (works, text) = lint(CONFIG, SEED);
    assert!(!works);
    assert!(text.contains("rules.yml:4:") && text.contains("django:graphql") && text.contains("match.url"), "{text}");
    assert!(text.contains("looks like a glob: write <.*>, or set access_rules.matching_strategy to glob"), "{text}");
}

#[test]
fn mistakes_in_rules_are_told_with_file_line_and_mend() {
    let rule = |part: &str, with: &str| RULES.replacen(part, with, 1);
    for (rules, words) in [
        (
            rule("handler: noop", "handler: nopo"),
            vec!["rules.yml:4", "there is no authenticator \"nopo\"", "did you mean noop?"],
        ),
        (
            rule("authorizer: { handler: allow }", "authorizer: { handler: remote }"),
            vec!["switched off", "authorizers.remote.enabled"],
        ),
        (
            rule("{{ print .Subject }}", "{{ prnt .Subject }}"),
            vec!["rules.yml:12", "X-User-Id", "function \"prnt\" is not defined", "did you mean \"print\""],
        ),
        (rule("{{ print .Subject }}", "{{ print .Sbject }}"), vec!["reads .Sbject", "did you mean .Subject"]),
        (rule("{{ print .Subject }}", "{{ env \\\"HOME\\\" }}"), vec!["may not read the environment"]),
        (rule("open<(/.*)?>", "open<(/.*)?"), vec!["rules.yml:3", "has no `>`"]),
        (rule("match: { url", "match: { link"), vec!["match.url", "required and missing"]),
        (rule("- id: open", "- id: open\n  version: banana"), vec!["a version as in v0.40.0"]),
        ("rules: []".to_owned(), vec!["a list of access rules is expected"]),
        ("- id: [broken".to_owned(), vec!["this is not YAML"]),
        (
            rule("handler: cookie_session }", "handler: cookie_session, config: { onyl: [a] } }"),
            vec!["onyl", "did you mean only?"],
        ),
    ] {
        let (works, text) = lint(CONFIG, &rules);
        assert!(!works, "{words:?}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    }
}

#[test]
fn mistakes_in_the_configuration_are_told_with_key_and_mend() {
    for (part, with, words) in [
        ("serve:", "serv:", vec!["serv", "not known", "did you mean serve?"]),
        (
            "port: {proxy}",
            "port: many",
            vec!["serve.proxy.port", "a whole number from 0 to 65535 is expected", "\"many\""],
        ),
        (
            "noop: { enabled: true }",
            "noop: { enabled: maybe }",
            vec!["authenticators.noop.enabled", "true or false is expected"],
        ),
        (
            "header: { enabled: true, config: { headers: {} } }",
            "header: { enabled: true }",
            vec!["mutators.header.config", "required and missing"],
        ),
        ("file://{folder}/rules.yml", "{folder}/rules.yml", vec!["access_rules.repositories[0]", "an absolute URL"]),
        ("file://{folder}/rules.yml", "s3://bucket/rules.yml", vec!["s3:// repositories are not supported"]),
    ] {
        let (works, text) = lint(&CONFIG.replacen(part, with, 1), RULES);
        assert!(!works, "{words:?}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    }
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn rules_change_while_traffic_flows_and_a_broken_set_changes_nothing() {
    let mut stack = Stack::start(CONFIG, RULES);
    assert_eq!(stack.get("/guest", &[]).status, 200);
    assert_eq!(stack.get("/new", &[]).status, 404);
    let more = RULES.to_owned()
        + &RULES
            .lines()
            .skip(1)
            .take(6)
            .collect::<Vec<_>>()
            .join("\n")
            .replace("id: open", "id: new")
            .replace("/open", "/new");
    stack.write_rules(&more);
    stack.until("the new rule is there", Duration::from_secs(15), |stack| {
        (0..10).all(|_| stack.get("/new", &[]).status == 200)
    });
    assert_eq!(stack.get("/open", &[]).status, 200);
    // A template changes under the same id.
    stack.write_rules(&more.replace(
        "\"{{ print .Subject }}\" } } }]\n  upstream: { url: \"http://127.0.0.1:{upstream}\" }\n- id: mine",
        "\"changed {{ print .Subject }}\" } } }]\n  upstream: { url: \"http://127.0.0.1:{upstream}\" }\n- id: mine",
    ));
    stack.until("the changed template is in use", Duration::from_secs(15), |stack| {
        (0..10).all(|_| {
            stack.get("/guest", &[]).status == 200 && stack.last_seen().all("x-user-id") == ["changed anonymous"]
        })
    });
    // Broken: told, and nothing changes.
    stack.write_rules("- id: [broken\n# upstream: { url: \"http://127.0.0.1:{upstream}\" }");
    stack.until("the broken set is told", Duration::from_secs(15), |stack| stack.log().contains("the old rules stay"));
    assert_eq!(stack.get("/new", &[]).status, 200);
    assert_eq!(stack.decide("/health/ready", &[]).status, 200);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn nothing_is_left_behind_when_the_gateway_is_killed() {
    let mut stack = Stack::start(CONFIG, RULES);
    stack.process().kill().unwrap();
    let port = stack.proxy;
    stack.until("Envoy is gone", Duration::from_secs(15), |_| {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_err()
    });
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn a_port_that_is_taken_is_one_clear_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = CONFIG
        .replace("{folder}", &folder.path().display().to_string())
        .replace("{proxy}", &taken.local_addr().unwrap().port().to_string())
        .replace("{api}", &support::free_port().to_string())
        .replace("{store}", "1");
    std::fs::write(folder.path().join("gateway.yml"), config).unwrap();
    std::fs::write(folder.path().join("rules.yml"), RULES.replace("{upstream}", "2")).unwrap();
    let output = Command::new(program()).args(["run", "-c"]).arg(folder.path().join("gateway.yml")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("serve.proxy.port") && text.contains("cannot listen"), "{text}");
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn decisions_and_rules_are_served_by_the_same_engine() {
    let stack = Stack::start(CONFIG, RULES);
    stack.add_session("alice", session(1, "user"));
    let allowed = stack.decide(
        "/decisions",
        &[
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Host", "gw.test"),
            ("X-Forwarded-Uri", "/mine?q=1"),
            ("X-Forwarded-Proto", "http"),
            ("Cookie", "sid=alice"),
        ],
    );
    assert_eq!((allowed.status, allowed.header("x-mail")), (200, Some("u1@example.org")));
    assert_eq!(stack.decide("/decisions/mine", &[]).status, 401);
    assert_eq!(stack.decide("/decisions/admin", &[("Cookie", "sid=alice")]).status, 403);
    assert_eq!(stack.decide("/decisions/open/%2e%2e/admin", &[]).status, 400);
    assert_eq!(stack.decide("/rules/guest", &[]).json()["id"], json!("guest"));
    assert_eq!(stack.decide("/rules?limit=2&offset=1", &[]).json().as_array().unwrap().len(), 2);
    assert_eq!(stack.decide("/rules/none", &[]).status, 404);
    assert_eq!(stack.decide("/health/alive", &[]).json(), json!({ "status": "ok" }));
}
