//! The ledger as an observer of calls.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

use std::sync::Arc;

use http::{Request, Response};
use tower_genai_core::{CallLayer, CallRecord, Caller, End, Observer, Upstream, Usage, UsageSource};
use tower_genai_cost::ledger::{Dimension, Spend, SpendLedger, SpendQuery, SpendReport};
use tower_genai_cost::{Catalogue, Entry, Pricing};

/// A token of `our-model` costs $0.00000015, on both sides.
fn pricing() -> Pricing {
    let prices = [("input_cost_per_token", "1.5e-7"), ("output_cost_per_token", "1.5e-7")];
    Pricing::builder(Catalogue::default())
        .override_price(Entry::from_prices("our-model", prices).unwrap())
        .build()
        .unwrap()
}

fn layer(ledger: &SpendLedger) -> CallLayer {
    CallLayer::client().with(ledger.clone()).with(pricing())
}

struct Call<'a> {
    path: &'a str,
    status: u16,
    asked: Option<&'a str>,
    served: Option<&'a str>,
    usage: Option<Usage>,
}

const CHAT: Call<'_> =
    Call { path: "/v1/chat/completions", status: 200, asked: None, served: Some("our-model"), usage: None };

fn run(layer: &CallLayer, caller: Caller, call: &Call<'_>) {
    let (mut head, ()) = Request::post(call.path).body(()).unwrap().into_parts();
    head.extensions.insert(caller);
    head.extensions.insert(Upstream::new().with_provider("us"));
    let mut guard = layer.open(&mut head);
    let handle = guard.handle().unwrap();
    if let Some(model) = call.asked {
        handle.set_request_model(model);
    }
    if let Some(model) = call.served {
        handle.set_response_model(model);
    }
    if let Some(usage) = call.usage {
        handle.set_usage(usage);
    }
    guard.on_head(&Response::builder().status(call.status).body(()).unwrap());
    guard.end(End::Complete);
}

fn report(ledger: &SpendLedger, by: Dimension) -> SpendReport {
    ledger.report(&SpendQuery::new().group_by(by)).unwrap()
}

fn rows(ledger: &SpendLedger, by: Dimension) -> Vec<(Option<String>, u64, String)> {
    let row = |value: Option<&str>, spend: &Spend| {
        (value.map(str::to_owned), spend.calls, spend.reported.cost.to_string())
    };
    report(ledger, by).groups().iter().map(|group| row(group.value(0), group.spend())).collect()
}

fn row(value: Option<&str>, calls: u64, cost: &str) -> (Option<String>, u64, String) {
    (value.map(str::to_owned), calls, cost.to_owned())
}

#[test]
fn what_callers_spend_is_told_apart() {
    let ledger = SpendLedger::new();
    let layer = layer(&ledger);
    let usage = Some(Usage::new(600, 400).with_cache_read(100).with_reasoning(50));
    let search = || Caller::new().with_key_alias("search-prod").with_team("search").with_user("svc");
    run(&layer, search(), &Call { usage, ..CHAT });
    run(&layer, search().with_tags(["batch", "nightly"]), &Call { usage, ..CHAT });
    run(&layer, Caller::new().with_team("chat"), &Call { usage: Some(Usage::new(1, 0)), ..CHAT });
    run(&layer, Caller::new(), &CHAT);
    run(&layer, Caller::new(), &Call { served: Some("no-such-model"), usage, ..CHAT });

    assert_eq!(
        rows(&ledger, Dimension::Team),
        [row(Some("search"), 2, "0.0003"), row(Some("chat"), 1, "0.00000015"), row(None, 2, "0"),]
    );
    assert_eq!(rows(&ledger, Dimension::KeyAlias)[1], row(None, 3, "0.00000015"));
    assert_eq!(rows(&ledger, Dimension::User)[0], row(Some("svc"), 2, "0.0003"));
    assert_eq!(rows(&ledger, Dimension::Provider), [row(Some("us"), 5, "0.00030015")]);
    assert_eq!(
        rows(&ledger, Dimension::Model),
        [row(Some("our-model"), 4, "0.00030015"), row(Some("no-such-model"), 1, "0"),]
    );
    assert_eq!(
        rows(&ledger, Dimension::Tag),
        [row(None, 4, "0.00015015"), row(Some("batch"), 1, "0.00015"), row(Some("nightly"), 1, "0.00015"),]
    );
    let report = report(&ledger, Dimension::Team);
    let (total, tokens) = (report.total(), report.total().reported.tokens);
    assert_eq!((total.priced_calls, total.unpriced_calls, total.no_usage_calls), (3, 1, 1));
    assert_eq!((tokens.input, tokens.output, tokens.cache_read, tokens.reasoning), (1_801, 1_200, 300, 150));
}

#[test]
fn a_name_nobody_answered_for_is_none() {
    let ledger = SpendLedger::new();
    let layer = layer(&ledger);
    for (status, asked, served) in [
        (404, Some("junk"), None),
        (200, Some("asked"), None),
        (200, Some("asked"), Some("served")),
        (500, None, None),
    ] {
        run(&layer, Caller::new(), &Call { status, asked, served, ..CHAT });
    }
    let models: Vec<_> = rows(&ledger, Dimension::Model).into_iter().map(|(model, ..)| model).collect();
    assert_eq!(models, [None, Some("asked".into()), Some("other".into()), Some("served".into())]);
}

#[test]
fn an_unknown_path_misses_no_usage() {
    let ledger = SpendLedger::new();
    let layer = layer(&ledger).gate(tower_genai_core::Gate::every_post());
    run(&layer, Caller::new(), &Call { path: "/v1/something/new", ..CHAT });
    let total = report(&ledger, Dimension::Model).total().clone();
    assert_eq!((total.calls, total.no_usage_calls), (1, 0));
}

#[test]
fn overlong_values_and_too_many_tags_become_other() {
    let ledger = SpendLedger::new();
    let layer = layer(&ledger);
    let tags = (0..20).map(|number| if number == 3 { "x".repeat(10_000) } else { format!("t{number:02}") });
    let caller = Caller::new().with_team("t".repeat(257)).with_user("u".repeat(256)).with_tags(tags);
    run(&layer, caller, &CHAT);
    assert_eq!(rows(&ledger, Dimension::Team), [row(Some("other"), 1, "0")]);
    assert_eq!(rows(&ledger, Dimension::User), [row(Some(&"u".repeat(256)), 1, "0")]);
    let tags = rows(&ledger, Dimension::Tag);
    assert_eq!((tags.len(), &tags[0]), (16, &row(Some("other"), 1, "0")));
    assert_eq!((ledger.folded(Dimension::Team), ledger.folded(Dimension::Tag)), (1, 5));
}

/// Counts with a tokenizer, so to speak.
struct Estimator;

impl Observer for Estimator {
    fn name(&self) -> &'static str {
        "estimator"
    }

    fn complete(&self, record: &mut CallRecord) {
        record.set_usage(Usage::new(2, 2), UsageSource::Estimated);
    }
}

#[test]
fn estimated_amounts_are_kept_apart() {
    let ledger = SpendLedger::new();
    let layer = layer(&ledger).with_shared(Arc::new(Estimator));
    run(&layer, Caller::new(), &CHAT);
    let total = report(&ledger, Dimension::Model).total().clone();
    assert_eq!(
        (total.reported.cost.to_string(), total.estimated().cost.to_string()),
        ("0".into(), "0.0000006".into())
    );
    assert_eq!((total.reported.tokens.input, total.estimated().tokens.input), (0, 2));
}

#[test]
fn a_million_calls_of_a_fraction_of_a_cent_are_exact() {
    let ledger = SpendLedger::new();
    let last = Arc::new(std::sync::Mutex::new(None));
    let layer = layer(&ledger).with_shared(Arc::new(Keep(last.clone())));
    run(&layer, Caller::new(), &Call { usage: Some(Usage::new(1, 0)), ..CHAT });
    let record = last.lock().unwrap().take().unwrap();
    for _ in 1..1_000_000 {
        ledger.on_end(&record);
    }
    assert_eq!(rows(&ledger, Dimension::Model), [row(Some("our-model"), 1_000_000, "0.15")]);
}

struct Keep(Arc<std::sync::Mutex<Option<CallRecord>>>);

impl Observer for Keep {
    fn name(&self) -> &'static str {
        "keep"
    }

    fn on_end(&self, record: &CallRecord) {
        *self.0.lock().unwrap() = Some(record.clone());
    }
}

#[test]
fn the_types_can_cross_threads() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<SpendLedger>();
    check::<SpendReport>();
}
