//! What cannot be priced, and why.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use tower_genai_core::{CostStatus, Usage, Usd};
use tower_genai_cost::Entry;

fn entry() -> Entry {
    Entry::from_prices("m", [("input_cost_per_token", "1e-6"), ("output_cost_per_token", "2e-6")]).unwrap()
}

fn status(edit: impl FnOnce(&mut Usage)) -> Result<Usd, CostStatus> {
    let mut usage = Usage::new(100, 50);
    edit(&mut usage);
    entry().price(&usage, None).map(|cost| cost.total())
}

#[test]
fn parts_greater_than_their_total_are_refused() {
    let invalid = Err(CostStatus::InvalidUsage);
    assert_eq!(status(|usage| usage.cache_read = Some(101)), invalid);
    assert_eq!(status(|usage| usage.cache_write = Some(101)), invalid);
    assert_eq!(status(|usage| (usage.cache_read, usage.cache_write) = (Some(60), Some(60))), invalid);
    assert_eq!(status(|usage| usage.audio_input = Some(101)), invalid);
    assert_eq!(status(|usage| usage.reasoning = Some(51)), invalid);
    assert_eq!(status(|usage| (usage.reasoning, usage.audio_output) = (Some(30), Some(30))), invalid);
    assert_eq!(
        status(|usage| (usage.cache_write, usage.cache_write_1h) = (Some(10), Some(11))),
        invalid,
        "the hour's part is greater than what was written"
    );
    assert_eq!(status(|usage| usage.output = None), Ok("0.0001".parse().unwrap()));
    assert_eq!(status(|usage| (usage.output, usage.reasoning) = (None, Some(1))), invalid);
}

#[test]
fn absurd_counts_are_refused() {
    for count in [1_000_000_000_001, u64::MAX] {
        assert_eq!(status(|usage| usage.input = Some(count)), Err(CostStatus::InvalidUsage));
        assert_eq!(status(|usage| usage.cache_read = Some(count)), Err(CostStatus::InvalidUsage));
    }
    assert_eq!(status(|usage| usage.input = Some(1_000_000_000_000)), Ok("1000000.0001".parse().unwrap()));
}

#[test]
fn an_amount_that_would_be_rounded_is_refused() {
    // 28 digits hold each part, and not their sum.
    let prices = [("input_cost_per_token", "1e-28"), ("output_cost_per_token", "1000000")];
    let entry = Entry::from_prices("m", prices).unwrap();
    assert_eq!(entry.price(&Usage::new(1, 1), None), Err(CostStatus::InvalidUsage));
}

#[test]
fn no_counts_is_not_no_cost() {
    assert_eq!(entry().price(&Usage::default(), None), Err(CostStatus::NoUsage));
    assert_eq!(entry().price(&Usage::new(0, 0), None).unwrap().total(), Usd::ZERO);
}

#[test]
fn a_price_of_zero_is_a_price_and_none_is_not() {
    let free =
        Entry::from_prices("m", [("input_cost_per_token", "0"), ("output_cost_per_token", "0.0")]).unwrap();
    assert_eq!(free.price(&Usage::new(10, 10), None).unwrap().total(), Usd::ZERO);

    let input_only = Entry::from_prices("m", [("input_cost_per_token", "1e-6")]).unwrap();
    assert_eq!(input_only.price(&Usage::new(10, 10), None), Err(CostStatus::Unpriced));
    assert_eq!(input_only.price(&Usage::new(10, 0), None).unwrap().total().to_string(), "0.00001");

    let per_image = Entry::from_prices("m", [("output_cost_per_image", "0.04")]).unwrap();
    assert_eq!(per_image.price(&Usage::new(10, 0), None), Err(CostStatus::Unpriced));
}

#[test]
fn parts_without_a_price_cost_what_their_whole_costs() {
    let mut usage = Usage::new(100, 50).with_cache_read(10).with_cache_write(20).with_reasoning(30);
    (usage.cache_write_1h, usage.audio_input, usage.audio_output) = (Some(5), Some(40), Some(15));
    let cost = entry().price(&usage, None).unwrap();
    let parts = [
        cost.input,
        cost.cache_read,
        cost.cache_write,
        cost.audio_input,
        cost.output,
        cost.reasoning,
        cost.audio_output,
    ];
    assert_eq!(
        parts.map(|part| part.to_string()),
        ["0.00003", "0.00001", "0.00002", "0.00004", "0.00001", "0.00006", "0.00003"]
    );
    assert_eq!(cost.total().to_string(), "0.0002");

    // Writes for an hour cost what other writes cost.
    let prices = [("input_cost_per_token", "1e-6"), ("cache_creation_input_token_cost", "2e-6")];
    let entry = Entry::from_prices("m", prices).unwrap();
    let mut usage = Usage::new(10, 0).with_cache_write(10);
    usage.cache_write_1h = Some(4);
    assert_eq!(entry.price(&usage, None).unwrap().cache_write.to_string(), "0.00002");
}
