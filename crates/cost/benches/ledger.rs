//! One call counted by the ledger: `cargo bench -p tower-genai-cost --bench ledger`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{Request, Response};
use tower_genai_core::{CallLayer, CallRecord, Caller, End, Observer, Upstream, Usage};
use tower_genai_cost::Pricing;
use tower_genai_cost::ledger::{Dimension, SpendLedger, SpendQuery};

struct Keep(Arc<Mutex<Option<CallRecord>>>);

impl Observer for Keep {
    fn name(&self) -> &'static str {
        "keep"
    }

    fn on_end(&self, record: &CallRecord) {
        *self.0.lock().unwrap() = Some(record.clone());
    }
}

fn record(layer: &CallLayer, kept: &Mutex<Option<CallRecord>>, user: usize) -> CallRecord {
    let (mut head, ()) = Request::post("/v1/chat/completions").body(()).unwrap().into_parts();
    let caller = Caller::new().with_key_alias("search-team-prod").with_team("search");
    head.extensions.insert(caller.with_user(format!("user-{user}@example.com")).with_tags(["nightly"]));
    head.extensions.insert(Upstream::new().with_provider("openai"));
    let mut guard = layer.open(&mut head);
    let handle = guard.handle().unwrap();
    handle.set_response_model("gpt-4o-mini-2024-07-18");
    handle.set_usage(Usage::new(1_234, 321).with_cache_read(1_000).with_reasoning(20));
    guard.on_head(&Response::builder().body(()).unwrap());
    guard.end(End::Complete);
    kept.lock().unwrap().take().unwrap()
}

fn count(criterion: &mut Criterion) {
    let kept = Arc::default();
    let layer = CallLayer::client().with(Pricing::embedded()).with(Keep(Arc::clone(&kept)));
    let records: Vec<_> = (0..10_000).map(|user| record(&layer, &kept, user)).collect();
    let ledger = SpendLedger::new();
    for record in &records {
        ledger.on_end(record);
    }
    // The last is dominated by the bench's own records, which are in no cache either.
    for busy in [1, 100, 10_000] {
        let mut at = 0;
        criterion.bench_function(&format!("count a call, 10,000 accounts, {busy} of them busy"), |bencher| {
            bencher.iter(|| {
                at = (at + 1) % busy;
                ledger.on_end(&records[at]);
            });
        });
    }
    criterion.bench_function("the sum of a cost's parts, which is in these", |bencher| {
        bencher.iter(|| records[0].cost().unwrap().total());
    });

    let records: Vec<_> = (0..50_000).map(|user| record(&layer, &kept, user)).collect();
    let ledger = SpendLedger::new();
    let mut at = 0;
    criterion.bench_function("count a call of a new account and fold another", |bencher| {
        bencher.iter(|| {
            at = (at + 1) % records.len();
            ledger.on_end(&records[at]);
        });
    });
    criterion.bench_function("report by user, full ledger", |bencher| {
        bencher.iter(|| ledger.report(&SpendQuery::new().group_by(Dimension::User)).unwrap());
    });
}

criterion_group!(benches, count);
criterion_main!(benches);
