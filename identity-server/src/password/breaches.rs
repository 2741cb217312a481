//! Asking "Have I Been Pwned" whether a password is in known breaches, without telling it the password: only the
//! first five hex digits of its SHA-1 leave the house.

use crate::config::PasswordConfig;
use crate::model::Secret;
use identity_api::{UiText, messages};
use sha1::{Digest as _, Sha1};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Requirement 6: nobody waits longer than this for somebody else's server.
const TIMEOUT: Duration = Duration::from_secs(1);
/// A padded answer has about 40 kB.
const MAX_ANSWER: usize = 1 << 20;
/// How long an answer is used again.
const KEPT: Duration = Duration::from_secs(3600);
/// How many answers are kept, of about 40 kB each.
const MAX_KEPT: usize = 64;
/// How long a service that failed is left alone where that may be ignored: no sign-up waits for it in vain.
const PAUSE: Duration = Duration::from_secs(60);

/// Why it is not known whether a password was breached.
#[derive(Debug, thiserror::Error)]
#[error("the breach check did not answer: {0}")]
pub struct BreachError(String);

/// The client of a range service. Clones share what it knows.
#[derive(Clone, Debug)]
pub struct BreachCheck {
    known: Arc<Mutex<Known>>,
    failures: Arc<AtomicU64>,
    client: reqwest::Client,
    base: String,
    max_breaches: u64,
    ignore_network_errors: bool,
}

impl BreachCheck {
    /// The check that the configuration describes; `None` when it is switched off.
    ///
    /// # Errors
    /// When the TLS stack cannot start.
    pub fn from_config(config: &PasswordConfig) -> Result<Option<Self>, BreachError> {
        if !config.haveibeenpwned_enabled {
            return Ok(None);
        }
        let host = &config.haveibeenpwned_host;
        let base = if host.contains("://") { host.clone() } else { format!("https://{host}") };
        Self::new(&base, config.max_breaches, config.ignore_network_errors).map(Some)
    }

    fn new(base: &str, max_breaches: u64, ignore_network_errors: bool) -> Result<Self, BreachError> {
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .user_agent("nexus-identity")
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| BreachError(error.to_string()))?;
        Ok(Self {
            known: Arc::default(),
            failures: Arc::default(),
            client,
            base: base.trim_end_matches('/').into(),
            max_breaches,
            ignore_network_errors,
        })
    }

    /// Checks a new password.
    ///
    /// # Errors
    /// The outer error when the service does not answer and that may not be ignored; the inner one, a message to
    /// show, when the password was breached too often.
    pub async fn check(&self, password: &Secret) -> Result<Result<(), UiText>, BreachError> {
        if self.ignore_network_errors && self.known().is_paused(Instant::now()) {
            return Ok(Ok(()));
        }
        match self.count(password).await {
            Ok(breaches) if breaches > self.max_breaches => Ok(Err(messages::password_breached(breaches))),
            Ok(_) => Ok(Ok(())),
            Err(error) if self.ignore_network_errors => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                self.known().failed_at = Some(Instant::now());
                tracing::warn!(%error, metric = "password_breach_check_failed", "new password not checked for breaches");
                Ok(Ok(()))
            }
            Err(error) => Err(error),
        }
    }

    /// How often the service did not answer and a password was let through unchecked; a metric.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn count(&self, password: &Secret) -> Result<u64, BreachError> {
        let fault = |error: reqwest::Error| BreachError(error.without_url().to_string());
        let hash: String =
            Sha1::digest(password.expose().as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect();
        let (prefix, suffix) = hash.split_at(5);
        if let Some(answer) = self.known().answer(prefix, Instant::now()) {
            return Ok(breaches_of(&answer, suffix));
        }
        // Padding hides from an observer of lengths which range was asked for.
        let request = self.client.get(format!("{}/range/{prefix}", self.base)).header("Add-Padding", "true");
        let mut response = request.send().await.map_err(fault)?;
        if !response.status().is_success() {
            return Err(BreachError(format!("status {}", response.status())));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fault)? {
            answer.extend_from_slice(&chunk);
            if answer.len() > MAX_ANSWER {
                return Err(BreachError("the answer is too long".into()));
            }
        }
        let answer: Arc<str> = String::from_utf8_lossy(&answer).into();
        self.known().keep(prefix, &answer, Instant::now());
        Ok(breaches_of(&answer, suffix))
    }
}

/// The latest answers by prefix, which say nothing about the passwords of this place.
#[derive(Debug, Default)]
struct Known {
    answers: HashMap<String, (Instant, Arc<str>)>,
    failed_at: Option<Instant>,
}

impl Known {
    fn answer(&self, prefix: &str, now: Instant) -> Option<Arc<str>> {
        let (at, answer) = self.answers.get(prefix)?;
        (now.duration_since(*at) < KEPT).then(|| answer.clone())
    }

    fn keep(&mut self, prefix: &str, answer: &Arc<str>, now: Instant) {
        self.failed_at = None;
        self.answers.retain(|_, (at, _)| now.duration_since(*at) < KEPT);
        if self.answers.len() >= MAX_KEPT {
            let oldest = self.answers.iter().min_by_key(|(_, (at, _))| *at).map(|(prefix, _)| prefix.clone());
            oldest.and_then(|prefix| self.answers.remove(&prefix));
        }
        self.answers.insert(prefix.to_owned(), (now, answer.clone()));
    }

    fn is_paused(&self, now: Instant) -> bool {
        self.failed_at.is_some_and(|at| now.duration_since(at) < PAUSE)
    }
}

/// The count behind `suffix` in the lines `SUFFIX:COUNT`; 0 if it is not there.
fn breaches_of(answer: &str, suffix: &str) -> u64 {
    answer
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(suffix))
        .and_then(|(_, count)| count.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// A range service on loopback that answers one request and returns what it was asked.
    async fn service(status: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let length = stream.read(&mut asked).await.unwrap();
            // SHA-1 of "password" is 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8.
            let body = "0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:3730471\r\n";
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (base, served)
    }

    #[tokio::test]
    async fn requirement_6_a_breached_password_is_refused_and_only_its_prefix_is_told() {
        let (base, served) = service("200 OK").await;
        let check = BreachCheck::new(&base, 0, false).unwrap();
        let message = check.check(&Secret::new("password")).await.unwrap().unwrap_err();
        assert_eq!((message.id, message.context.unwrap()["breaches"].as_u64()), (4_000_034, Some(3_730_471)));
        let asked = served.await.unwrap().to_uppercase();
        assert!(asked.starts_with("GET /RANGE/5BAA6 ") && !asked.contains("1E4C9"), "{asked}");

        let (base, _served) = service("200 OK").await;
        let check = BreachCheck::new(&base, 0, false).unwrap();
        assert!(check.check(&Secret::new("never seen before")).await.unwrap().is_ok());
        let (base, _served) = service("200 OK").await;
        let lenient = BreachCheck::new(&base, 4_000_000, false).unwrap();
        assert!(lenient.check(&Secret::new("password")).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn an_answer_is_used_again_and_a_dead_service_is_left_alone_for_a_while() {
        let (base, served) = service("200 OK").await;
        let check = BreachCheck::new(&base, 0, false).unwrap();
        let secret = Secret::new("password");
        assert!(check.check(&secret).await.unwrap().is_err());
        served.await.unwrap();
        // The service is gone; what it said counts.
        assert!(check.check(&secret).await.unwrap().is_err());
        assert!(check.check(&Secret::new("other")).await.is_err());

        let dead = BreachCheck::new("http://127.0.0.1:1", 0, true).unwrap();
        for _ in 0..3 {
            assert!(dead.check(&secret).await.unwrap().is_ok());
        }
        assert_eq!(dead.failures(), 1);
    }

    #[tokio::test]
    async fn requirement_6_a_dead_service_lets_people_in_only_if_the_operator_says_so() {
        let (base, _served) = service("503 Service Unavailable").await;
        assert!(BreachCheck::new(&base, 0, false).unwrap().check(&Secret::new("password")).await.is_err());
        let closed = "http://127.0.0.1:1";
        assert!(BreachCheck::new(closed, 0, false).unwrap().check(&Secret::new("password")).await.is_err());
        assert!(BreachCheck::new(closed, 0, true).unwrap().check(&Secret::new("password")).await.unwrap().is_ok());
    }
}
