//! A server of one's own: the built program on free ports, with an empty database, as an operator would run it.

#![expect(dead_code, reason = "each test file uses a part of it")]

pub mod smtp;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a test waits for something that must happen; no promise of the product.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Writes a story once and runs it on both databases.
#[macro_export]
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($database:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn story($database: $crate::support::Database) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                story($crate::support::Database::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "needs a PostgreSQL server: cargo xtask test"]
            async fn on_postgresql() {
                story($crate::support::Database::Postgres).await;
            }
        }
    )*};
}

/// A folder, a database and ports, whether or not a server runs.
pub struct World {
    pub folder: tempfile::TempDir,
    pub dsn: String,
    pub public: u16,
    pub admin: u16,
    log: Arc<Mutex<Vec<String>>>,
    processes: Vec<Child>,
    pub http: reqwest::Client,
    scheme: &'static str,
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

const SCHEMA: &str = r#"{
  "$id": "https://example.test/person", "type": "object",
  "properties": { "traits": { "type": "object", "required": ["email"], "additionalProperties": false, "properties": {
    "email": { "type": "string", "format": "email", "ory.sh/kratos": {
      "credentials": { "password": { "identifier": true }, "code": { "identifier": true, "via": "email" } },
      "verification": { "via": "email" }, "recovery": { "via": "email" } } },
    "language": { "type": "string" }, "name": { "type": "string" } } } }
}"#;

impl World {
    /// An empty database and the configuration `config.yml`; `extra` is laid over it.
    pub async fn new(database: Database, extra: &str) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = tempfile::tempdir().expect("a folder");
        let dsn = match database {
            Database::Sqlite => format!("sqlite://{}/identity.sqlite", folder.path().display()),
            Database::Postgres => empty_database().await,
        };
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.danger_accept_invalid_certs(true).timeout(PATIENCE).build().expect("a client");
        let (public, admin) = (free_port(), free_port());
        let world = Self {
            folder,
            dsn,
            public,
            admin,
            log: Arc::default(),
            processes: Vec::new(),
            http: client,
            scheme: "http",
        };
        world.write("person.json", SCHEMA);
        world.write("extra.yml", extra);
        world.write("config.yml", &format!(
            "serve:\n  public: {{ host: 127.0.0.1, port: {public} }}\n  admin: {{ host: 127.0.0.1, port: {admin} }}\n\
             identity:\n  schemas: [{{ id: default, url: \"file://./person.json\" }}]\n\
             selfservice:\n  default_browser_return_url: http://127.0.0.1:4455/\n\
             \x20 methods: {{ password: {{ config: {{ haveibeenpwned_enabled: false }} }} }}\n\
             \x20 flows: {{ verification: {{ enabled: true }}, registration: {{ after: {{ password: {{ hooks: [{{ hook: session }}] }} }} }} }}\n\
             secrets: {{ default: [a-secret-of-the-tests-1234], cipher: [a-cipher-secret-of-32-bytes-long] }}\n\
             hashers: {{ algorithm: bcrypt, bcrypt: {{ cost: 4 }} }}\n\
             courier: {{ worker: {{ pull_wait: 50ms }} }}\n"
        ));
        world
    }

    /// The same with a running server.
    pub async fn serving(database: Database, extra: &str) -> Self {
        let mut world = Self::new(database, extra).await;
        world.start().await;
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // Whole at once, as editors and config maps do it: a watcher never reads half a file.
        let part = path.with_extension("part");
        std::fs::write(&part, text).expect("a file");
        std::fs::rename(&part, &path).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nexus-identity"));
        command.args(arguments).arg("-c").arg(self.path("config.yml")).arg("-c").arg(self.path("extra.yml"));
        command.env_clear().env("DSN", &self.dsn).env("RUST_BACKTRACE", "1");
        if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
            command.env("SSL_CERT_FILE", file);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> std::process::Output {
        self.command(arguments).output().expect("the command runs")
    }

    /// Starts a process whose log is kept; it ends with the world.
    pub fn spawn(&mut self, arguments: &[&str]) -> usize {
        let mut child =
            self.command(arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        self.processes.push(child);
        self.processes.len() - 1
    }

    /// Starts a server and waits until it is ready.
    pub async fn start(&mut self) -> usize {
        if self.dsn.starts_with("postgres") {
            let migrated = self.run(&["migrate", "up", "--yes"]);
            assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        }
        let process = self.spawn(&["serve"]);
        self.ready(process).await;
        process
    }

    pub async fn ready(&mut self, process: usize) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://127.0.0.1:{}/admin/health/ready", self.admin);
                if self.http.get(url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                    self.scheme = scheme;
                    return;
                }
            }
            let ended = self.processes[process].try_wait().expect("its state");
            assert!(ended.is_none(), "the server ended: {}", self.log());
            assert!(tokio::time::Instant::now() < deadline, "the server is not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills a process as a crash would.
    pub fn kill(&mut self, process: usize) {
        drop(self.processes[process].kill());
        drop(self.processes[process].wait());
    }

    pub fn pid(&self, process: usize) -> u32 {
        self.processes[process].id()
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    pub fn public(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.public)
    }

    pub fn admin(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.admin)
    }

    pub async fn get(&self, url: String) -> (u16, Value) {
        self.send(self.http.get(url)).await
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.header("accept", "application/json").send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("its text");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Registers somebody with a password; the answer.
    pub async fn register(&self, email: &str, password: &str) -> Value {
        self.register_traits(json!({ "email": email }), password).await
    }

    pub async fn register_traits(&self, traits: Value, password: &str) -> Value {
        let (_, flow) = self.get(self.public("/self-service/registration/api")).await;
        let url = self.public(&format!("/self-service/registration?flow={}", flow["id"].as_str().expect("a flow")));
        let body = json!({ "method": "password", "traits": traits, "password": password });
        let (status, answer) = self.send(self.http.post(url).json(&body)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Signs in with a password: status and answer.
    pub async fn sign_in(&self, email: &str, password: &str) -> (u16, Value) {
        let (_, flow) = self.get(self.public("/self-service/login/api")).await;
        let url = self.public(&format!("/self-service/login?flow={}", flow["id"].as_str().expect("a flow")));
        let body = json!({ "method": "password", "identifier": email, "password": password });
        self.send(self.http.post(url).json(&body)).await
    }

    /// Asks until the answer is what is wanted.
    pub async fn until<T: std::fmt::Debug>(
        &self,
        what: &str,
        ask: impl AsyncFn() -> T,
        wanted: impl Fn(&T) -> bool,
    ) -> T {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let answer = ask().await;
            if wanted(&answer) {
                return answer;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what}: {answer:?}; {}", self.log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// All messages of the courier, with their dispatches.
    pub async fn messages(&self) -> Vec<Value> {
        let (status, list) = self.get(self.admin("/admin/courier/messages?page_size=500")).await;
        assert_eq!(status, 200, "{list}");
        list.as_array().expect("a list").clone()
    }
}

#[expect(clippy::print_stderr, reason = "what the servers said belongs to the failure")]
impl Drop for World {
    fn drop(&mut self) {
        for process in &mut self.processes {
            drop(process.kill());
            drop(process.wait());
        }
        if std::thread::panicking() {
            eprintln!("the servers said:\n{}", self.log());
        }
    }
}

/// An empty database in the PostgreSQL that the test run has started.
async fn empty_database() -> String {
    sqlx::any::install_default_drivers();
    let server = std::env::var("NEXUS_TEST_POSTGRES").expect("NEXUS_TEST_POSTGRES names a server");
    let name = format!("t_{}", nexus_identity::crypto::token::uuid(&mut StdRng::from_os_rng()).simple());
    let mut connection = AnyConnection::connect(&server).await.expect("a connection");
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a database");
    let mut url = url::Url::parse(&server).expect("a DSN");
    url.set_path(&name);
    url.into()
}

/// The lines of a file, or none.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
