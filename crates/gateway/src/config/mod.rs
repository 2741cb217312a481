//! The gateway's configuration: Oathkeeper's file, environment variables over it, and the section `nexus`.

mod environment;
mod shape;

use access_rules::{
    address::Cidr,
    cors::Cors,
    document::{Node, Problem, Problems, Severity, Shape, duration},
    facts::Keeping,
    handlers::{ALL, Stage},
    pattern::Strategy,
    plan::{DenialsPlan, FeedPlan, MemoryPlan, StorePlan},
    rules::{HandlerSetting, Settings},
};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// The gateway's configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where Envoy listens.
    pub(crate) proxy: Listener,
    /// Where decisions are served.
    pub(crate) api: Listener,
    /// Whether X-Forwarded-* of clients are believed on the proxy's port.
    pub(crate) trust_forwarded_headers: bool,
    /// Where rules are kept: URLs.
    pub(crate) repositories: Vec<(String, access_rules::document::Place)>,
    /// What rules need to know.
    pub(crate) rules: Settings,
    /// Log level of the process.
    pub(crate) log_level: String,
    /// Whether the log is JSON.
    pub(crate) log_json: bool,
    /// Bounds of the memory for sessions.
    pub(crate) memory: MemoryPlan,
    /// The feed of changed sessions.
    pub(crate) feed: Option<FeedPlan>,
    /// Calls that one worker may have under way.
    pub(crate) max_calls: usize,
    /// Bytes of a request's body that are kept for an authorizer.
    pub(crate) max_body: usize,
    /// How long a connection to an upstream or service may take.
    pub(crate) connect_timeout: Duration,
    /// Where numbers are served.
    pub(crate) prometheus: Option<Port>,
    /// Whose X-Forwarded-* the decision API believes; empty: everybody's.
    pub(crate) trusted_proxies: Vec<Cidr>,
    /// Certificates for names, beside that of serve.proxy.tls.
    pub(crate) certificates: Vec<Certificate>,
    /// Upstreams whose health is looked at.
    pub(crate) upstreams: Vec<UpstreamHealth>,
    /// Envoy itself.
    pub(crate) envoy: EnvoyConfig,
    /// Files that are served beside.
    pub(crate) files: Option<FilesConfig>,
    /// What probably is not as it was meant.
    pub(crate) warnings: Vec<Problem>,
}

/// A port and how it is served.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) read_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    /// Certificate chain and key, in PEM.
    pub(crate) tls: Option<(PemSource, PemSource)>,
    pub(crate) cors: Option<Cors>,
}

/// A certificate for some names (SNI).
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) names: Vec<String>,
    pub(crate) pair: (PemSource, PemSource),
}

/// An upstream whose health is looked at.
#[derive(Clone, Debug)]
pub(crate) struct UpstreamHealth {
    /// Scheme, host and port, as rules write them.
    pub(crate) url: String,
    pub(crate) health_path: String,
    pub(crate) interval: Duration,
}

/// Where something listens.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Where a PEM text is.
#[derive(Clone, Debug)]
pub(crate) enum PemSource {
    Path(PathBuf),
    /// The text itself, decoded.
    Inline(String),
}

/// Envoy itself.
#[derive(Clone, Debug)]
pub(crate) struct EnvoyConfig {
    pub(crate) concurrency: Option<u32>,
    pub(crate) admin_host: String,
    pub(crate) admin_port: u16,
    pub(crate) access_log: Option<String>,
    pub(crate) log_level: String,
}

/// Files that are served beside: a single-page app.
#[derive(Clone, Debug)]
pub(crate) struct FilesConfig {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) root: PathBuf,
    /// Paths of pages and the file that serves them, longest first.
    pub(crate) pages: Vec<(String, String)>,
    pub(crate) csp: String,
}

/// A file to read the configuration from, and its text.
pub(crate) type Source = (String, String);

impl Config {
    /// Reads files (later ones over earlier ones) and variables.
    pub(crate) fn read(files: &[Source], variables: impl Iterator<Item = (String, String)>) -> Result<Self, Problems> {
        let shape: &Shape = &shape::SHAPE;
        let mut document: Option<Node> = None;
        for (name, text) in files {
            let node = Node::read(name, text).map_err(Problems::from)?;
            let node = if node.is_null() {
                Node::new(node.place, access_rules::document::Data::Map(Vec::new()))
            } else {
                node
            };
            document = Some(match document {
                Some(below) => below.overlaid(&node),
                None => node,
            });
        }
        let mut document = document.unwrap_or_else(|| {
            Node::new(access_rules::document::Place::whole("defaults"), access_rules::document::Data::Map(Vec::new()))
        });
        environment::overlay(&mut document, shape, variables);
        let mut problems = Vec::new();
        shape.check(&document, "", &mut problems);
        let handlers = handlers(&document, &mut problems);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(Problems(problems));
        }
        let reader = Reader(&document);
        let mut config = reader.config(handlers);
        reader.check(&config, &mut problems);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(Problems(problems));
        }
        config.warnings = problems;
        Ok(config)
    }
}

/// The handlers' switches and settings. A handler that is switched on needs what it requires.
fn handlers(document: &Node, problems: &mut Vec<Problem>) -> BTreeMap<(&'static str, String), HandlerSetting> {
    let mut all = BTreeMap::new();
    for info in ALL {
        let section: Vec<&str> = info.stage.section().split('.').chain([info.name]).collect();
        let Some(node) = document.at(&section) else { continue };
        let default = info.stage == Stage::Errors && info.name == "json";
        let enabled = node
            .get("enabled")
            .map_or(default, |enabled| matches!(enabled.data, access_rules::document::Data::Bool(true)));
        let config = node.get("config").filter(|config| !config.is_null()).cloned();
        if enabled {
            let path = format!("{}.config", section.join("."));
            match &config {
                Some(config) => {
                    let mut found = Vec::new();
                    info.shape().check(config, &path, &mut found);
                    // What is there was checked before; here only what is missing counts.
                    problems.extend(found.into_iter().filter(|problem| problem.message.contains("missing")));
                }
                None if info.needs_config => {
                    problems.push(Problem::error(
                        &node.place,
                        path,
                        "this key is required and missing where the handler is switched on",
                    ));
                }
                None => {}
            }
        }
        all.insert((info.stage.section(), info.name.to_owned()), HandlerSetting { enabled, config });
    }
    all
}

/// Reads values whose shape was checked.
struct Reader<'d>(&'d Node);

impl Reader<'_> {
    fn text(&self, path: &[&str], default: &str) -> String {
        self.0.at(path).and_then(Node::text).unwrap_or(default).to_owned()
    }

    fn flag(&self, path: &[&str]) -> bool {
        matches!(self.0.at(path).map(|node| &node.data), Some(access_rules::document::Data::Bool(true)))
    }

    fn number(&self, path: &[&str], default: i64) -> i64 {
        match self.0.at(path).map(|node| &node.data) {
            Some(access_rules::document::Data::Int(n)) => *n,
            _ => default,
        }
    }

    fn size(&self, path: &[&str], default: usize) -> usize {
        usize::try_from(self.number(path, -1)).unwrap_or(default)
    }

    fn time(&self, path: &[&str], default: &str) -> Duration {
        duration(&self.text(path, default)).unwrap_or_default()
    }

    fn texts(&self, path: &[&str]) -> Vec<String> {
        let items = self.0.at(path).and_then(Node::list).unwrap_or_default();
        items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    }

    fn millis(&self, path: &[&str], default: &str) -> u64 {
        u64::try_from(self.time(path, default).as_millis()).unwrap_or(u64::MAX)
    }

    /// Certificate and key.
    fn pair(&self) -> Option<(PemSource, PemSource)> {
        let pem = |which: &str| {
            let (path, inline) = (self.text(&[which, "path"], ""), self.text(&[which, "base64"], ""));
            if !path.is_empty() {
                return Some(PemSource::Path(path.into()));
            }
            use base64::Engine as _;
            let decoded = base64::engine::general_purpose::STANDARD.decode(inline.trim()).ok()?;
            String::from_utf8(decoded).ok().filter(|text| !text.is_empty()).map(PemSource::Inline)
        };
        pem("cert").zip(pem("key"))
    }

    fn certificates(&self) -> Vec<Certificate> {
        let items = self.0.at(&["nexus", "certificates"]).and_then(Node::list).unwrap_or_default();
        let read =
            |item: &Node| Some(Certificate { names: Reader(item).texts(&["names"]), pair: Reader(item).pair()? });
        items.iter().filter_map(read).collect()
    }

    fn upstreams(&self) -> Vec<UpstreamHealth> {
        let items = self.0.at(&["nexus", "upstreams"]).and_then(Node::list).unwrap_or_default();
        let read = |item: &Node| {
            let reader = Reader(item);
            let url = access_rules::Endpoint::parse(&reader.text(&["url"], "")).ok()?.origin();
            let interval = reader.time(&["interval"], "5s");
            Some(UpstreamHealth { url, health_path: reader.text(&["health_path"], "/"), interval })
        };
        items.iter().filter_map(read).collect()
    }

    fn listener(&self, name: &str, port: u16) -> Listener {
        let time = |which: &str, default: &str| self.time(&["serve", name, "timeout", which], default);
        Listener {
            host: self.text(&["serve", name, "host"], ""),
            port: u16::try_from(self.number(&["serve", name, "port"], i64::from(port))).unwrap_or(port),
            read_timeout: time("read", "5s"),
            write_timeout: time("write", "120s"),
            idle_timeout: time("idle", "120s"),
            tls: self.0.at(&["serve", name, "tls"]).and_then(|tls| Reader(tls).pair()),
            cors: self
                .0
                .at(&["serve", name, "cors"])
                .and_then(|cors| serde_json::from_value::<Cors>(cors.to_json()).ok())
                .filter(|cors| cors.enabled),
        }
    }

    fn stores(&self) -> Vec<StorePlan> {
        let items = self.0.at(&["nexus", "session_cache", "stores"]).and_then(Node::list).unwrap_or_default();
        items
            .iter()
            .map(|item| {
                let reader = Reader(item);
                let feed = reader.flag(&["feed"]);
                StorePlan {
                    url: reader.text(&["url"], ""),
                    keeping: Keeping {
                        feed,
                        ttl_ms: reader.millis(&["ttl"], if feed { "5m" } else { "0s" }),
                        refusal_ttl_ms: reader.millis(&["refusal_ttl"], if feed { "1s" } else { "0s" }),
                    },
                    cookies: reader.texts(&["cookies"]),
                }
            })
            .collect()
    }

    fn config(&self, handlers: BTreeMap<(&'static str, String), HandlerSetting>) -> Config {
        let fallback = match self.0.at(&["errors", "fallback"]).and_then(Node::list) {
            Some(items) => {
                items.iter().filter_map(|item| Some((item.text()?.to_owned(), Some(item.place.clone())))).collect()
            }
            None => vec![("json".to_owned(), None)],
        };
        let repositories = self.0.at(&["access_rules", "repositories"]).and_then(Node::list).unwrap_or_default();
        let files = self.0.at(&["nexus", "static"]).map(|_| {
            let text = |key: &str, default: &str| self.text(&["nexus", "static", key], default);
            let pages = self.0.at(&["nexus", "static", "pages"]).and_then(Node::list).unwrap_or_default();
            let mut pages: Vec<(String, String)> =
                pages.iter().map(|page| (Reader(page).text(&["path"], ""), Reader(page).text(&["file"], ""))).collect();
            pages.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
            FilesConfig {
                host: text("host", "127.0.0.1"),
                port: u16::try_from(self.number(&["nexus", "static", "port"], 4457)).unwrap_or(4457),
                root: text("root", "").into(),
                pages,
                csp: text("csp", crate::serve::files::CSP),
            }
        });
        let envoy = |key: &str, default: &str| self.text(&["nexus", "envoy", key], default);
        let feed = self.0.at(&["nexus", "session_feed"]).map(|_| FeedPlan {
            url: self.text(&["nexus", "session_feed", "url"], ""),
            interval_ms: self.millis(&["nexus", "session_feed", "interval"], "200ms"),
            deadline_ms: self.millis(&["nexus", "session_feed", "timeout"], "500ms"),
        });
        Config {
            proxy: self.listener("proxy", 4455),
            api: self.listener("api", 4456),
            trust_forwarded_headers: self.flag(&["serve", "proxy", "trust_forwarded_headers"]),
            repositories: repositories
                .iter()
                .filter_map(|node| Some((node.text()?.to_owned(), node.place.clone())))
                .collect(),
            rules: Settings {
                strategy: if self.text(&["access_rules", "matching_strategy"], "") == "glob" {
                    Strategy::Glob
                } else {
                    Strategy::Regexp
                },
                handlers,
                fallback,
                stores: self.stores(),
                deadline_ms: self.millis(&["nexus", "calls", "timeout"], "2s"),
                cors: self.listener("proxy", 0).cors,
                denials: DenialsPlan {
                    log: self.flag(&["nexus", "denials", "log"]),
                    explain_secret: self.text(&["nexus", "denials", "explain_secret"], ""),
                },
            },
            log_level: self.text(&["log", "level"], "info"),
            log_json: self.text(&["log", "format"], "text") != "text",
            memory: MemoryPlan {
                max_entries: self.size(&["nexus", "session_cache", "max_entries"], 10_000),
                max_bytes: self.size(&["nexus", "session_cache", "max_bytes"], 8 << 20),
                staleness_ms: self.millis(&["nexus", "session_cache", "staleness"], "1s"),
            },
            feed,
            max_calls: self.size(&["nexus", "calls", "max_in_flight"], 1024),
            max_body: self.size(&["nexus", "calls", "max_body"], 4 << 20),
            connect_timeout: self.time(&["nexus", "calls", "connect_timeout"], "1s"),
            prometheus: self.0.at(&["serve", "prometheus"]).map(|_| Port {
                host: self.text(&["serve", "prometheus", "host"], ""),
                port: u16::try_from(self.number(&["serve", "prometheus", "port"], 9000)).unwrap_or(9000),
            }),
            certificates: self.certificates(),
            upstreams: self.upstreams(),
            trusted_proxies: self
                .texts(&["nexus", "decisions", "trusted_proxies"])
                .iter()
                .filter_map(|text| Cidr::parse(text))
                .collect(),
            envoy: EnvoyConfig {
                concurrency: u32::try_from(self.number(&["nexus", "envoy", "concurrency"], 0)).ok().filter(|n| *n > 0),
                admin_host: envoy("admin_host", "127.0.0.1"),
                admin_port: u16::try_from(self.number(&["nexus", "envoy", "admin_port"], 0)).unwrap_or(0),
                access_log: Some(envoy("access_log", "")).filter(|path| !path.is_empty()),
                log_level: envoy("log_level", "warning"),
            },
            files,
            warnings: Vec::new(),
        }
    }

    /// What shapes cannot tell.
    fn check(&self, config: &Config, problems: &mut Vec<Problem>) {
        let place = |path: &[&str]| {
            (1..=path.len())
                .rev()
                .find_map(|n| self.0.at(path.get(..n)?))
                .map_or_else(|| self.0.place.clone(), |node| node.place.clone())
        };
        if config.rules.stores.iter().any(|store| store.keeping.feed) && config.feed.is_none() {
            let at = ["nexus", "session_cache", "stores"];
            let problem = Problem::error(&place(&at), at.join("."), "a store with `feed: true` needs the feed itself");
            problems.push(problem.mend("set nexus.session_feed.url, or give the store a `ttl` instead"));
        }
        if let Some(feed) = &config.feed {
            let at = ["nexus", "session_feed", "url"];
            if let Err(message) = access_rules::Endpoint::parse(&feed.url) {
                problems.push(Problem::error(&place(&at), at.join("."), message));
            }
            if feed.interval_ms + 100 >= config.memory.staleness_ms {
                let at = ["nexus", "session_feed", "interval"];
                let message = format!(
                    "with {} ms from question to question, the feed is often silent for longer than session_cache.staleness ({} ms) allows",
                    feed.interval_ms, config.memory.staleness_ms
                );
                problems.push(
                    Problem::warning(&place(&at), at.join("."), message).mend("ask at least three times as often"),
                );
            }
        }
        for name in ["proxy", "api"] {
            for which in ["cert", "key"] {
                let at = ["serve", name, "tls", which];
                if let (Some(node), true) = (self.0.at(&at), self.listener(name, 0).tls.is_none()) {
                    problems.push(Problem::error(
                        &node.place,
                        at.join("."),
                        "cert and key are both needed, each with a path or base64",
                    ));
                    break;
                }
            }
        }
        if (1..16).contains(&config.rules.denials.explain_secret.len()) {
            let at = ["nexus", "denials", "explain_secret"];
            let problem = Problem::error(&place(&at), at.join("."), "a secret of at least 16 characters is expected");
            problems.push(problem.mend("draw one: openssl rand -hex 16"));
        }
        let written = self.0.at(&["nexus", "certificates"]).and_then(Node::list).unwrap_or_default();
        for (number, item) in written.iter().enumerate().filter(|(_, item)| Reader(item).pair().is_none()) {
            let message = "cert and key are both needed, each with a path or base64";
            problems.push(Problem::error(&item.place, format!("nexus.certificates[{number}]"), message));
        }
        for text in self.texts(&["nexus", "decisions", "trusted_proxies"]) {
            if Cidr::parse(&text).is_none() {
                let at = ["nexus", "decisions", "trusted_proxies"];
                let message = format!("an address or a range as in 10.0.0.0/8 is expected, found {text:?}");
                problems.push(Problem::error(&place(&at), at.join("."), message));
            }
        }
        for (at, why) in [
            (&["tracing"][..], "traces are Envoy's business: add a provider to the files that `render` writes"),
            (&["profiling"], "there is nothing to switch on"),
            (&["log", "leak_sensitive_values"], "sensitive values are never logged"),
        ] {
            let found = self
                .0
                .at(at)
                .filter(|node| !node.is_null() && !matches!(&node.data, access_rules::document::Data::Bool(false)));
            if let Some(node) = found {
                problems.push(Problem::warning(&node.place, at.join("."), format!("has no effect here: {why}")));
            }
        }
        for name in ["proxy", "api"] {
            let cors = self.listener(name, 0).cors;
            if cors.is_some_and(|cors| cors.allow_credentials && cors.allowed_origins.iter().any(|o| o == "*")) {
                let at = ["serve", name, "cors", "allowed_origins"];
                let message = "every web site may send requests with cookies and read the answers";
                problems.push(
                    Problem::warning(&place(&at), at.join("."), message)
                        .mend("name the origins, or set allow_credentials to false"),
                );
            }
        }
        if config.repositories.is_empty() {
            let at = ["access_rules", "repositories"];
            problems.push(Problem::warning(
                &place(&at),
                at.join("."),
                "there are no rules: every request is answered with 404",
            ));
        }
    }
}
