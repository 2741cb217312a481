//! Handing a message over: by SMTP, by HTTP, or into a folder that developers read.

mod http;
mod mailbox;
mod smtp;

use crate::config::{Config, DeliveryStrategy};
use crate::store::StoredMessage;
use std::path::PathBuf;

/// Why a message was not delivered.
#[derive(Debug)]
pub(super) struct Failure {
    /// What went wrong; without the message's text.
    pub(super) reason: String,
    /// What to do about it.
    pub(super) kind: FailureKind,
}

/// What a failure means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The other side is not there or does not let us in: no fault of the message, so its tries do not count.
    Outage,
    /// The message was not taken this time.
    Refused,
    /// It never will be.
    Final,
}

impl Failure {
    fn new(kind: FailureKind, reason: impl std::fmt::Display) -> Self {
        Self { reason: reason.to_string(), kind }
    }
}

/// The ways out that the configuration describes.
pub struct Delivery {
    mail: Mail,
    sms: Option<http::HttpChannel>,
}

enum Mail {
    Folder(PathBuf),
    Smtp(Box<smtp::Smtp>),
    Http(Box<http::HttpChannel>),
    Nowhere,
}

impl Delivery {
    /// Reads certificates and request templates.
    ///
    /// # Errors
    /// What is wrong, with the key.
    pub async fn from_config(config: &Config) -> Result<Self, String> {
        let courier = &config.courier;
        let mail = if let Some(folder) = &config.nexus.mailbox_dir {
            Mail::Folder(folder.clone())
        } else if courier.delivery_strategy == DeliveryStrategy::Http {
            let request = courier.http.request_config.as_ref();
            let request = request.ok_or("courier.http.request_config: missing; `delivery_strategy: http` needs it")?;
            Mail::Http(Box::new(http::HttpChannel::new("courier.http.request_config", config, request).await?))
        } else if let Some(uri) = &courier.smtp.connection_uri {
            Mail::Smtp(Box::new(smtp::Smtp::new(config, uri.expose()).await?))
        } else {
            Mail::Nowhere
        };
        let sms = match courier.channels.iter().position(|channel| channel.id == "sms") {
            Some(index) => {
                let place = format!("courier.channels[{index}].request_config");
                Some(http::HttpChannel::new(&place, config, &courier.channels[index].request_config).await?)
            }
            None => None,
        };
        Ok(Self { mail, sms })
    }

    /// Says whether the way for mails is open: connects to a mail server and signs in, but sends nothing.
    ///
    /// # Errors
    /// Why it is not.
    pub async fn test(&self) -> Result<String, String> {
        match &self.mail {
            Mail::Folder(folder) => Ok(format!("mails are written to {}", folder.display())),
            Mail::Smtp(smtp) => smtp.test().await.map(|()| "the mail server answers and lets us in".to_owned()),
            Mail::Http(_) => Ok("mails leave by HTTP; the service was not called".to_owned()),
            Mail::Nowhere => {
                Err("neither courier.smtp.connection_uri nor nexus.mailbox_dir is set, so mails stay in the queue"
                    .into())
            }
        }
    }

    /// Delivers one message.
    ///
    /// # Errors
    /// A [`Failure`] that says whether to try again.
    pub(super) async fn deliver(&self, config: &Config, stored: &StoredMessage) -> Result<(), Failure> {
        if stored.message.kind == "sms" {
            return match &self.sms {
                Some(channel) => channel.deliver(stored).await,
                None => Err(Failure::new(
                    FailureKind::Final,
                    "courier.channels: no channel has the id `sms`, so text messages cannot be sent",
                )),
            };
        }
        match &self.mail {
            Mail::Folder(folder) => mailbox::deliver(config, folder, stored).await,
            Mail::Smtp(smtp) => smtp.deliver(config, stored).await,
            Mail::Http(channel) => channel.deliver(stored).await,
            Mail::Nowhere => Err(Failure::new(
                FailureKind::Outage,
                "neither courier.smtp.connection_uri nor nexus.mailbox_dir is set",
            )),
        }
    }
}
