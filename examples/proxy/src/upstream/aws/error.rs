use std::error::Error;
use std::fmt;

/// Why a request could not be signed.
#[derive(Debug)]
pub(crate) enum SignError {
    /// There are no credentials, or whoever has them did not say.
    Credentials(Box<dyn Error + Send + Sync>),
    /// The request has something that cannot be signed.
    Request(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credentials(_) => "no AWS credentials",
            Self::Request(_) => "the request cannot be signed",
        })
    }
}

impl Error for SignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Credentials(source) | Self::Request(source) => Some(&**source),
        }
    }
}
