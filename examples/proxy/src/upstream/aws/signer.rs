use std::sync::Arc;
use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

use super::{CredentialSource, SignError};

/// Asks for the request to be signed; an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sign;

/// Headers that belong to a signature, beside `Authorization`.
const OF_A_SIGNATURE: [HeaderName; 3] = [
    HeaderName::from_static("x-amz-content-sha256"),
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-security-token"),
];

/// Signs requests to one service in one region.
#[derive(Debug)]
pub(crate) struct Signer {
    credentials: CredentialSource,
    region: Arc<str>,
    service: Arc<str>,
}

impl Signer {
    pub(crate) fn new(credentials: CredentialSource, region: Arc<str>, service: Arc<str>) -> Self {
        Self { credentials, region, service }
    }

    /// Signs a request, whose URI is absolute, in place of whoever signed it before.
    ///
    /// The host, the content type and AWS's own headers are signed. Others may still change on their way.
    pub(crate) async fn sign(&self, head: &mut Parts, body: &[u8]) -> Result<(), SignError> {
        let identity = self.credentials.get().await?.into();
        let refused = |error: Box<dyn std::error::Error + Send + Sync>| SignError::Request(error);
        remove_signature(&mut head.headers);

        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| refused(error.into()))?
            .into();
        let uri = head.uri.to_string();
        let headers = head.headers.iter().filter_map(|(name, value)| {
            let signed = *name == CONTENT_TYPE || name.as_str().starts_with("x-amz");
            signed.then_some((name.as_str(), value.to_str().ok()?))
        });
        let request = SignableRequest::new(head.method.as_str(), uri, headers, SignableBody::Bytes(body))
            .map_err(|error| refused(error.into()))?;
        let (instructions, _) = sign(request, &params).map_err(|error| refused(error.into()))?.into_parts();
        let (headers, _) = instructions.into_parts();
        for header in headers {
            let mut value = HeaderValue::from_str(header.value()).map_err(|error| refused(error.into()))?;
            value.set_sensitive(header.sensitive() || header.name().eq_ignore_ascii_case("authorization"));
            head.headers.insert(HeaderName::from_static(header.name()), value);
        }
        Ok(())
    }
}

/// Whether the request carries an AWS signature, which is no credential that anyone here could check.
pub(crate) fn is_signature(headers: &HeaderMap) -> bool {
    headers.get(AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"AWS4-"))
}

fn remove_signature(headers: &mut HeaderMap) {
    headers.remove(AUTHORIZATION);
    for name in &OF_A_SIGNATURE {
        headers.remove(name);
    }
}
