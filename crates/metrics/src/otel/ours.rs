//! What stands beside every naming.

use super::labels::{COST_STATUS, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, UPSTREAM};
use super::measures;
use crate::calls::{Kind, LabelId, Measure, Row, Table};
use crate::names::{self, label};

pub(super) static TABLE: Table = Table {
    rows: &[
        Row::new(
            names::COST_CALLS,
            "Calls by whether they could be priced.",
            &[COST_STATUS, PROVIDER, RESPONSE_MODEL],
            Kind::Counter(Measure::Count(measures::one_if_priced_or_not)),
        ),
        Row::new(
            names::RATE_LIMIT_REMAINING,
            "What an upstream's last reply for a model said is left of a limit.",
            &[UPSTREAM, REQUEST_MODEL, (LabelId::Part, label::KIND)],
            Kind::Gauge(Measure::Counts(measures::LIMITS, measures::limits)),
        ),
    ],
    missing: "",
};
