//! Looks at everything that a server needs before it starts, and changes nothing.

use crate::config::Config;
use crate::courier::{Delivery, Templates};
use crate::crypto::Sealer;
use crate::http::start;
use crate::store::{Dialect, Dsn, Store};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long another server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    /// What it is: a configuration key, mostly.
    pub what: String,
    /// How it is.
    pub state: State,
    /// What was found, and what to do about it.
    pub text: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Fine,
    /// It works, but deserves a look.
    Doubtful,
    /// A server would not start, or would not do what it should.
    Broken,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, what: &str, state: State, text: impl Into<String>) {
        self.0.push(Finding { what: what.into(), state, text: text.into() });
    }

    fn outcome(&mut self, what: &str, fine: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.add(what, State::Fine, fine),
            Err(problem) => self.add(what, State::Broken, problem),
        }
    }
}

/// Looks at what `config` needs.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Findings::default();
    database(config, &mut findings).await;
    let schemas = start::schemas(config).await.map(drop).map_err(|error| format!("{error:#}"));
    findings.outcome("identity.schemas", "read and compiled", schemas);
    let templates = Templates::load(config).await.map(drop).map_err(|problems| problems.to_string());
    findings.outcome("courier templates", "read and compiled", templates);
    courier(config, &mut findings).await;
    ports(config, &mut findings).await;
    secrets(config, &mut findings);
    if config.dev {
        findings.add(
            "dev",
            State::Doubtful,
            "development mode: cookies without `Secure`, mails can be read over the admin API",
        );
    }
    if config.public_url().scheme() == "http" && !config.dev && !is_local(&config.public_url()) {
        let text = "browsers reach the server without TLS; set an https URL, or cookies and passwords travel in clear";
        findings.add("serve.public.base_url", State::Doubtful, text);
    }
    if !config.nexus.throttle.enabled {
        findings.add(
            "nexus.throttle.enabled",
            State::Doubtful,
            "is off: passwords and codes can be guessed without end",
        );
    }
    findings.0
}

fn is_local(url: &url::Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

async fn database(config: &Config, findings: &mut Findings) {
    let dsn = match Dsn::parse(&config.dsn) {
        Ok(dsn) => dsn,
        Err(problem) => return findings.add("dsn", State::Broken, problem),
    };
    if dsn.is_in_memory() {
        return findings.add("dsn", State::Doubtful, "in memory: everything is gone when the server stops");
    }
    let file = config.dsn.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or_default());
    if let Some(file) = file.filter(|file| !Path::new(file).exists()) {
        let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
        return match folder {
            Some(folder) if !folder.is_dir() => {
                findings.add("dsn", State::Broken, format!("the folder {} does not exist; make it", folder.display()));
            }
            _ => findings.add("dsn", State::Fine, "the SQLite file is not there yet; the first start makes it"),
        };
    }
    let sealer = match Sealer::from_config(config) {
        Ok(sealer) => sealer,
        Err(problem) => return findings.add("secrets", State::Broken, problem),
    };
    match tokio::time::timeout(PATIENCE, Store::open(&dsn, sealer)).await {
        Err(_) => return findings.add("dsn", State::Broken, "the database does not answer"),
        Ok(Err(error)) => return findings.add("dsn", State::Broken, error.to_string()),
        Ok(Ok(_)) => {}
    }
    match Store::migration_status(&dsn).await {
        Err(error) => findings.add("dsn", State::Broken, error.to_string()),
        Ok(list) => match list.iter().filter(|migration| !migration.applied).count() {
            0 => findings.add("dsn", State::Fine, "answers, and its schema is up to date"),
            missing if dsn.dialect == Dialect::Sqlite => {
                findings.add(
                    "dsn",
                    State::Fine,
                    format!("{missing} migration(s) are missing; the next start applies them"),
                );
            }
            missing => {
                let text = format!("{missing} migration(s) are missing; run `nexus-identity migrate up`");
                findings.add("dsn", State::Broken, text);
            }
        },
    }
}

async fn courier(config: &Config, findings: &mut Findings) {
    let delivery = match Delivery::from_config(config).await {
        Ok(delivery) => delivery,
        Err(problem) => return findings.add("courier", State::Broken, problem),
    };
    match tokio::time::timeout(PATIENCE, delivery.test()).await {
        Err(_) => findings.add("courier", State::Broken, "the mail server does not answer"),
        Ok(Err(problem)) => findings.add("courier", State::Broken, problem),
        Ok(Ok(text)) => findings.add("courier", State::Fine, text),
    }
    if config.courier.smtp.from_address == "no-reply@ory.kratos.sh" && config.nexus.mailbox_dir.is_none() {
        let text = "is not set; mails come from an address that is not yours, and many servers drop them";
        findings.add("courier.smtp.from_address", State::Doubtful, text);
    }
}

async fn ports(config: &Config, findings: &mut Findings) {
    for (key, listener) in [("serve.public", &config.serve.public), ("serve.admin", &config.serve.admin)] {
        let host = if listener.host.is_empty() { "0.0.0.0" } else { &listener.host };
        match TcpListener::bind((host.trim_matches(['[', ']']), listener.port)).await {
            Ok(_) => findings.add(key, State::Fine, format!("{host}:{} is free", listener.port)),
            Err(error) => {
                let text = format!("{host}:{}: {error}; fine if this server runs already", listener.port);
                findings.add(key, State::Doubtful, text);
            }
        }
        if let Some(tls) = &listener.tls {
            let outcome = crate::http::check_certificate(key, tls).map_err(|error| format!("{error:#}"));
            findings.outcome(&format!("{key}.tls"), "certificate and key belong together", outcome);
        }
    }
    if matches!(config.serve.admin.host.as_str(), "" | "0.0.0.0" | "::") && !config.dev {
        let text = "listens on every address, and whoever reaches it can do everything; set it to a private one";
        findings.add("serve.admin.host", State::Doubtful, text);
    }
}

fn secrets(config: &Config, findings: &mut Findings) {
    let secrets = &config.secrets;
    let lists = [
        ("default", &secrets.default),
        ("cookie", &secrets.cookie),
        ("cipher", &secrets.cipher),
        ("pagination", &secrets.pagination),
    ];
    for (name, list) in lists {
        for (index, secret) in list.iter().enumerate() {
            let text = secret.expose();
            let letters: std::collections::HashSet<char> = text.chars().collect();
            if text.to_lowercase().contains("insecure")
                || text.to_lowercase().contains("change-me")
                || letters.len() < 8
            {
                let key = format!("secrets.{name}[{index}]");
                let mend = "looks like an example; `nexus-identity keys generate` prints real ones";
                findings.add(&key, State::Doubtful, mend);
            }
        }
    }
}
