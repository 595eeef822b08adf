//! What holds for every model and every call.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use tower_genai_core::{Cost, CostStatus, Usage, Usd};
use tower_genai_cost::{Catalogue, Entry, ServiceTier};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::embedded);

static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let text = CATALOGUE.to_text();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
        .map(String::from)
        .collect()
});

/// The tokens of a call in parts that do not overlap: plain input, cached reads, writes, writes for an hour, audio
/// input, plain output, reasoning, audio output.
type Parts = [u64; 8];

/// How many of the parts are input.
const INPUT_PARTS: usize = 5;

fn usage([input, read, write, write_1h, audio_input, output, reasoning, audio_output]: Parts) -> Usage {
    let mut usage =
        Usage::new(input + read + write + write_1h + audio_input, output + reasoning + audio_output)
            .with_cache_read(read)
            .with_cache_write(write + write_1h)
            .with_reasoning(reasoning);
    usage.cache_write_1h = Some(write_1h);
    (usage.audio_input, usage.audio_output) = (Some(audio_input), Some(audio_output));
    usage
}

fn entry(index: Index) -> &'static Entry {
    CATALOGUE.get(index.get::<String>(&NAMES)).unwrap()
}

fn tier() -> impl Strategy<Value = Option<ServiceTier>> {
    select(vec![None, Some(ServiceTier::Flex), Some(ServiceTier::Priority), Some(ServiceTier::Batch)])
}

fn parts() -> impl Strategy<Value = Parts> {
    prop::array::uniform8(prop_oneof![Just(0), 0..100_u64, 0..300_000_u64])
}

/// The amount as a whole number of the smallest unit any price has.
fn units(amount: Usd) -> i128 {
    let (mantissa, scale) = amount.to_parts();
    mantissa * 10_i128.pow(28 - scale)
}

fn summed(cost: &Cost) -> i128 {
    cost.parts().iter().map(|(_, amount)| units(*amount)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_parts_sum_to_the_total(index: Index, tier in tier(), parts in parts()) {
        match entry(index).price(&usage(parts), tier) {
            Ok(cost) => prop_assert_eq!(summed(&cost), units(cost.total())),
            Err(status) => prop_assert_ne!(status, CostStatus::InvalidUsage),
        }
    }

    #[test]
    fn more_tokens_never_cost_less(
        index: Index, tier in tier(), parts in parts(), part in 0..8_usize, more in 1..1_000_u64,
    ) {
        let mut greater = parts;
        greater[part] += more;
        // Thresholds are whole thousands of input tokens: beyond one, other prices hold.
        let context = |parts: Parts| parts[..INPUT_PARTS].iter().sum::<u64>();
        prop_assume!(context(parts).div_ceil(1_000) == context(greater).div_ceil(1_000));
        let price = |parts| entry(index).price(&usage(parts), tier).map(|cost| cost.total());
        if let (Ok(before), Ok(after)) = (price(parts), price(greater)) {
            prop_assert!(before <= after, "{before} > {after}");
        }
    }

    #[test]
    fn output_may_be_split_over_records(index: Index, tier in tier(), output in 0..1_000_000_u64, cut: Index) {
        let price = |output| entry(index).price(&Usage::new(1_000, output), tier).map(|cost| cost.output + cost.image_output);
        let first = u64::try_from(cut.index(usize::try_from(output).unwrap() + 1)).unwrap();
        if let Ok(whole) = price(output) {
            prop_assert_eq!(price(first).unwrap() + price(output - first).unwrap(), whole);
        }
    }

    #[test]
    fn the_order_of_a_sum_does_not_matter(calls in prop::collection::vec((any::<Index>(), tier(), parts()), 1..60)) {
        let costs: Vec<Usd> = calls
            .into_iter()
            .filter_map(|(index, tier, parts)| entry(index).price(&usage(parts), tier).ok())
            .map(|cost| cost.total())
            .collect();
        let sum = |costs: &mut dyn Iterator<Item = Usd>| costs.fold(Usd::ZERO, |sum, cost| sum + cost);
        let forwards = sum(&mut costs.iter().copied());
        prop_assert_eq!(forwards, sum(&mut costs.iter().rev().copied()));
        let mut sorted = costs.clone();
        sorted.sort();
        prop_assert_eq!(forwards, sum(&mut sorted.into_iter()));
        prop_assert_eq!(units(forwards), costs.iter().copied().map(units).sum::<i128>());
    }
}

#[test]
fn ten_million_calls_are_summed_without_a_remainder() {
    const CALLS: usize = 10_000_000;
    // Costs as they come: fractions of micro-dollars with many digits, and dollars.
    let mut costs: Vec<Usd> = vec!["0.00000015".parse().unwrap(), "0.00028333333333333333".parse().unwrap()];
    let mut usage = Usage::new(12_345, 678).with_cache_read(901);
    for name in NAMES.iter().step_by(5) {
        usage.input = usage.input.map(|input| input % 300_000 + 7_919);
        costs.extend(CATALOGUE.get(name).unwrap().price(&usage, None).map(|cost| cost.total()));
    }
    // A sum of millions of dollars has room for 20 digits after the point.
    costs.retain(|cost| cost.to_parts().1 <= 20);
    assert!(costs.len() > 500);
    let sum = costs.iter().cycle().take(CALLS).fold(Usd::ZERO, |sum, cost| sum + *cost);

    let whole: i128 = costs.iter().copied().map(units).sum();
    let rounds = i128::try_from(CALLS / costs.len()).unwrap();
    let rest: i128 = costs.iter().take(CALLS % costs.len()).copied().map(units).sum();
    assert_eq!(units(sum), whole * rounds + rest);
}

#[test]
fn a_million_calls_of_a_fraction_of_a_micro_dollar_add_up() {
    let call: Usd = "0.00000015".parse().unwrap();
    let sum = std::iter::repeat_n(call, 1_000_000).fold(Usd::ZERO, |sum, cost| sum + cost);
    assert_eq!(sum.to_string(), "0.15");
}
