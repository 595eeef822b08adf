#![allow(clippy::disallowed_methods, reason = "this is the module that lists the names")]

use tower_genai_scrape::{Encoder, Family, Name, Source};
use tower_genai_sinks::{CallLog, DropReason};

use crate::price_file::PriceFileStats;

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

static PRICE_FILE_LOADS: [Family; 1] = [Family::counter(
    Name::new("tower_genai_price_file_loads_total"),
    "Times the price file was read, by whether its prices were taken over.",
    &["outcome"],
)];

/// Shows whether the price file can be used.
#[derive(Debug)]
pub(super) struct PriceFileSource(PriceFileStats);

impl PriceFileSource {
    pub(super) fn new(stats: PriceFileStats) -> Self {
        Self(stats)
    }
}

impl Source for PriceFileSource {
    fn families(&self) -> &[Family] {
        &PRICE_FILE_LOADS
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let mut loads = encoder.family(&PRICE_FILE_LOADS[0]);
        loads.value(&["loaded"], self.0.loaded());
        loads.value(&["refused"], self.0.refused());
    }
}
