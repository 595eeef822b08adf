//! Series about the observing itself.

use tower_genai_core::{Outcome, Role, SelfCheck};
use tower_genai_scrape::{Encoder, Family};

use crate::names::{self, label};
use crate::series::Census;

pub(crate) static FAMILIES: [Family; 8] = [
    Family::counter(names::CALLS_OPENED, "Model calls whose observation began.", &[label::ROLE]),
    Family::gauge(names::CALLS_IN_FLIGHT, "Model calls that have not ended yet.", &[label::ROLE]),
    Family::counter(
        names::CALLS_RECORDED,
        "Model calls that were recorded; opened less recorded less in flight is zero.",
        &[label::ROLE, label::OUTCOME],
    ),
    Family::counter(names::OBSERVER_PANICS, "Panics of observers, caught.", &[label::OBSERVER]),
    Family::counter(
        names::LABEL_VALUES_FOLDED,
        "Label values shown as `other`.",
        &[label::METRIC, label::LABEL],
    ),
    Family::gauge(names::SERIES, "Label sets in use.", &[label::METRIC]),
    Family::gauge(
        names::SERIES_BUDGET,
        "Label sets that may be in use before values are folded.",
        &[label::METRIC],
    ),
    Family::gauge(names::BUILD_INFO, "Which build this is.", &[label::VERSION, label::REVISION]),
];

pub(crate) fn collect<'c>(
    encoder: &mut Encoder<'_>,
    check: &SelfCheck,
    censuses: &[&'c (dyn Census + 'c)],
    revision: &str,
) {
    let [opened, in_flight, recorded, panics, folded, series, budget, build] = &FAMILIES;
    let roles = [Role::Server, Role::Client];
    let outcomes = [Outcome::Complete, Outcome::Failed, Outcome::Dropped];
    // Read in this order, no page shows more calls recorded than opened.
    let recorded_calls = roles.map(|role| outcomes.map(|outcome| check.recorded(role, outcome)));
    let calls_in_flight = roles.map(|role| check.in_flight(role));

    let mut samples = encoder.family(opened);
    for role in roles {
        samples.value(&[role.as_str()], check.opened(role));
    }
    let mut samples = encoder.family(in_flight);
    for (role, calls) in roles.iter().zip(calls_in_flight) {
        samples.value(&[role.as_str()], calls);
    }
    let mut samples = encoder.family(recorded);
    for (role, calls) in roles.iter().zip(recorded_calls) {
        for (outcome, calls) in outcomes.iter().zip(calls) {
            samples.value(&[role.as_str(), outcome.as_str()], calls);
        }
    }
    let mut samples = encoder.family(panics);
    for (observer, count) in check.panics() {
        samples.value(&[observer], count);
    }

    let mut samples = encoder.family(folded);
    for census in censuses {
        census.folded(&mut |label, count| {
            if count > 0 {
                samples.value(&[census.metric(), label], count);
            }
        });
    }
    let mut samples = encoder.family(series);
    for census in censuses {
        samples.value(&[census.metric()], census.size() as u64);
    }
    let mut samples = encoder.family(budget);
    for census in censuses {
        samples.value(&[census.metric()], census.budget() as u64);
    }

    encoder.family(build).value(&[env!("CARGO_PKG_VERSION"), revision], 1);
}
