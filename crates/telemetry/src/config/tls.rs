//! What TLS is spoken with.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Certificates out of files, already read and checked. Shows paths only.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsFiles {
    /// Whom to trust, in the place of the platform's roots.
    pub(crate) roots: Option<Roots>,
    /// What to show to a collector that wants to know who sends.
    pub(crate) client: Option<ClientIdentity>,
}

/// Certificates of authorities.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Roots {
    file: PathBuf,
    certificates: Vec<CertificateDer<'static>>,
}

/// A client's certificates and its key.
pub(crate) struct ClientIdentity {
    chain_file: PathBuf,
    key_file: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Roots {
    pub(crate) const fn new(file: PathBuf, certificates: Vec<CertificateDer<'static>>) -> Self {
        Self { file, certificates }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }
}

impl ClientIdentity {
    pub(crate) fn new(
        (chain_file, chain): (PathBuf, Vec<CertificateDer<'static>>),
        (key_file, key): (PathBuf, PrivateKeyDer<'static>),
    ) -> Self {
        Self { chain_file, key_file, chain, key }
    }

    pub(crate) fn chain_file(&self) -> &Path {
        &self.chain_file
    }

    pub(crate) fn key_file(&self) -> &Path {
        &self.key_file
    }

    /// The client's own certificate first.
    pub(crate) fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    pub(crate) const fn key(&self) -> &PrivateKeyDer<'static> {
        &self.key
    }
}

impl Clone for ClientIdentity {
    fn clone(&self) -> Self {
        Self {
            chain_file: self.chain_file.clone(),
            key_file: self.key_file.clone(),
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Roots").field(&self.file).finish()
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity")
            .field("chain_file", &self.chain_file)
            .field("key_file", &self.key_file)
            .finish_non_exhaustive()
    }
}
