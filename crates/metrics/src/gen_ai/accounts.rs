use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use tower_genai_core::{CallRecord, CostStatus, Operation, Outcome, Role, Usage, UsageSource};
use tower_genai_scrape::{Encoder, Family, Value};

use super::labels::Labels;
use crate::names::{self, label};
use crate::series::{Census, Key, Money, OpenLabel, Reserved, SeriesMap};

pub(super) static FAMILIES: [Family; 4] = [
    Family::counter(
        names::CALLS,
        "Calls that have ended, by what became of them.",
        &[
            label::OPERATION,
            label::PROVIDER,
            label::REQUEST_MODEL,
            label::RESPONSE_MODEL,
            label::KEY_ALIAS,
            label::TEAM,
            label::USER,
            label::OUTCOME,
            label::ERROR_TYPE,
            label::ROLE,
        ],
    ),
    Family::counter(
        names::TOKENS,
        "Tokens used. Cached and audio tokens are parts of input, reasoning and audio tokens of output.",
        &[
            label::OPERATION,
            label::PROVIDER,
            label::REQUEST_MODEL,
            label::RESPONSE_MODEL,
            label::KEY_ALIAS,
            label::TEAM,
            label::USER,
            label::TOKEN_TYPE,
            label::USAGE_SOURCE,
            label::ROLE,
        ],
    ),
    Family::counter(
        names::COST,
        "What calls cost in US dollars, summed exactly.",
        &[
            label::OPERATION,
            label::PROVIDER,
            label::REQUEST_MODEL,
            label::RESPONSE_MODEL,
            label::KEY_ALIAS,
            label::TEAM,
            label::USER,
            label::USAGE_SOURCE,
            label::ROLE,
        ],
    )
    .with_unit("usd"),
    Family::counter(
        names::COST_CALLS,
        "Calls by whether they could be priced.",
        &[label::COST_STATUS, label::PROVIDER, label::RESPONSE_MODEL],
    ),
];

/// The counters of calls: who used what.
pub(super) struct Accounts {
    calls: SeriesMap<(Operation, Role, Outcome), AtomicU64, 7>,
    usage: SeriesMap<(Operation, Role, UsageSource), UsageSeries, 6>,
    priced: SeriesMap<CostStatus, AtomicU64, 2>,
}

/// What one account has used.
#[derive(Default)]
struct UsageSeries {
    tokens: [AtomicU64; TOKEN_TYPES.len()],
    cost: Money,
    /// Whether anything was priced: a price of nothing is a price.
    has_cost: AtomicBool,
}

const TOKEN_TYPES: [&str; 7] =
    ["input", "output", "cache_read", "cache_write", "reasoning", "audio_input", "audio_output"];

/// The counts in the order of [`TOKEN_TYPES`].
const fn tokens(usage: &Usage) -> [Option<u64>; TOKEN_TYPES.len()] {
    [
        usage.input,
        usage.output,
        usage.cache_read,
        usage.cache_write,
        usage.reasoning,
        usage.audio_input,
        usage.audio_output,
    ]
}

impl Accounts {
    pub(super) fn new(budget: usize) -> Self {
        use OpenLabel::{ErrorType, KeyAlias, Provider, RequestModel, ResponseModel, Team, User};
        let usage = [Provider, RequestModel, ResponseModel, KeyAlias, Team, User];
        Self {
            calls: SeriesMap::new(
                &[names::CALLS],
                [Provider, RequestModel, ResponseModel, KeyAlias, Team, User, ErrorType],
                budget,
            ),
            usage: SeriesMap::new(&[names::TOKENS, names::COST], usage, budget),
            priced: SeriesMap::new(&[names::COST_CALLS], [Provider, ResponseModel], budget),
        }
    }

    /// Counts a value that became `other` before it came here. It is told once, for the metric that all calls enter.
    pub(super) fn count_folded(&self, label: OpenLabel) {
        self.calls.count_folded(label);
    }

    pub(super) fn record(&self, record: &CallRecord, labels: &Labels<'_>, reserved: &Reserved) {
        let Labels { provider, request_model, response_model, error_type } = *labels;
        let caller = record.caller();
        let [key_alias, team, user] =
            [caller.key_alias(), caller.team(), caller.user()].map(Option::unwrap_or_default);
        let (operation, role) = (record.operation(), record.role());

        let closed = (operation, role, record.outcome());
        let open = [provider, request_model, response_model, key_alias, team, user, error_type];
        self.calls.with(
            Key { closed, open },
            reserved,
            |_| AtomicU64::default(),
            |calls| calls.fetch_add(1, Relaxed),
        );

        if !record.usage().is_empty() || record.cost().is_some() {
            let closed = (operation, role, record.usage_source());
            let open = [provider, request_model, response_model, key_alias, team, user];
            self.usage.with(
                Key { closed, open },
                reserved,
                |_| UsageSeries::default(),
                |series| series.add(record),
            );
        }
        // A call that nobody recognised is not expected to tell its usage.
        let unread = operation == Operation::Unknown && record.cost_status() == Some(CostStatus::NoUsage);
        if let Some(closed) = record.cost_status().filter(|_| !unread) {
            let key = Key { closed, open: [provider, response_model] };
            self.priced.with(key, reserved, |_| AtomicU64::default(), |calls| calls.fetch_add(1, Relaxed));
        }
    }

    pub(super) fn collect(&self, encoder: &mut Encoder<'_>) {
        let [calls, tokens, cost, cost_calls] = &FAMILIES;
        let mut samples = encoder.family(calls);
        self.calls.show(|sets| {
            for (key, count) in sets {
                let (operation, role, outcome) = key.closed;
                let [provider, request, response, alias, team, user, error] = key.open();
                let (operation, role, outcome) = (operation.as_str(), role.as_str(), outcome.as_str());
                samples.value(
                    &[operation, provider, request, response, alias, team, user, outcome, error, role],
                    count.load(Relaxed),
                );
            }
        });
        self.usage.show(|sets| {
            let mut samples = encoder.family(tokens);
            for (key, series) in sets {
                let (operation, role, source) = key.closed;
                let [provider, request, response, alias, team, user] = key.open();
                let (operation, role, source) = (operation.as_str(), role.as_str(), source.as_str());
                for (token_type, count) in TOKEN_TYPES.iter().zip(&series.tokens) {
                    let count = count.load(Relaxed);
                    if count > 0 {
                        samples.value(
                            &[
                                operation, provider, request, response, alias, team, user, token_type,
                                source, role,
                            ],
                            count,
                        );
                    }
                }
            }
            let mut samples = encoder.family(cost);
            for (key, series) in sets.iter().filter(|(_, series)| series.has_cost.load(Relaxed)) {
                let (operation, role, source) = key.closed;
                let [provider, request, response, alias, team, user] = key.open();
                samples.value(
                    &[
                        operation.as_str(),
                        provider,
                        request,
                        response,
                        alias,
                        team,
                        user,
                        source.as_str(),
                        role.as_str(),
                    ],
                    Value::Decimal(&series.cost.text()),
                );
            }
        });
        let mut samples = encoder.family(cost_calls);
        self.priced.show(|sets| {
            for (key, count) in sets {
                let [provider, response] = key.open();
                samples.value(&[key.closed.as_str(), provider, response], count.load(Relaxed));
            }
        });
    }

    pub(super) fn censuses(&self) -> [&dyn Census; 3] {
        [&self.calls, &self.usage, &self.priced]
    }
}

impl UsageSeries {
    fn add(&self, record: &CallRecord) {
        for (tokens, count) in tokens(record.usage()).into_iter().zip(&self.tokens) {
            if let Some(tokens @ 1..) = tokens {
                count.fetch_add(tokens, Relaxed);
            }
        }
        if let Some(cost) = record.cost() {
            self.cost.add(cost.total());
            self.has_cost.store(true, Relaxed);
        }
    }
}
