//! What is counted outside the records of calls.

use tower_genai_core::{Role, SelfCheck};
use tower_genai_scrape::{Encoder, Family, Samples};

use super::Callbacks;
use crate::names::litellm as names;

static FAMILIES: [Family; 2] = [
    Family::counter(
        names::CALLBACK_LOGGING_FAILURES,
        "What those that calls are told to have lost.",
        &["callback_name"],
    ),
    Family::gauge(names::IN_FLIGHT_REQUESTS, "Calls that have not ended yet.", &[]),
];

pub(crate) fn families() -> &'static [Family] {
    &FAMILIES
}

pub(crate) fn collect(encoder: &mut Encoder<'_>, callbacks: &Callbacks, check: &SelfCheck) {
    let [failures, in_flight] = &FAMILIES;
    if encoder.declares(failures) {
        collect_failures(&mut encoder.family(failures), callbacks, check);
    }
    if encoder.declares(in_flight) {
        let calls = check.in_flight(Role::Server) + check.in_flight(Role::Client);
        encoder.family(in_flight).value(&[], calls);
    }
}

fn collect_failures(samples: &mut Samples<'_>, callbacks: &Callbacks, check: &SelfCheck) {
    let panics = check.panics();
    let counts = callbacks.counts();
    for (name, count) in panics.iter().filter(|(name, _)| !counts.iter().any(|(known, _)| known == name)) {
        samples.value(&[name], *count);
    }
    for (name, count) in counts {
        let panics = panics.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count);
        samples.value(&[name], count + panics);
    }
}
