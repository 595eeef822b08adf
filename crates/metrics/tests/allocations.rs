//! Recording a call whose series are known allocates nothing.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use std::alloc::System;
use std::sync::{Arc, Mutex};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::{Bench, Reply, chat, ms};
use tower_genai_core::{CallRecord, Caller, Head, Observer, Profile, Role, SpanRef, Watch};
use tower_genai_metrics::{Metrics, Naming};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Keeps the records, and marks the calls as sampled.
#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Vec<CallRecord>>>);

impl Observer for Keep {
    fn name(&self) -> &'static str {
        "keep"
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        head.call()?.set_span(SpanRef { trace_id: [7; 16], span_id: [7; 8], sampled: true });
        None
    }

    fn on_end(&self, record: &CallRecord) {
        self.0.lock().unwrap().push(record.clone());
    }
}

#[test]
fn a_call_whose_series_are_known_allocates_nothing() {
    let plain = Metrics::new();
    let everything = Metrics::builder()
        .naming(Naming::Both)
        .profile(Profile::Both)
        .chunk_timing(true)
        .exemplars(true)
        .native_histograms(true)
        .build()
        .unwrap();
    let keep = Keep::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let bench = Bench::with(everything.clone());
        let layer = bench.layer(Role::Client).with(keep.clone());
        let uri = "https://api.openai.com/v1/chat/completions";
        let ask = || {
            let mut request = chat(uri, r#"{"model":"m"}"#);
            request.extensions_mut().insert(Caller::new().with_key_alias("prod").with_team("search"));
            request
        };
        let whole = r#"{"model":"m","usage":{"prompt_tokens":9,"completion_tokens":4}}"#;
        bench.send(&layer, ask(), Reply::json(200, whole)).await;
        bench.send(&layer, ask(), Reply::json(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#)).await;
        let output = "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";
        let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n";
        let reply = Reply::events().data(ms(80), output).data(ms(20), output).data(ms(0), usage);
        bench.send(&layer, ask(), reply.data(ms(0), "data: [DONE]\n\n")).await;
    });
    let records = keep.0.lock().unwrap().clone();
    assert_eq!(records.len(), 3);
    assert!(records[2].chunk_times().is_some());
    for metrics in [plain, everything] {
        let observer = metrics.observer();
        let record_all = || records.iter().for_each(|record| observer.on_end(record));
        // The first makes the series; memory of the maps that they have outgrown is freed a little later.
        (0..100).for_each(|_| record_all());
        let region = Region::new(ALLOCATOR);
        (0..100).for_each(|_| record_all());
        let change = region.change();
        assert_eq!((change.allocations, change.reallocations), (0, 0));
    }
    // And the counter counts.
    let region = Region::new(ALLOCATOR);
    drop(Box::new(records.len()));
    assert!(region.change().allocations > 0);
}
