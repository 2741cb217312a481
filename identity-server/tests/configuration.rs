//! The configuration as an operator meets it: through the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MINIMAL: &str = "\
dsn: memory
identity:
  schemas: [{ id: default, url: \"file://./person.json\" }]
selfservice:
  default_browser_return_url: http://127.0.0.1:4455/
secrets:
  cookie: [a-cookie-secret-of-the-tests]
  cipher: [a-cipher-secret-of-32-bytes-long]
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }
}

/// Runs `config check` in an environment that holds nothing but `variables`.
fn check(files: &[&Path], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nexus-identity"));
    command.args(["config", "check"]).env_clear().envs(variables.iter().copied());
    for file in files {
        command.arg("-c").arg(file);
    }
    command.output().expect("the command runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(files: &[&Path], variables: &[(&str, &str)]) -> String {
    let output = check(files, variables);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    stderr(&output)
}

fn accepted(files: &[&Path], variables: &[(&str, &str)]) -> String {
    let output = check(files, variables);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn a_misspelt_key_is_named_with_file_line_path_and_the_nearest_key() {
    let folder = Folder::new();
    let file = folder.file("a.yml", &format!("{MINIMAL}serve:\n  public:\n    prot: 80\n"));
    let error = refused(&[&file], &[]);
    assert!(error.contains("a.yml:11: serve.public.prot: unknown key `prot`; did you mean `port`?"), "{error}");
}

#[test]
fn all_errors_are_reported_at_once_with_what_was_found_and_expected() {
    let folder = Folder::new();
    let text = format!(
        "{MINIMAL}session:\n  lifespan: 1 day\nserve:\n  admin:\n    port: 70000\nhashers:\n  algorithm: argon\n"
    );
    let file = folder.file("a.yml", &text);
    let toml = folder.file("b.toml", "[session.cookie]\npersistent = \"yes\"\n");
    let json = folder.file("c.json", "{\n  \"courier\": {\n    \"worker\": {\"pull_wait\": 5}\n  }\n}\n");
    let error = refused(&[&file, &toml, &json], &[("KRATOS_LOG_LEVEL", "loud")]);
    for expected in [
        "a.yml:10: session.lifespan: found the text `1 day`, expected a duration",
        "a.yml:13: serve.admin.port: found the number 70000, expected a whole number from 1 to 65535",
        "a.yml:15: hashers.algorithm: found the text `argon`, expected one of `argon2`, `bcrypt`; did you mean `argon2`?",
        "b.toml:2: session.cookie.persistent: found the text `yes`, expected `true` or `false`",
        "c.json:3: courier.worker.pull_wait: found the number 5, expected a duration",
        "environment variable KRATOS_LOG_LEVEL: log.level: found the text `loud`",
        "6 errors",
    ] {
        assert!(error.contains(expected), "{expected}\n{error}");
    }
}

#[test]
fn text_that_is_no_yaml_is_named_with_its_line() {
    let folder = Folder::new();
    let file = folder.file("a.yml", "dsn: memory\nserve: [\n");
    let error = refused(&[&file], &[]);
    assert!(error.contains("a.yml:") && error.contains("not YAML"), "{error}");
    let twice = folder.file("b.yml", &format!("{MINIMAL}dsn: memory\n"));
    let error = refused(&[&twice], &[]);
    assert!(error.contains("b.yml:9: dsn: this key stands here twice") && error.contains("b.yml:1"), "{error}");
}

#[test]
fn later_files_win_over_earlier_ones_and_the_environment_over_both() {
    let folder = Folder::new();
    let base = folder.file("a.yml", &format!("{MINIMAL}serve: {{ public: {{ port: 1001, host: 127.0.0.1 }} }}\n"));
    let site = folder.file("b.toml", "[serve.public]\nport = 1002\n");
    assert!(accepted(&[&base], &[]).contains("http://127.0.0.1:1001/"));
    assert!(accepted(&[&base, &site], &[]).contains("http://127.0.0.1:1002/"));
    assert!(accepted(&[&site, &base], &[]).contains("http://127.0.0.1:1001/"));
    let variable = [("SERVE_PUBLIC_PORT", "1003")];
    assert!(accepted(&[&base, &site], &variable).contains("http://127.0.0.1:1003/"));
    let both = [("SERVE_PUBLIC_PORT", "1003"), ("KRATOS_SERVE_PUBLIC_PORT", "1004")];
    assert!(accepted(&[&base, &site], &both).contains("http://127.0.0.1:1004/"));
}

#[test]
fn the_environment_alone_can_configure_lists_and_items() {
    let variables = [
        ("DSN", "memory"),
        ("SECRETS_COOKIE", "first-cookie-secret-xx, second-cookie-secret-x"),
        ("SECRETS_CIPHER", "[\"a-cipher-secret-of-32-bytes-long\"]"),
        ("SELFSERVICE_DEFAULT_BROWSER_RETURN_URL", "https://example.org/"),
        ("IDENTITY_SCHEMAS_0_ID", "default"),
        ("IDENTITY_SCHEMAS_0_URL", "file:///etc/person.json"),
        ("IDENTITY_SCHEMAS", "[]"),
        // What other programs set must not disturb.
        ("SESSION", "ubuntu"),
        ("SERVE", "1"),
        ("PATH", "/usr/bin"),
    ];
    assert!(accepted(&[], &variables).contains("1 identity schema(s)"));
}

#[test]
fn a_secret_never_appears_in_any_message() {
    const CANARY: &str = "canary-5f1d2c";
    let folder = Folder::new();
    let text = format!(
        "dsn: bogus://user:{CANARY}@host/db\n\
         secrets: {{ cookie: [{CANARY}], cipher: [{CANARY}], default: {{ a: {CANARY} }} }}\n\
         courier: {{ smtp: {{ connection_uri: \"http://u:{CANARY}@h\" }} }}\n\
         serve: {{ public: {{ base_url: \"u:{CANARY}@h\" }} }}\n\
         selfservice:\n  methods:\n    oidc:\n      config: {{ providers: [{{ id: a, client_secret: [{CANARY}] }}] }}\n  \
         flows: {{ login: {{ after: {{ hooks: [{{ hook: web_hook, config: {{ url: \"{CANARY}\", method: POST, auth: \
         {{ type: api_key, config: {{ name: a, value: 5, in: {CANARY}@x }} }} }} }}] }} }} }}\n"
    );
    let file = folder.file("a.yml", &text);
    let variable = format!("{{\"x\": \"{CANARY}\"}}");
    let error = refused(&[&file], &[("SECRETS_PAGINATION", &variable), ("OAUTH2_PROVIDER_HEADERS", CANARY)]);
    assert!(error.contains("secrets.cookie[0]: found 13 bytes, expected at least 16"), "{error}");
    assert!(error.contains("dsn: found \"bogus\""), "{error}");
    assert!(!error.contains(CANARY), "{error}");
    let broken = folder.file("b.toml", &format!("[secrets]\ncookie = [{CANARY}\n"));
    assert!(!refused(&[&broken], &[]).contains(CANARY));
    let broken = folder.file("c.yml", &format!("secrets: {{ cookie: [\"{CANARY}]\n  - {CANARY}"));
    assert!(!refused(&[&broken], &[]).contains(CANARY));
}

#[test]
fn without_secrets_only_development_mode_starts() {
    let folder = Folder::new();
    let (bare, _) = MINIMAL.split_once("secrets:").expect("the secrets stand last");
    let file = folder.file("a.yml", bare);
    let error = refused(&[&file], &[]);
    assert!(error.contains("secrets.cookie: missing") && error.contains("keys generate"), "{error}");
    accepted(&[&file], &[("DEV", "true")]);
}

#[test]
fn generated_keys_are_secrets_that_a_configuration_accepts() {
    let folder = Folder::new();
    let generate = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nexus-identity"));
        stdout(&command.args(["keys", "generate"]).output().expect("the command runs"))
    };
    let (one, two) = (generate(), generate());
    assert_ne!(one, two);
    let (bare, _) = MINIMAL.split_once("secrets:").expect("the secrets stand last");
    accepted(&[&folder.file("a.yml", bare), &folder.file("secrets.yml", &one)], &[]);
}

#[test]
fn a_default_schema_that_does_not_exist_is_refused() {
    let folder = Folder::new();
    let file = folder.file("a.yml", &MINIMAL.replace("identity:\n", "identity:\n  default_schema_id: person\n"));
    let error = refused(&[&file], &[]);
    assert!(error.contains("a.yml:3: identity.default_schema_id: no schema has the id `person`"), "{error}");
}

#[test]
fn a_hook_in_a_flow_that_does_not_have_it_is_refused() {
    let folder = Folder::new();
    let hooks = "  flows:\n    login: { after: { password: { hooks: [{ hook: sesion }] } } }\n    \
                 registration: { after: { hooks: [{ hook: web_hook, config: { url: 'http://127.0.0.1:1/', \
                 method: POST, can_interrupt: true, response: { ignore: true } } }] } }\nsecrets:";
    let file = folder.file("a.yml", &MINIMAL.replace("secrets:", hooks));
    let error = refused(&[&file], &[]);
    assert!(error.contains("selfservice.flows.login.after.password.hooks[0].hook: found the text `sesion`"), "{error}");
    assert!(error.contains("selfservice.flows.registration.after.hooks[0].config: `response.ignore`"), "{error}");
}

#[test]
fn keys_without_effect_are_accepted_with_a_warning() {
    let folder = Folder::new();
    let file = folder.file("a.yml", &format!("{MINIMAL}tracing:\n  provider: otel\nversion: v0.13.0\n"));
    let output = check(&[&file], &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("warning: ") && stderr(&output).contains("a.yml:10: tracing: "),
        "{}",
        stderr(&output)
    );
    assert!(!stderr(&output).contains("version"));
}

#[test]
fn the_configuration_of_the_one_machine_set_up_is_valid_with_secrets() {
    let folder = Folder::new();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/identity.yml");
    let (_, secrets) = MINIMAL.split_once("secrets:").expect("the secrets stand last");
    let output = check(&[&own, &folder.file("s.yml", &format!("secrets:{secrets}"))], &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "", "and without warnings");
    assert!(stdout(&output).contains("public API http://127.0.0.1:4455/, admin API http://127.0.0.1:4434/"));
}

#[test]
fn configured_behaviour_that_is_not_built_stops_the_start() {
    let folder = Folder::new();
    folder.file("person.json", "{\"type\":\"object\",\"properties\":{\"traits\":{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\",\"format\":\"email\"}}}}}");
    let hook = "{ hook: web_hook, config: { url: \"http://127.0.0.1:1/\", method: POST, body: \"base64://e30=\" } }";
    for (flows, place) in [
        (format!("login: {{ before: {{ hooks: [{hook}] }} }}"), "selfservice.flows.login.before.hooks"),
        (
            "login: { after: { hooks: [{ hook: require_verified_address }] } }".into(),
            "selfservice.flows.login.after.hooks",
        ),
        (
            "settings: { after: { profile: { hooks: [{ hook: verify_new_address }] } } }".into(),
            "selfservice.flows.settings.after.profile",
        ),
    ] {
        let text = MINIMAL.replace("secrets:", &format!("  flows: {{ {flows} }}\nsecrets:"));
        let config = folder.file("identity.yml", &text);
        let output = Command::new(env!("CARGO_BIN_EXE_nexus-identity"))
            .args(["serve", "-c"])
            .arg(config)
            .current_dir(folder.0.path())
            .output()
            .expect("the command runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "{place}: it started");
        assert!(told.contains(place), "{place} is not named in: {told}");
    }
}
