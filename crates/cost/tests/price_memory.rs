//! What the catalogue and the price of a call take of memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::alloc::System;
use std::time::SystemTime;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_genai_core::{Billing, Usage};
use tower_genai_cost::{Catalogue, Consumption, Pricing};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn the_catalogue_is_small_and_a_warm_price_allocates_nothing() {
    let region = Region::new(ALLOCATOR);
    let catalogue = Catalogue::embedded();
    let change = region.change();
    let resident = change.bytes_allocated - change.bytes_deallocated;
    assert!(resident < 10_000_000, "{resident} bytes");

    let pricing = Pricing::new(catalogue);
    let usage = Usage::new(1_234, 321).with_cache_read(1_000).with_reasoning(20);
    let mut billing = Billing::default();
    billing.tools.web_search = Some(2);
    let call = Consumption::new(&usage).at(SystemTime::now()).with_billing(&billing);
    let price = |provider, model| pricing.price_of(Some(provider), &[model, "asked-for"], &call).unwrap();
    for (provider, model, allowed) in [
        ("openai", "gpt-4o-mini-2024-07-18", 0),
        ("openai", "gpt-4o-mini-2099-07-18", 0),
        ("anthropic", "claude-sonnet-4-5", 0),
        ("gcp.gemini", "gemini-2.5-pro", 0),
        // The name of an entry is put together where only the vendor is known.
        ("openrouter", "anthropic/claude-sonnet-4.5", 1),
    ] {
        price(provider, model);
        let region = Region::new(ALLOCATOR);
        for _ in 0..100 {
            price(provider, model);
        }
        let allocations = region.change().allocations;
        assert!(allocations <= 100 * allowed, "{model}: {allocations} allocations in 100 calls");
    }
}
