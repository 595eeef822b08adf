//! Tells the record of a call what went wrong, where we know it and the bytes do not say it.

use std::fmt::Write as _;

use http::Extensions;
use tower_genai_core::{CallHandle, ErrorOrigin, Fault};

/// The call whose record is told; nothing when the exchange is no model call.
#[derive(Clone, Debug)]
pub(crate) struct Blame(Option<CallHandle>);

impl Blame {
    pub(crate) fn of(extensions: &Extensions) -> Self {
        Self(extensions.get::<CallHandle>().cloned())
    }

    pub(crate) fn put(&self, kind: &'static str, origin: ErrorOrigin) {
        if let Some(call) = &self.0 {
            call.fail(Fault::new(kind, origin));
        }
    }

    /// The trace the call belongs to, in hex, for the process log.
    pub(crate) fn trace_id(&self) -> Option<String> {
        let span = self.0.as_ref()?.span()?;
        let mut hex = String::with_capacity(32);
        for byte in span.trace_id {
            let _ = write!(hex, "{byte:02x}");
        }
        Some(hex)
    }
}
