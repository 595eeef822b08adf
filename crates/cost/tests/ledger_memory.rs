//! What a ledger allocates. Alone in its process: the counter counts everything.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

use std::alloc::System;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_genai_core::clock::Clock;
use tower_genai_core::{CallLayer, CallRecord, Caller, Cost, End, Observer, Upstream, Usage, Usd};
use tower_genai_cost::Pricing;
use tower_genai_cost::ledger::{Dimension, SpendLedger, SpendQuery};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

struct Keep(Arc<Mutex<Option<CallRecord>>>);

impl Observer for Keep {
    fn name(&self) -> &'static str {
        "keep"
    }

    fn on_end(&self, record: &CallRecord) {
        *self.0.lock().unwrap() = Some(record.clone());
    }
}

/// Every call costs the same: quicker than looking prices up.
struct Flat;

impl Observer for Flat {
    fn name(&self) -> &'static str {
        "flat"
    }

    fn enrich(&self, record: &mut CallRecord) {
        let mut cost = Cost::default();
        cost.input = Usd::from_parts(21, 6).unwrap();
        record.set_cost(cost);
    }
}

fn run(layer: &CallLayer, caller: Caller) {
    let (mut head, ()) = Request::post("/v1/chat/completions").body(()).unwrap().into_parts();
    head.extensions.insert(caller);
    head.extensions.insert(Upstream::new().with_provider("openai"));
    let mut guard = layer.open(&mut head);
    let handle = guard.handle().unwrap();
    handle.set_response_model("gpt-4o-mini");
    handle.set_usage(Usage::new(100, 10));
    guard.on_head(&Response::builder().body(()).unwrap());
    guard.end(End::Complete);
}

#[test]
fn a_warm_call_allocates_nothing_and_a_flood_of_users_stays_within_bounds() {
    let kept = Arc::default();
    let caller =
        Caller::new().with_key_alias("prod").with_team("search").with_user("svc").with_tags(["a", "b"]);
    run(&CallLayer::client().with(Pricing::embedded()).with(Keep(Arc::clone(&kept))), caller);
    let record = kept.lock().unwrap().take().unwrap();

    let (clock, mock) = Clock::mock();
    let ledger = SpendLedger::builder().clock(clock.clone()).build();
    ledger.on_end(&record);
    let region = Region::new(ALLOCATOR);
    (0..1_000).for_each(|_| ledger.on_end(&record));
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0));
    drop((record, ledger));

    // A flood over 7 days and some, so that there are buckets of time as well.
    let ledger = SpendLedger::builder().clock(clock).build();
    let layer = CallLayer::client().with(Flat).with(ledger.clone());
    run(&layer, Caller::new());
    let region = Region::new(ALLOCATOR);
    for user in 0..1_000_000 {
        run(&layer, Caller::new().with_team("search").with_user(format!("user-{user}@example.com")));
        mock.increment(std::time::Duration::from_secs(1));
    }
    let change = region.change();
    let held = change.bytes_allocated.saturating_sub(change.bytes_deallocated);
    assert!(ledger.accounts() <= SpendLedger::MAX_ACCOUNTS, "{} accounts", ledger.accounts());
    assert!(ledger.buckets() <= SpendLedger::MAX_BUCKETS, "{} buckets", ledger.buckets());
    println!("{} accounts, {} buckets, {held} bytes", ledger.accounts(), ledger.buckets());
    assert!(held < 28 << 20, "{held} bytes");

    let report = ledger.report(&SpendQuery::new().group_by(Dimension::Team)).unwrap();
    assert_eq!(report.total().calls, 1_000_001);
    assert_eq!(report.total().reported.cost.to_string(), "21.000021");
    assert_eq!(report.groups()[0].value(0), Some("search"));
    assert_eq!(report.groups()[0].spend().calls, 1_000_000);
    let told_apart = u64::try_from(ledger.accounts()).unwrap();
    assert!(report.folded(Dimension::User) >= 1_000_000 - told_apart);
}
