//! What became of a call, and whose fault it was.

use std::borrow::Cow;

use compact_str::CompactString;
use http::StatusCode;

use crate::end::{End, ErrorOrigin, Failure, Outcome};

/// An error as someone who knows it describes it: short words of low cardinality, never a message.
///
/// Tell it to the call with [`CallHandle::fail`](crate::CallHandle::fail).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: Cow<'static, str>,
    origin: ErrorOrigin,
}

impl Fault {
    /// A fault with the value of `error.type` (`timeout`, `connect`, `tls`, ...) and the party it came from.
    pub fn new(kind: impl Into<Cow<'static, str>>, origin: ErrorOrigin) -> Self {
        Self { kind: kind.into(), origin }
    }

    /// The value of `error.type`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The party it came from.
    pub const fn origin(&self) -> ErrorOrigin {
        self.origin
    }
}

/// The judgement over an ended call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) error_type: Option<CompactString>,
    pub(crate) error_origin: Option<ErrorOrigin>,
}

impl Verdict {
    /// Judges by how the exchange ended, its status, the provider's error code and what somebody who knows said.
    pub(crate) fn of(
        end: End,
        status: Option<StatusCode>,
        provider_error: Option<&CompactString>,
        fault: Option<&Fault>,
    ) -> Self {
        let refused = status.is_some_and(|status| status.as_u16() >= 400);
        let outcome = match end {
            End::Dropped => Outcome::Dropped,
            End::Failed(_) => Outcome::Failed,
            End::Complete | End::Upgraded if refused || provider_error.is_some() || fault.is_some() => {
                Outcome::Failed
            }
            End::Complete | End::Upgraded => Outcome::Complete,
        };
        if outcome != Outcome::Failed {
            return Self { outcome, error_type: None, error_origin: None };
        }
        let own_word = match end {
            End::Failed(Failure::Body) => "truncated",
            End::Failed(Failure::Panic) => "panic",
            _ => "_OTHER",
        };
        let error_type = fault
            .map(|fault| CompactString::from(fault.kind()))
            .or_else(|| provider_error.cloned())
            .or_else(|| status.filter(|_| refused).map(|status| CompactString::from(status.as_str())))
            .unwrap_or_else(|| CompactString::const_new(own_word));
        let origin = match (fault, end) {
            (Some(fault), _) => fault.origin,
            (None, End::Failed(Failure::Panic)) => ErrorOrigin::Proxy,
            (None, _) => ErrorOrigin::Upstream,
        };
        Self { outcome, error_type: Some(error_type), error_origin: Some(origin) }
    }
}
