//! Handing a message over: by SMTP, or into a folder that developers read.

use crate::config::Config;
use crate::store::StoredMessage;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use std::path::Path;
use url::Url;

/// Why a message was not delivered.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong; without the message's text.
    pub reason: String,
    /// Whether another try cannot help.
    pub is_final: bool,
}

impl Failure {
    fn transient(reason: impl ToString) -> Self {
        Self { reason: reason.to_string(), is_final: false }
    }

    fn fatal(reason: impl ToString) -> Self {
        Self { reason: reason.to_string(), is_final: true }
    }
}

/// Delivers one message.
///
/// # Errors
/// A [`Failure`] that says whether to try again.
pub async fn deliver(config: &Config, stored: &StoredMessage) -> Result<(), Failure> {
    let message = &stored.message;
    if message.kind != "email" {
        return Err(Failure::fatal("no channel is configured for text messages"));
    }
    let mail = build(config, stored)?;
    if let Some(folder) = &config.nexus.mailbox_dir {
        return to_folder(folder, &format!("{}.eml", message.id), &mail.formatted()).await;
    }
    let Some(uri) = &config.courier.smtp.connection_uri else {
        return Err(Failure::transient("courier.smtp.connection_uri is not set"));
    };
    let transport = transport(config, uri.expose())?;
    match transport.send(mail).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(Failure::fatal(error)),
        Err(error) => Err(Failure::transient(error)),
    }
}

fn build(config: &Config, stored: &StoredMessage) -> Result<Message, Failure> {
    let smtp = &config.courier.smtp;
    let address = |text: &str| text.parse::<lettre::Address>().map_err(Failure::fatal);
    let from = Mailbox::new(smtp.from_name.clone().filter(|name| !name.is_empty()), address(&smtp.from_address)?);
    Message::builder()
        .from(from)
        .to(Mailbox::new(None, address(&stored.message.recipient)?))
        .subject(stored.message.subject.trim())
        .message_id(Some(format!("<{}@{}>", stored.message.id, smtp.local_name)))
        .multipart(MultiPart::alternative_plain_html(stored.message.body.clone(), stored.html_body.clone()))
        .map_err(Failure::fatal)
}

/// `smtp://user:password@host:port/?disable_starttls=&skip_ssl_verify=&server_name=` or `smtps://…`, as Kratos
/// spells it: STARTTLS is required for `smtp` unless it is disabled.
fn transport(config: &Config, uri: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
    let uri = Url::parse(uri).map_err(|error| Failure::transient(format!("courier.smtp.connection_uri: {error}")))?;
    let host = uri.host_str().unwrap_or("localhost");
    let flag = |name: &str| uri.query_pairs().any(|(key, value)| key == name && value == "true");
    let implicit_tls = uri.scheme() == "smtps" || flag("legacy_ssl");
    let name = uri.query_pairs().find(|(key, _)| key == "server_name").map(|(_, value)| value.into_owned());
    let parameters = || {
        TlsParameters::builder(name.clone().unwrap_or_else(|| host.to_owned()))
            .dangerous_accept_invalid_certs(flag("skip_ssl_verify"))
            .build()
            .map_err(Failure::transient)
    };
    let tls = match (implicit_tls, flag("disable_starttls")) {
        (true, _) => Tls::Wrapper(parameters()?),
        (false, false) => Tls::Required(parameters()?),
        (false, true) => Tls::None,
    };
    let port = uri.port().unwrap_or(if implicit_tls { 465 } else { 587 });
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(port)
        .tls(tls)
        .timeout(Some(std::time::Duration::from_secs(10)))
        .hello_name(ClientId::Domain(config.courier.smtp.local_name.clone()));
    if !uri.username().is_empty() {
        let decode = |text: &str| percent_decode(text);
        let password = uri.password().map(decode).unwrap_or_default();
        builder = builder.credentials(Credentials::new(decode(uri.username()), password));
    }
    Ok(builder.build())
}

fn percent_decode(text: &str) -> String {
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Writes whole files only: a reader never sees half a mail.
async fn to_folder(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    tokio::fs::create_dir_all(folder).await.map_err(Failure::transient)?;
    let unfinished = folder.join(format!(".{name}.part"));
    tokio::fs::write(&unfinished, bytes).await.map_err(Failure::transient)?;
    tokio::fs::rename(&unfinished, folder.join(name)).await.map_err(Failure::transient)
}
