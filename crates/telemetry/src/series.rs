//! The counters as Prometheus sees them.
#![allow(clippy::disallowed_methods, reason = "this is the module that lists the names")]

use tower_genai_scrape::{Encoder, Family, Name, Source};

use crate::stats::{DropReason, ExportStats, FailureReason};

static FAMILIES: [Family; 3] = [
    Family::counter(
        Name::new("tower_genai_telemetry_exported_total"),
        "Items of telemetry that their destination has taken.",
        &["destination", "signal"],
    ),
    Family::counter(
        Name::new("tower_genai_telemetry_dropped_total"),
        "Items of telemetry that were lost.",
        &["destination", "signal", "reason"],
    ),
    Family::counter(
        Name::new("tower_genai_telemetry_export_failures_total"),
        "Attempts to export telemetry that failed; one batch may take several.",
        &["destination", "signal", "reason"],
    ),
];

impl Source for ExportStats {
    fn families(&self) -> &[Family] {
        &FAMILIES
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let [exported, dropped, failures] = &FAMILIES;
        let (destination, signal) = (Self::DESTINATION, Self::SIGNAL);
        encoder.family(exported).value(&[destination, signal], self.exported());
        let mut dropped = encoder.family(dropped);
        for reason in DropReason::ALL {
            dropped.value(&[destination, signal, reason.as_str()], self.dropped(*reason));
        }
        let mut failures = encoder.family(failures);
        for reason in FailureReason::ALL {
            failures.value(&[destination, signal, reason.as_str()], self.failures(*reason));
        }
    }
}
