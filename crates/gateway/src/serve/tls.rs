//! The API over TLS.

use crate::config::PemSource;
use anyhow::Context;
use axum::{Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Reads certificate chain and key.
pub(crate) fn config((cert, key): &(PemSource, PemSource)) -> anyhow::Result<Arc<ServerConfig>> {
    let text = |source: &PemSource, setting: &str| match source {
        PemSource::Path(path) => {
            std::fs::read(path).with_context(|| format!("cannot read {} ({setting})", path.display()))
        }
        PemSource::Inline(text) => Ok(text.clone().into_bytes()),
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text(cert, "serve.api.tls.cert")?).collect();
    let chain = chain.context("serve.api.tls.cert holds no certificates in PEM")?;
    let key = PrivateKeyDer::from_pem_slice(&text(key, "serve.api.tls.key")?)
        .context("serve.api.tls.key holds no private key in PEM")?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("certificate and key of serve.api.tls do not go together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Serves a router over TLS until the process ends.
pub(crate) async fn serve(listener: TcpListener, router: Router, config: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        let Ok((connection, client)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            let Ok(Ok(connection)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(connection)).await else { return };
            let router = router.layer(axum::Extension(ConnectInfo(client)));
            let service = TowerToHyperService::new(router);
            let builder = Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection_with_upgrades(TokioIo::new(connection), service).await;
        });
    }
}
