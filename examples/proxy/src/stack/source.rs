#![allow(clippy::disallowed_methods, reason = "this is the module that lists the names")]

use tower_genai_scrape::{Encoder, Family, Name, Source};
use tower_genai_sinks::{CallLog, DropReason};

static DROPPED: [Family; 1] = [Family::counter(
    Name::new("tower_genai_call_log_dropped_total"),
    "Lines that are not in the call log.",
    &["reason"],
)];

/// Shows what the call log has lost.
#[derive(Debug)]
pub(super) struct CallLogSource(CallLog);

impl CallLogSource {
    pub(super) fn new(log: CallLog) -> Self {
        Self(log)
    }
}

impl Source for CallLogSource {
    fn families(&self) -> &[Family] {
        &DROPPED
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let mut dropped = encoder.family(&DROPPED[0]);
        for reason in DropReason::ALL {
            dropped.value(&[reason.as_str()], self.0.dropped(reason));
        }
    }
}
