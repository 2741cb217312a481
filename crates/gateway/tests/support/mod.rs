//! A whole gateway for tests: real Envoy, the filter, an upstream that tells what it saw, a session store with a feed.
#![expect(dead_code, reason = "every test file uses its own part")]

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    response::Response,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Everything that servers of a test remember.
#[derive(Default)]
pub struct World {
    /// What the upstream saw: method, target, headers, body.
    pub upstream: Mutex<Vec<Seen>>,
    /// What the session store saw.
    pub store: Mutex<Vec<Seen>>,
    /// Sessions by the value of the cookie `sid` or by token: what whoami answers.
    pub sessions: Mutex<HashMap<String, Value>>,
    /// The feed: changes told so far. `None`: it answers 500.
    pub feed: Mutex<Option<Vec<Value>>>,
    /// The next answer of the store instead of a session: status and body.
    pub store_answer: Mutex<Option<(u16, String)>>,
    /// How long the store thinks.
    pub store_delay: Mutex<Duration>,
    /// What services beside the session store answer, by path, on the store's port.
    pub services: Mutex<HashMap<String, Service>>,
    /// What these services saw.
    pub asked: Mutex<Vec<Seen>>,
}

/// What a service answers.
#[derive(Clone, Debug)]
pub struct Service {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Service {
    pub fn json(body: &Value) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.to_string() }
    }

    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: "{}".into() }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A request that a server saw.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub version: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

async fn seen(request: Request) -> Seen {
    let (head, body) = request.into_parts();
    let headers =
        head.headers.iter().map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
    Seen {
        method: head.method.to_string(),
        version: format!("{:?}", head.version),
        target: head.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&to_bytes(body, 64 << 20).await.unwrap_or_default()).into_owned(),
    }
}

fn answer(status: u16, body: String) -> Response {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

async fn upstream(world: Arc<World>, request: Request) -> Response {
    let seen = seen(request).await;
    let headers: Vec<Value> = seen.headers.iter().map(|(n, v)| json!([n, v])).collect();
    let body = json!({ "method": seen.method, "target": seen.target, "headers": headers, "body": seen.body });
    world.upstream.lock().unwrap().push(seen);
    answer(200, body.to_string())
}

async fn store(world: Arc<World>, request: Request) -> Response {
    let seen = seen(request).await;
    if seen.target.starts_with("/admin/sessions/changes") {
        let since = seen
            .target
            .split("since=")
            .nth(1)
            .and_then(|text| text.split('&').next())
            .and_then(|text| text.parse::<usize>().ok());
        return match &*world.feed.lock().unwrap() {
            None => answer(500, "{}".into()),
            Some(changes) => {
                let from = since.unwrap_or(changes.len()).min(changes.len());
                answer(200, json!({ "cursor": changes.len().to_string(), "reset": false, "more": false, "changes": &changes[from..] }).to_string())
            }
        };
    }
    let path = seen.target.split('?').next().unwrap_or_default();
    let service = world.services.lock().unwrap().get(path).cloned();
    if let Some(service) = service {
        world.asked.lock().unwrap().push(seen);
        let mut answer = answer(service.status, service.body);
        for (name, value) in service.headers {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        return answer;
    }
    let key = seen.all("cookie").join("; ");
    let token = seen.all("authorization").join("");
    world.store.lock().unwrap().push(seen);
    let delay = *world.store_delay.lock().unwrap();
    tokio::time::sleep(delay).await;
    if let Some((status, body)) = world.store_answer.lock().unwrap().clone() {
        return answer(status, body);
    }
    let sessions = world.sessions.lock().unwrap();
    let found = sessions.iter().find(|(secret, _)| {
        key.split("; ").any(|c| c == format!("sid={secret}")) || token == format!("Bearer {secret}")
    });
    match found {
        Some((_, session)) => answer(200, session.to_string()),
        None => answer(401, "{}".into()),
    }
}

/// A session as an identity server tells it.
pub fn session(number: u8, role: &str) -> Value {
    json!({
        "id": format!("{number:02x}000000-0000-4000-8000-000000000000"),
        "active": true,
        "authenticator_assurance_level": "aal1",
        "identity": {
            "id": identity(number),
            "traits": { "email": format!("u{number}@example.org") },
            "metadata_public": { "role": role },
        },
    })
}

/// The id of the identity of that session.
pub fn identity(number: u8) -> String {
    format!("{number:02x}000000-0000-4000-9000-000000000000")
}

/// A running gateway with everything around it; gone when dropped.
pub struct Stack {
    pub world: Arc<World>,
    pub proxy: u16,
    pub api: u16,
    pub store_port: u16,
    pub upstream_port: u16,
    pub folder: tempfile::TempDir,
    child: Child,
    runtime: Option<tokio::runtime::Runtime>,
    store_task: Option<tokio::task::JoinHandle<()>>,
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The gateway's program.
pub fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_nexus-gateway").into()
}

/// Envoy's binary.
pub fn envoy() -> PathBuf {
    std::env::var_os("NEXUS_ENVOY").map(PathBuf::from).expect("NEXUS_ENVOY names no Envoy: use cargo xtask test")
}

fn filter() -> PathBuf {
    let named = std::env::var_os("NEXUS_FILTER").map(PathBuf::from);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/wasm32-wasip1/filter/envoy_filter.wasm");
    let path = named.unwrap_or(built);
    assert!(
        path.is_file(),
        "build the filter first: cargo build --profile filter --target wasm32-wasip1 -p envoy-filter"
    );
    path
}

/// Settings that most tests share. `{upstream}`, `{store}`, `{proxy}`, `{api}`, `{folder}` are filled in.
pub const CONFIG: &str = r#"
serve:
  proxy: { host: 127.0.0.1, port: {proxy} }
  api: { host: 127.0.0.1, port: {api} }
access_rules: { repositories: ["file://{folder}/rules.yml"] }
authenticators:
  noop: { enabled: true }
  anonymous: { enabled: true }
  unauthorized: { enabled: true }
  cookie_session:
    enabled: true
    config: { check_session_url: "http://127.0.0.1:{store}/sessions/whoami", preserve_path: true, only: [sid], subject_from: identity.id, extra_from: "@this" }
  bearer_token:
    enabled: true
    config: { check_session_url: "http://127.0.0.1:{store}/sessions/whoami", preserve_path: true, subject_from: identity.id, extra_from: "@this" }
authorizers: { allow: { enabled: true }, deny: { enabled: true }, cel: { enabled: true } }
mutators: { noop: { enabled: true }, header: { enabled: true, config: { headers: {} } } }
"#;

/// The section that keeps sessions and follows the feed.
pub const KEEPING: &str = r#"
nexus:
  session_feed: { url: "http://127.0.0.1:{store}/admin/sessions/changes", interval: 100ms }
  session_cache: { staleness: 1s, stores: [{ url: "http://127.0.0.1:{store}/sessions/whoami", feed: true }] }
"#;

/// Rules that most tests share.
pub const RULES: &str = r#"
- id: open
  match: { url: "http://gw.test/open<(/.*)?>", methods: [GET, POST] }
  authenticators: [{ handler: noop }]
  authorizer: { handler: allow }
  mutators: [{ handler: noop }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: guest
  match: { url: "http://gw.test/guest", methods: [GET] }
  authenticators: [{ handler: anonymous }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-User-Id: "{{ print .Subject }}" } } }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: mine
  match: { url: "http://gw.test/mine<(/.*)?>", methods: [GET, POST] }
  authenticators: [{ handler: cookie_session }, { handler: bearer_token }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-User-Id: "{{ print .Subject }}", X-Mail: "{{ print .Extra.identity.traits.email }}" } } }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: admin
  match: { url: "http://gw.test/admin<(/.*)?>", methods: [GET] }
  authenticators: [{ handler: cookie_session }]
  authorizer: { handler: cel, config: { required_values: { identity.metadata_public.role: [admin] } } }
  mutators: [{ handler: noop }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
"#;

impl Stack {
    /// Starts everything and waits until it answers.
    pub fn start(config: &str, rules: &str) -> Self {
        Self::start_with(config, rules, &[])
    }

    /// The same with files beside the configuration: their names and texts.
    pub fn start_with(config: &str, rules: &str, files: &[(&str, &str)]) -> Self {
        let mut stack = Self::launch("run", config, rules, files);
        // The filter is warm when it answers by itself.
        stack.until("the filter answers", Duration::from_secs(60), |stack| {
            stack.get("/no-such-path", &[]).status == 404
        });
        stack
    }

    /// The same where everything speaks TLS; warm as soon as it listens.
    pub fn start_tls(config: &str, rules: &str, files: &[(&str, &str)]) -> Self {
        Self::launch("run", config, rules, files)
    }

    /// The decision service alone.
    pub fn serve_alone(config: &str, rules: &str) -> Self {
        Self::launch("serve", config, rules, &[])
    }

    fn launch(command: &str, config: &str, rules: &str, files: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let world = Arc::new(World { feed: Mutex::new(Some(Vec::new())), ..World::default() });
        let (upstream_port, store_port, proxy, api) = (free_port(), free_port(), free_port(), free_port());
        runtime.spawn(serve(upstream_port, Arc::clone(&world), false));
        let store_task = runtime.spawn(serve(store_port, Arc::clone(&world), true));
        let folder = tempfile::tempdir().unwrap();
        let fill = |text: &str| {
            text.replace("{upstream}", &upstream_port.to_string())
                .replace("{store}", &store_port.to_string())
                .replace("{proxy}", &proxy.to_string())
                .replace("{api}", &api.to_string())
                .replace("{folder}", &folder.path().display().to_string())
        };
        std::fs::write(folder.path().join("gateway.yml"), fill(config)).unwrap();
        std::fs::write(folder.path().join("rules.yml"), fill(rules)).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut launched = Command::new(program());
        launched.arg(command).arg("-c").arg(folder.path().join("gateway.yml"));
        let runs_envoy = command == "run";
        if runs_envoy {
            launched.arg("--filter").arg(filter());
        }
        let child = launched.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut stack = Self {
            world,
            proxy,
            api,
            store_port,
            upstream_port,
            folder,
            child,
            runtime: Some(runtime),
            store_task: Some(store_task),
        };
        stack.until("the gateway listens", Duration::from_secs(60), |stack| {
            if let Some(status) = stack.child.try_wait().unwrap() {
                panic!("the gateway ended ({status}): {}", stack.log());
            }
            (!runs_envoy || TcpStream::connect(("127.0.0.1", stack.proxy)).is_ok())
                && TcpStream::connect(("127.0.0.1", stack.api)).is_ok()
        });
        stack
    }

    /// Waits for something; a failure shows the log.
    pub fn until(&mut self, what: &str, patience: Duration, mut holds: impl FnMut(&mut Self) -> bool) {
        for _ in 0..patience.as_millis() / 25 {
            if holds(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("waited in vain until {what}; the log says:\n{}", self.log());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A request through the gateway.
    pub fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", target, headers, "")
    }

    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text.push_str("Host: gw.test\r\n");
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        raw(self.proxy, text.as_bytes())
    }

    /// A request to the decision API.
    pub fn decide(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut text = format!("GET {target} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text.push_str("Host: gw.test\r\n");
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        raw(self.api, text.as_bytes())
    }

    /// What a service answers from now on.
    pub fn serve(&self, path: &str, service: Service) {
        self.world.services.lock().unwrap().insert(path.to_owned(), service);
    }

    /// What a service saw, in order; forgotten by this.
    pub fn asked(&self, path: &str) -> Vec<Seen> {
        let mut asked = self.world.asked.lock().unwrap();
        let (mine, rest) =
            std::mem::take(&mut *asked).into_iter().partition(|seen| seen.target.split('?').next() == Some(path));
        *asked = rest;
        mine
    }

    /// The last request that the upstream saw.
    pub fn last_seen(&self) -> Seen {
        self.world.upstream.lock().unwrap().last().cloned().expect("the upstream saw no request")
    }

    pub fn upstream_count(&self) -> usize {
        self.world.upstream.lock().unwrap().len()
    }

    pub fn store_count(&self) -> usize {
        self.world.store.lock().unwrap().len()
    }

    pub fn add_session(&self, secret: &str, session: Value) {
        self.world.sessions.lock().unwrap().insert(secret.to_owned(), session);
    }

    /// Tells the feed about a change.
    pub fn tell(&self, change: Value) {
        if let Some(changes) = &mut *self.world.feed.lock().unwrap() {
            changes.push(change);
        }
    }

    /// Stops the session store.
    pub fn stop_store(&mut self) {
        if let Some(task) = self.store_task.take() {
            task.abort();
        }
        let port = self.store_port;
        self.until("the store is gone", Duration::from_secs(5), |_| TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    pub fn write_rules(&self, rules: &str) {
        let old = std::fs::read_to_string(self.folder.path().join("rules.yml")).unwrap();
        let upstream = old
            .split("upstream: { url: \"http://127.0.0.1:")
            .nth(1)
            .and_then(|t| t.split('"').next())
            .unwrap()
            .to_owned();
        let draft = self.folder.path().join("rules.draft");
        std::fs::write(&draft, rules.replace("{upstream}", &upstream)).unwrap();
        std::fs::rename(draft, self.folder.path().join("rules.yml")).unwrap();
    }

    pub fn process(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The gateway stops Envoy when it is told to end; its guard does when it is killed.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        for _ in 0..200 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(port: u16, world: Arc<World>, is_store: bool) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let router = Router::new().fallback(move |request: Request| {
        let world = Arc::clone(&world);
        async move { if is_store { store(world, request).await } else { upstream(world, request).await } }
    });
    axum::serve(listener, router).await.unwrap();
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// Sends exactly these bytes and reads until the end. Status 0: no answer came.
pub fn raw(port: u16, bytes: &[u8]) -> Answer {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = connection.write_all(bytes);
    let mut all = Vec::new();
    let _ = connection.read_to_end(&mut all);
    let text = String::from_utf8_lossy(&all).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).unwrap_or(0);
    let headers =
        lines.filter_map(|line| line.split_once(':')).map(|(n, v)| (n.to_lowercase(), v.trim().to_owned())).collect();
    Answer { status, headers, body: unchunked(body) }
}

fn unchunked(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    while let Some((size, after)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size.trim(), 16) else { return body.to_owned() };
        if size == 0 {
            return out;
        }
        out.push_str(after.get(..size).unwrap_or_default());
        rest = after.get(size + 2..).unwrap_or_default();
    }
    body.to_owned()
}
