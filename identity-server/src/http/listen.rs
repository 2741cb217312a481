//! A port: plain, or with TLS whose certificate can be renewed while it serves.

use crate::config::{Listener as Settings, Tls, TlsSource};
use anyhow::{Context as _, bail};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a client may take for its TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many finished handshakes may wait to be served.
const WAITING: usize = 256;
/// How many handshakes run at a time; more connections wait in the operating system's queue.
const HANDSHAKES: usize = 512;

/// Who connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

impl Connected<IncomingStream<'_, Port>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Port>) -> Self {
        *stream.remote_addr()
    }
}

/// An open port.
pub(super) enum Port {
    /// HTTP.
    Plain(TcpListener),
    /// HTTPS; handshakes run beside each other, so that a slow client holds up nobody.
    Tls(mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>, SocketAddr),
}

/// A connection.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Port {
    /// Opens the port; with TLS also gives the certificate, for renewal.
    pub(super) async fn open(key: &str, settings: &Settings) -> anyhow::Result<(Self, Option<Certificate>)> {
        let host = if settings.host.is_empty() { "0.0.0.0" } else { &settings.host };
        let port = settings.port;
        let mend = "is another server running there? Choose another port or stop it";
        let listener = TcpListener::bind((host.trim_matches(['[', ']']), port))
            .await
            .with_context(|| format!("{key}: cannot listen on {host}:{port}; {mend}"))?;
        let Some(tls) = &settings.tls else {
            return Ok((Self::Plain(listener), None));
        };
        let certificate = Certificate::read(key, tls)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certificate.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let address = listener.local_addr()?;
        let (done, finished) = mpsc::channel(WAITING);
        tokio::spawn(handshakes(listener, TlsAcceptor::from(Arc::new(config)), done));
        Ok((Self::Tls(finished, address), Some(certificate)))
    }
}

async fn handshakes(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    done: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let places = Arc::new(tokio::sync::Semaphore::new(HANDSHAKES));
    while !done.is_closed() {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        // Retries by itself on errors that pass.
        let (stream, peer) = Listener::accept(&mut listener).await;
        let (acceptor, done) = (acceptor.clone(), done.clone());
        tokio::spawn(async move {
            let _place = place;
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => drop(done.send((stream, peer)).await),
                Ok(Err(error)) => tracing::debug!(%error, %peer, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
            }
        });
    }
}

impl Listener for Port {
    type Io = Stream;
    type Addr = Peer;

    async fn accept(&mut self) -> (Stream, Peer) {
        match self {
            Self::Plain(listener) => {
                let (stream, peer) = Listener::accept(listener).await;
                // Answers are small and must not wait for each other.
                drop(stream.set_nodelay(true));
                (Stream::Plain(stream), Peer(peer))
            }
            Self::Tls(finished, _) => match finished.recv().await {
                Some((stream, peer)) => {
                    drop(stream.get_ref().0.set_nodelay(true));
                    (Stream::Tls(Box::new(stream)), Peer(peer))
                }
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> std::io::Result<Peer> {
        match self {
            Self::Plain(listener) => listener.local_addr().map(Peer),
            Self::Tls(_, address) => Ok(Peer(*address)),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }
}

/// The certificate of a port, as it is now; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Certificate(Arc<RwLock<Arc<CertifiedKey>>>);

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Certificate {
    fn read(key: &str, tls: &Tls) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(RwLock::new(Arc::new(certified(key, tls)?)))))
    }

    /// Reads certificate and key again.
    pub(super) fn renew(&self, key: &str, tls: &Tls) -> anyhow::Result<()> {
        let fresh = Arc::new(certified(key, tls)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

/// Checks that a configured certificate and key can be used.
///
/// # Errors
/// Which of them cannot be read, or that they do not belong together.
pub fn check_certificate(key: &str, tls: &Tls) -> anyhow::Result<()> {
    certified(key, tls).map(drop)
}

/// Checks that a configured certificate and key can be used.
///
/// # Errors
/// Which of them cannot be read, or that they do not belong together.
pub(super) fn certified(key: &str, tls: &Tls) -> anyhow::Result<CertifiedKey> {
    let pem = pem(&format!("{key}.tls.cert"), &tls.cert)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| anyhow::anyhow!("{key}.tls.cert: this is no PEM: {error}"))?;
    if chain.is_empty() {
        bail!("{key}.tls.cert: holds no certificate; expected PEM blocks that begin with -----BEGIN CERTIFICATE-----");
    }
    let pem = self::pem(&format!("{key}.tls.key"), &tls.key)?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        anyhow::anyhow!("{key}.tls.key: holds no private key; expected a PEM block such as -----BEGIN PRIVATE KEY-----")
    })?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, private, &provider)
        .map_err(|error| anyhow::anyhow!("{key}.tls: certificate and key cannot be used together: {error}"))
}

fn pem(key: &str, source: &TlsSource) -> anyhow::Result<Vec<u8>> {
    use base64::Engine as _;
    match (&source.path, &source.base64) {
        (Some(path), _) => std::fs::read(path).with_context(|| format!("{key}.path: cannot read {}", path.display())),
        (None, Some(text)) => base64::engine::general_purpose::STANDARD
            .decode(text.expose().trim())
            .map_err(|_| anyhow::anyhow!("{key}.base64: this is no base64")),
        (None, None) => bail!("{key}: needs `path` or `base64`"),
    }
}
