//! SMTP: STARTTLS, implicit TLS, authentication, a client certificate.

use super::{Failure, FailureKind};
use crate::config::Config;
use crate::store::StoredMessage;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Identity, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::time::Duration;
use url::Url;

/// How long the server may take for one command.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A way to one server.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// `smtp://user:password@host:port/?disable_starttls=&skip_ssl_verify=&server_name=` or `smtps://…`, as Kratos
    /// spells it: STARTTLS is required for `smtp` unless it is disabled.
    ///
    /// Certificates of servers are checked against Mozilla's list and what `SSL_CERT_FILE` names.
    pub(super) async fn new(config: &Config, uri: &str) -> Result<Self, String> {
        let key = "courier.smtp.connection_uri";
        let uri = Url::parse(uri).map_err(|error| format!("{key}: this is no URL: {error}"))?;
        let host = uri.host_str().filter(|host| !host.is_empty()).ok_or(format!("{key}: names no host"))?;
        let parameter =
            |name: &str| uri.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        let flag = |name: &str| parameter(name).is_some_and(|value| value == "true" || value == "1");
        let implicit_tls = uri.scheme() == "smtps" || flag("legacy_ssl");
        let tls = match (implicit_tls, flag("disable_starttls")) {
            (false, true) => Tls::None,
            (implicit, _) => {
                let name = parameter("server_name").unwrap_or_else(|| host.trim_matches(['[', ']']).to_owned());
                let parameters = tls_parameters(config, name, flag("skip_ssl_verify")).await?;
                if implicit { Tls::Wrapper(parameters) } else { Tls::Required(parameters) }
            }
        };
        let port = uri.port().unwrap_or(if implicit_tls { 465 } else { 587 });
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.trim_matches(['[', ']']))
            .port(port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .hello_name(ClientId::Domain(config.courier.smtp.local_name.clone()));
        if !uri.username().is_empty() {
            let password = uri.password().map(percent_decode).unwrap_or_default();
            builder = builder.credentials(Credentials::new(percent_decode(uri.username()), password));
        }
        Ok(Self { transport: builder.build() })
    }

    pub(super) async fn test(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("the mail server hung up".into()),
            Err(error) => Err(reason(&error)),
        }
    }

    pub(super) async fn deliver(&self, config: &Config, stored: &StoredMessage) -> Result<(), Failure> {
        let mail = build(config, stored)?;
        self.transport.send(mail).await.map(drop).map_err(|error| Failure::new(kind_of(&error), reason(&error)))
    }
}

/// What a server's answer means for the message. That we may not come in (421, 454, 530, 534, 535, 538) is a matter
/// of configuration: mails must not be lost over a password that was changed.
fn kind_of(error: &smtp::Error) -> FailureKind {
    let code = error.status().map(u16::from);
    match code {
        Some(421 | 454 | 530 | 534 | 535 | 538) => FailureKind::Outage,
        Some(500..=599) => FailureKind::Final,
        Some(_) => FailureKind::Refused,
        None if error.is_client() => FailureKind::Refused,
        None => FailureKind::Outage,
    }
}

/// The error with its causes, on one line.
fn reason(error: &smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text.replace(['\r', '\n'], " ")
}

async fn tls_parameters(config: &Config, name: String, skip_verify: bool) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(name)
        .certificate_store(CertificateStore::WebpkiRoots)
        .dangerous_accept_invalid_certs(skip_verify);
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        let shown = file.to_string_lossy().into_owned();
        let pem = tokio::fs::read(&file).await.map_err(|error| format!("SSL_CERT_FILE: {shown}: {error}"))?;
        for block in pem_blocks(&pem) {
            let certificate = Certificate::from_pem(&block);
            builder =
                builder.add_root_certificate(certificate.map_err(|error| format!("SSL_CERT_FILE: {shown}: {error}"))?);
        }
    }
    let smtp = &config.courier.smtp;
    match (&smtp.client_cert_path, &smtp.client_key_path) {
        (Some(certificate), Some(key)) => {
            let read = async |name: &str, path: &std::path::Path| {
                tokio::fs::read(path).await.map_err(|error| format!("courier.smtp.{name}: {}: {error}", path.display()))
            };
            let certificate = read("client_cert_path", certificate).await?;
            let key = read("client_key_path", key).await?;
            // lettre 0.11 takes these bytes for DER as they are, whatever its function is called; the test with a
            // client certificate tells when that changes.
            let der = CertificateDer::from_pem_slice(&certificate)
                .map_err(|error| format!("courier.smtp.client_cert_path: holds no certificate in PEM: {error}"))?;
            let identity = Identity::from_pem(&der, &key).map_err(|error| {
                format!("courier.smtp.client_cert_path: certificate and key cannot be used: {error}")
            })?;
            builder = builder.identify_with(identity);
        }
        (None, None) => {}
        (Some(_), None) => return Err("courier.smtp.client_key_path: missing; client_cert_path needs it".into()),
        (None, Some(_)) => return Err("courier.smtp.client_cert_path: missing; client_key_path needs it".into()),
    }
    builder.build().map_err(|error| format!("courier.smtp: TLS cannot be set up: {error}"))
}

/// The certificates of a file, one by one.
fn pem_blocks(pem: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(pem);
    let end = "-----END CERTIFICATE-----";
    let blocks =
        text.split_inclusive(end).filter_map(|block| block.find("-----BEGIN CERTIFICATE-----").map(|at| &block[at..]));
    blocks.map(|block| block.as_bytes().to_vec()).collect()
}

/// The mail as it is sent.
pub(super) fn build(config: &Config, stored: &StoredMessage) -> Result<Message, Failure> {
    let smtp = &config.courier.smtp;
    let fatal =
        |what: &str, error: &dyn std::fmt::Display| Failure::new(FailureKind::Final, format!("{what}: {error}"));
    // A wrong sender is the operator's fault, so the mail waits until that is mended.
    let sender = smtp.from_address.parse::<lettre::Address>();
    let sender =
        sender.map_err(|error| Failure::new(FailureKind::Outage, format!("courier.smtp.from_address: {error}")))?;
    let recipient =
        stored.message.recipient.parse::<lettre::Address>().map_err(|error| fatal("the recipient", &error))?;
    let name = smtp.from_name.clone().filter(|name| !name.is_empty());
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@{}>", stored.message.id, sender.domain())))
        .from(Mailbox::new(name, sender))
        .to(Mailbox::new(None, recipient))
        .subject(stored.message.subject.trim())
        // RFC 3834: no vacation notes, please.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
    for (name, value) in &smtp.headers {
        let name = HeaderName::new_from_ascii(name.clone())
            .map_err(|_| Failure::new(FailureKind::Outage, format!("courier.smtp.headers: `{name}` is no header")))?;
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        builder = builder.raw_header(HeaderValue::new(name, value));
    }
    let text = MultiPart::alternative_plain_html(stored.message.body.clone(), stored.html_body.clone());
    builder.multipart(text).map_err(|error| fatal("the mail", &error))
}

fn percent_decode(text: &str) -> String {
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
