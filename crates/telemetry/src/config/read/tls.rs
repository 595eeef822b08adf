//! Files of certificates and keys, read and checked.

use std::path::PathBuf;

use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::super::{ClientIdentity, Roots, TlsFiles};
use super::Reader;
use super::stated::Stated;
use super::variables::ExporterVariables;
use crate::env::Environment;

/// A file that has been read.
type File<T> = Stated<(PathBuf, T)>;

/// What the variables name; the client's certificate and its key may come from different ones.
pub(super) struct TlsParts {
    roots: Option<File<Vec<CertificateDer<'static>>>>,
    chain: Option<File<Vec<CertificateDer<'static>>>>,
    key: Option<File<PrivateKeyDer<'static>>>,
}

impl<E: Environment> Reader<'_, E> {
    pub(super) fn tls_parts(&mut self, names: &ExporterVariables) -> TlsParts {
        TlsParts {
            roots: self.parsed(names.certificate, authorities),
            chain: self.parsed(names.client_certificate, certificates),
            key: self.parsed(names.client_key, key),
        }
    }

    /// What counts for one signal; `None` when the parts do not fit.
    pub(super) fn tls(
        &mut self,
        section: &'static str,
        own: &TlsParts,
        general: &TlsParts,
    ) -> Option<TlsFiles> {
        let roots = own.roots.as_ref().or(general.roots.as_ref()).cloned();
        let roots = self.told((section, "certificate"), roots).map(|(file, roots)| Roots::new(file, roots));
        let chain = own.chain.as_ref().or(general.chain.as_ref());
        let key = own.key.as_ref().or(general.key.as_ref());
        let client = match (chain, key) {
            (None, None) => None,
            (Some(Stated { variable, .. }), None) => {
                self.fault(
                    variable,
                    "names a client's certificate, and no variable ending in CLIENT_KEY names its key",
                );
                return None;
            }
            (None, Some(Stated { variable, .. })) => {
                self.fault(
                    variable,
                    "names a client's key, and no variable ending in CLIENT_CERTIFICATE names its certificate",
                );
                return None;
            }
            (Some(chain), Some(key)) => Some(self.client(section, chain, key)?),
        };
        Some(TlsFiles { roots, client })
    }

    fn client(
        &mut self,
        section: &'static str,
        chain: &File<Vec<CertificateDer<'static>>>,
        key: &File<PrivateKeyDer<'static>>,
    ) -> Option<ClientIdentity> {
        let provider = ring::default_provider();
        let (certificates, secret) = (chain.value.1.clone(), key.value.1.clone_key());
        if CertifiedKey::from_der(certificates, secret, &provider).is_err() {
            let (path, other) = (key.value.0.display(), chain.variable);
            let problem = format!("names a key that does not fit the certificate of {other}, `{path}`");
            self.fault(key.variable, problem);
            return None;
        }
        self.origins.set_variable((section, "client certificate"), chain.variable);
        self.origins.set_variable((section, "client key"), key.variable);
        let (key_file, secret) = &key.value;
        Some(ClientIdentity::new(chain.value.clone(), (key_file.clone(), secret.clone_key())))
    }
}

fn authorities(path: &str) -> Result<(PathBuf, Vec<CertificateDer<'static>>), String> {
    let (path, certificates) = certificates(path)?;
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.iter().enumerate() {
        roots.add(certificate.clone()).map_err(|_| {
            let (number, path) = (index + 1, path.display());
            format!("names a file with a certificate that cannot be used, number {number} in `{path}`")
        })?;
    }
    Ok((path, certificates))
}

fn certificates(path: &str) -> Result<(PathBuf, Vec<CertificateDer<'static>>), String> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| problem(path, &error, "certificate"))?;
    if certificates.is_empty() {
        return Err(problem(path, &pem::Error::NoItemsFound, "certificate"));
    }
    Ok((path.into(), certificates))
}

fn key(path: &str) -> Result<(PathBuf, PrivateKeyDer<'static>), String> {
    let key = PrivateKeyDer::from_pem_file(path)
        .map_err(|error| problem(path, &error, "key without a passphrase"))?;
    Ok((path.into(), key))
}

/// Never what is in the file: a part of it may be a key.
fn problem(path: &str, error: &pem::Error, wanted: &str) -> String {
    match error {
        pem::Error::Io(error) => format!("names a file that cannot be read, `{path}`: {error}"),
        pem::Error::NoItemsFound => format!("names a file that holds no {wanted} in PEM format, `{path}`"),
        _ => format!("names a file that is not in PEM format, `{path}`"),
    }
}
