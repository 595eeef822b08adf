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

#[cfg(test)]
mod tests {
    use compact_str::CompactString;
    use http::StatusCode;

    use super::{Fault, Verdict};
    use crate::end::{End, ErrorOrigin, Failure, Outcome};

    fn verdict(
        end: End,
        status: Option<u16>,
        error: Option<&str>,
        fault: Option<&Fault>,
    ) -> (Outcome, Option<String>, Option<ErrorOrigin>) {
        let status = status.map(|status| StatusCode::from_u16(status).unwrap());
        let error = error.map(CompactString::from);
        let Verdict { outcome, error_type, error_origin } = Verdict::of(end, status, error.as_ref(), fault);
        (outcome, error_type.map(String::from), error_origin)
    }

    #[test]
    fn judgement_follows_the_end_the_status_and_the_codes() {
        let upstream = Some(ErrorOrigin::Upstream);
        let own = |word: &str| Some(word.to_owned());
        let timeout = Fault::new("timeout", ErrorOrigin::Upstream);
        let refusal = Fault::new("unauthorized", ErrorOrigin::Proxy);
        let body = End::Failed(Failure::Body);
        let table = [
            (verdict(End::Complete, Some(200), None, None), (Outcome::Complete, None, None)),
            (verdict(End::Upgraded, Some(101), None, None), (Outcome::Complete, None, None)),
            (verdict(End::Complete, Some(429), None, None), (Outcome::Failed, own("429"), upstream)),
            (
                verdict(End::Complete, Some(529), Some("overloaded_error"), None),
                (Outcome::Failed, own("overloaded_error"), upstream),
            ),
            (
                verdict(End::Complete, Some(200), Some("server_error"), None),
                (Outcome::Failed, own("server_error"), upstream),
            ),
            (
                verdict(End::Complete, Some(504), None, Some(&timeout)),
                (Outcome::Failed, own("timeout"), upstream),
            ),
            (
                verdict(End::Complete, Some(401), Some("x"), Some(&refusal)),
                (Outcome::Failed, own("unauthorized"), Some(ErrorOrigin::Proxy)),
            ),
            (verdict(body, Some(200), None, None), (Outcome::Failed, own("truncated"), upstream)),
            (verdict(body, Some(200), None, Some(&timeout)), (Outcome::Failed, own("timeout"), upstream)),
            (
                verdict(End::Failed(Failure::BeforeHead), None, None, None),
                (Outcome::Failed, own("_OTHER"), upstream),
            ),
            (
                verdict(End::Failed(Failure::Panic), None, None, None),
                (Outcome::Failed, own("panic"), Some(ErrorOrigin::Proxy)),
            ),
            (verdict(End::Dropped, None, None, None), (Outcome::Dropped, None, None)),
            (verdict(End::Dropped, Some(200), None, Some(&timeout)), (Outcome::Dropped, None, None)),
        ];
        for (index, (actual, expected)) in table.into_iter().enumerate() {
            assert_eq!(actual, expected, "row {index}");
        }
    }
}
