//! A mail server: SMTP with STARTTLS, implicit TLS, AUTH PLAIN and LOGIN, and client certificates. It keeps what it
//! accepts, and refuses when it is told to.

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A mail that was accepted.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: String,
    /// Headers and body as they came, dots undone.
    pub data: String,
    pub helo: String,
    pub tls: bool,
    pub user: Option<String>,
    pub client_certificate: bool,
}

impl Mail {
    /// Its text with quoted-printable undone.
    pub fn text(&self) -> String {
        let soft = self.data.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = soft.as_bytes();
        while let [first, tail @ ..] = rest {
            let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok()).filter(|_| *first == b'=');
            match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &tail[2..];
                }
                None => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.data.split("\r\n\r\n").next()?;
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

#[derive(Default)]
pub struct Options {
    /// TLS from the first byte.
    pub implicit_tls: bool,
    /// Nobody sends mail without having said STARTTLS.
    pub requires_tls: bool,
    /// Nobody sends mail without this name and password.
    pub login: Option<(&'static str, &'static str)>,
    /// Only who shows a certificate of this authority.
    pub client_authority: Option<CertificateDer<'static>>,
}

/// A running mail server.
pub struct MailServer {
    pub port: u16,
    /// The certificate of its authority, PEM.
    pub authority: String,
    mails: Arc<Mutex<Vec<Mail>>>,
    /// Answers to the next `RCPT`, before mails are accepted again.
    pub refusals: Arc<Mutex<VecDeque<&'static str>>>,
    pub down: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MailServer {
    pub async fn start(options: Options) -> Self {
        Self::start_on(0, options).await
    }

    pub async fn start_on(port: u16, options: Options) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
            .expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let builder = rustls::ServerConfig::builder();
        let builder = match &options.client_authority {
            Some(authority) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add(authority.clone()).expect("an authority");
                let verifier =
                    rustls::server::WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("a verifier");
                builder.with_client_cert_verifier(verifier)
            }
            None => builder.with_no_client_auth(),
        };
        let tls = builder.with_single_cert(vec![made.cert.der().clone()], key).expect("TLS");
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (mails, refusals, down) = (Arc::default(), Arc::default(), Arc::new(AtomicBool::new(false)));
        let shared =
            Shared { options: Arc::new(options), mails: Arc::clone(&mails), refusals: Arc::clone(&refusals), acceptor };
        let is_down = Arc::clone(&down);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = shared.clone();
                if is_down.load(Ordering::SeqCst) {
                    continue;
                }
                tokio::spawn(async move {
                    if shared.options.implicit_tls {
                        if let Ok(stream) = shared.acceptor.clone().accept(stream).await {
                            let certified = stream.get_ref().1.peer_certificates().is_some();
                            drop(talk(stream, &shared, true, certified).await);
                        }
                    } else if let Ok(Some(stream)) = talk(stream, &shared, false, false).await
                        && let Ok(stream) = shared.acceptor.clone().accept(stream).await
                    {
                        let certified = stream.get_ref().1.peer_certificates().is_some();
                        drop(talk(stream, &shared, true, certified).await);
                    }
                });
            }
        });
        Self { port, authority: made.cert.pem(), mails, refusals, down, task }
    }

    /// What was accepted so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[derive(Clone)]
struct Shared {
    options: Arc<Options>,
    mails: Arc<Mutex<Vec<Mail>>>,
    refusals: Arc<Mutex<VecDeque<&'static str>>>,
    acceptor: TlsAcceptor,
}

/// Talks until QUIT; gives the stream back at STARTTLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    shared: &Shared,
    tls: bool,
    client_certificate: bool,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if !tls || shared.options.implicit_tls {
        stream.write_all(b"220 localhost ESMTP\r\n").await?;
    }
    let (mut from, mut to, mut helo, mut user) = (String::new(), String::new(), String::new(), None);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let inside = |text: &str| text.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let blocked_by_tls = shared.options.requires_tls && !tls;
        let answer = match verb.as_str() {
            "EHLO" | "HELO" => {
                helo = line.get(5..).unwrap_or_default().to_owned();
                let starttls = if tls { "" } else { "250-STARTTLS\r\n" };
                format!("250-localhost\r\n{starttls}250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN")
            }
            "STARTTLS" if !tls => {
                stream.write_all(b"220 go ahead\r\n").await?;
                return Ok(Some(stream.into_inner()));
            }
            "AUTH" => {
                let given = authenticate(&mut stream, line).await?;
                let right = shared.options.login.is_none_or(|(name, password)| {
                    given.as_ref().is_some_and(|(user, word)| user == name && word == password)
                });
                user = given.map(|(user, _)| user).filter(|_| right);
                if right { "235 welcome".into() } else { "535 5.7.8 wrong name or password".into() }
            }
            "MAIL" if blocked_by_tls => "530 5.7.0 STARTTLS first".into(),
            "MAIL" if shared.options.login.is_some() && user.is_none() => "530 5.7.0 sign in first".into(),
            "MAIL" => {
                from = inside(line);
                "250 fine".into()
            }
            "RCPT" => match shared.refusals.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
                Some(refusal) => refusal.into(),
                None => {
                    to = inside(line);
                    "250 fine".into()
                }
            },
            "DATA" => {
                stream.write_all(b"354 end with a dot\r\n").await?;
                let data = data(&mut stream).await?;
                let mail = Mail {
                    from: from.clone(),
                    to: to.clone(),
                    data,
                    helo: helo.clone(),
                    tls,
                    user: user.clone(),
                    client_certificate,
                };
                shared.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                "250 taken".into()
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(None);
            }
            "RSET" | "NOOP" => "250 fine".into(),
            _ => "502 unknown".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await?;
        stream.write_all(b"\r\n").await?;
    }
}

async fn data<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.as_str() {
            ".\r\n" | "" => return Ok(data),
            line => data.push_str(line.strip_prefix('.').unwrap_or(line)),
        }
    }
}

/// PLAIN and LOGIN (RFC 4616 and its forerunner).
async fn authenticate<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    line: &str,
) -> std::io::Result<Option<(String, String)>> {
    use base64::Engine as _;
    let decode = |text: &str| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let mut words = line.split(' ').skip(1);
    match (words.next(), words.next()) {
        (Some("PLAIN"), Some(first)) => {
            let text = decode(first);
            let mut parts = text.split('\0').skip(1);
            Ok(parts.next().zip(parts.next()).map(|(user, word)| (user.to_owned(), word.to_owned())))
        }
        (Some("LOGIN"), _) => {
            let mut given = Vec::new();
            for question in ["334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"] {
                stream.write_all(question.as_bytes()).await?;
                let mut line = String::new();
                stream.read_line(&mut line).await?;
                given.push(decode(&line));
            }
            Ok(given.pop().zip(given.pop()).map(|(word, user)| (user, word)))
        }
        _ => Ok(None),
    }
}
