//! The counters as Prometheus sees them.
#![allow(clippy::disallowed_methods, reason = "this is the module that lists the names")]

use tower_genai_scrape::{Encoder, Family, Name, Source};

use crate::stats::{DropReason, FailureReason, TelemetryStats};

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

impl Source for TelemetryStats {
    fn families(&self) -> &[Family] {
        &FAMILIES
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let [exported, dropped, failures] = &FAMILIES;
        let mut exported = encoder.family(exported);
        for stats in self.iter() {
            exported.value(&[stats.destination(), stats.signal().as_str()], stats.exported());
        }
        let mut dropped = encoder.family(dropped);
        for stats in self.iter() {
            for reason in DropReason::ALL {
                let labels = [stats.destination(), stats.signal().as_str(), reason.as_str()];
                dropped.value(&labels, stats.dropped(*reason));
            }
        }
        let mut failures = encoder.family(failures);
        for stats in self.iter() {
            for reason in FailureReason::ALL {
                let labels = [stats.destination(), stats.signal().as_str(), reason.as_str()];
                failures.value(&labels, stats.failures(*reason));
            }
        }
    }
}
