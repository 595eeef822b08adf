//! How connections are made.

use std::error::Error;
use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore};

use crate::config::{OtlpConfig, TlsFiles};
use crate::export::ExportError;

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    #[cfg(feature = "otlp-http")]
    Http1,
    #[cfg(feature = "otlp-grpc")]
    Http2,
}

/// # Errors
///
/// The endpoint needs TLS, and there are no roots to trust or the client's key does not fit its certificate.
pub(super) fn connector(
    config: &OtlpConfig,
    version: Version,
) -> Result<HttpsConnector<HttpConnector>, String> {
    let tls = tls(&config.tls, config.endpoint.is_https())?;
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    Ok(match version {
        #[cfg(feature = "otlp-http")]
        Version::Http1 => builder.enable_http1().wrap_connector(connector),
        #[cfg(feature = "otlp-grpc")]
        Version::Http2 => builder.enable_http2().wrap_connector(connector),
    })
}

fn tls(files: &TlsFiles, is_https: bool) -> Result<ClientConfig, String> {
    let roots = if is_https { roots(files)? } else { RootCertStore::empty() };
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    match &files.client {
        Some(client) if is_https => config
            .with_client_auth_cert(client.chain().to_vec(), client.key().clone_key())
            .map_err(|error| format!("the client's certificate cannot be used: {error}")),
        _ => Ok(config.with_no_client_auth()),
    }
}

fn roots(files: &TlsFiles) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    if let Some(roots) = &files.roots {
        for certificate in roots.certificates() {
            store.add(certificate.clone()).map_err(|error| {
                format!("{} holds a certificate that cannot be trusted: {error}", roots.file().display())
            })?;
        }
        return Ok(store);
    }
    let found = rustls_native_certs::load_native_certs();
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        let causes: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        return Err(format!("the platform has no root certificates to trust [{}]", causes.join("; ")));
    }
    Ok(store)
}

/// What a request that got no answer died of.
pub(super) fn failure(error: &(dyn Error + 'static)) -> ExportError {
    let mut cause = error;
    let mut connecting = false;
    loop {
        if let Some(error) = cause.downcast_ref::<hyper_util::client::legacy::Error>() {
            connecting = error.is_connect();
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    // What lies at the bottom: `connection refused`, not `client error (Connect)`.
    let text = match cause.downcast_ref::<std::io::Error>() {
        Some(error) if error.raw_os_error().is_some() => error.kind().to_string(),
        _ => cause.to_string(),
    };
    if connecting { ExportError::Connect(text) } else { ExportError::Transport(text) }
}
