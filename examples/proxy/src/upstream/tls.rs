//! Whom we trust.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, crypto};

/// The platform's certificate authorities, loaded when the first upstream with TLS needs them.
#[derive(Debug, Default)]
pub(crate) struct Roots(OnceLock<Arc<RootCertStore>>);

impl Roots {
    fn platform(&self) -> &Arc<RootCertStore> {
        self.0.get_or_init(|| {
            let found = rustls_native_certs::load_native_certs();
            let mut store = RootCertStore::empty();
            let (used, unreadable) = store.add_parsable_certificates(found.certs);
            for error in &found.errors {
                tracing::warn!(%error, "a part of the platform's certificate authorities cannot be read");
            }
            if used == 0 {
                tracing::warn!(
                    unreadable,
                    "the platform has no certificate authorities; install ca-certificates or name a ca_file"
                );
            }
            Arc::new(store)
        })
    }

    /// TLS that trusts the platform's authorities and those in `extra`.
    ///
    /// # Errors
    ///
    /// When `extra` holds something that is no certificate.
    pub(super) fn client_config(
        &self,
        extra: &[CertificateDer<'static>],
    ) -> Result<ClientConfig, rustls::Error> {
        let mut roots = Arc::clone(self.platform());
        if !extra.is_empty() {
            let store = Arc::make_mut(&mut roots);
            for certificate in extra {
                store.add(certificate.clone())?;
            }
        }
        Ok(ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }
}
