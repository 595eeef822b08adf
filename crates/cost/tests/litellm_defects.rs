//! Where LiteLLM is known to err: what it charges, what we charge, and why.
//!
//! Seen in LiteLLM 1.108.7.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::sync::LazyLock;
use std::time::Duration;

use tower_genai_core::{Billing, Cost, CostStatus, Usage};
use tower_genai_cost::{Catalogue, Consumption, Entry, Override, Pricing, ServiceTier};

static EMBEDDED: LazyLock<Pricing> = LazyLock::new(Pricing::embedded);

fn embedded(
    provider: &str,
    model: &str,
    usage: &Usage,
    edit: impl FnOnce(&mut Billing),
) -> Result<Cost, CostStatus> {
    let mut billing = Billing::default();
    edit(&mut billing);
    let consumption = Consumption::new(usage).with_billing(&billing);
    EMBEDDED.price_of(Some(provider), &[model], &consumption)
}

#[test]
fn cached_tokens_of_a_batch_are_not_free() {
    // Where a model has no price of batches, LiteLLM halves the common ones; a missing price of cached reads then counts
    // as none, and 800 of these 1,000 tokens are free: (200 × $1e-6) / 2 = $0.0001. They are input, at half its price.
    let prices = [("input_cost_per_token", "1e-6"), ("output_cost_per_token", "4e-6")];
    let entry = Entry::from_prices("m", prices).unwrap();
    let usage = Usage::new(1_000, 100).with_cache_read(800);
    let cost = entry.price(&usage, Some(ServiceTier::Batch)).unwrap();
    assert_eq!(cost.input.to_string(), "0.0001"); // 200 × $1e-6 / 2
    assert_eq!(cost.cache_read.to_string(), "0.0004"); // 800 × $1e-6 / 2
    assert_eq!(cost.output.to_string(), "0.0002"); // 100 × $4e-6 / 2

    // With a price of cached reads, half of that.
    let prices = [("input_cost_per_token", "1e-6"), ("cache_read_input_token_cost", "1e-7")];
    let entry = Entry::from_prices("m", prices).unwrap();
    let cost = entry.price(&Usage::new(1_000, 0).with_cache_read(800), Some(ServiceTier::Batch)).unwrap();
    assert_eq!(cost.cache_read.to_string(), "0.00004");
}

#[test]
fn a_long_batch_is_charged_at_half_the_long_price() {
    // LiteLLM looks for thresholds among the prices of batches only, and charges a long batch like a short one:
    // 300,000 × $1.25e-6 = $0.375. The whole call is beyond the threshold, at half of that price.
    let prices = [
        ("input_cost_per_token", "2.5e-6"),
        ("input_cost_per_token_batches", "1.25e-6"),
        ("input_cost_per_token_above_272k_tokens", "5e-6"),
    ];
    let entry = Entry::from_prices("m", prices).unwrap();
    let input =
        |tokens| entry.price(&Usage::new(tokens, 0), Some(ServiceTier::Batch)).unwrap().input.to_string();
    assert_eq!(input(272_000), "0.34");
    assert_eq!(input(300_000), "0.75");
}

#[test]
fn a_batch_that_anthropic_served_is_a_batch() {
    // Anthropic says `"service_tier": "batch"` in the usage. LiteLLM knows no tier of that name, and charges twice the
    // price: 1,000 × $3e-6 = $0.003.
    let cost = EMBEDDED.price(
        Some("anthropic"),
        &["claude-sonnet-4-5"],
        &Usage::new(1_000, 0),
        ServiceTier::from_name("batch"),
    );
    assert_eq!(cost.unwrap().total().to_string(), "0.0015");
}

#[test]
fn web_search_and_file_search_in_one_reply_are_both_charged() {
    // LiteLLM returns after the web search, and never comes to the file search: $0.01.
    let cost = embedded("openai", "gpt-5", &Usage::new(0, 0), |billing| {
        (billing.tools.web_search, billing.tools.file_search) = (Some(1), Some(2));
        billing.tools.code_interpreter = Some(1);
    });
    // 1 × $0.01 + 2 × $0.0025 + 1 × $0.03.
    assert_eq!(cost.unwrap().tools.to_string(), "0.045");
}

#[test]
fn each_file_search_is_charged() {
    // LiteLLM charges one, however many there were.
    let cost =
        embedded("openai", "gpt-4.1", &Usage::new(0, 0), |billing| billing.tools.file_search = Some(4));
    assert_eq!(cost.unwrap().tools.to_string(), "0.01");
}

#[test]
fn cached_tokens_are_charged_once_at_prices_of_ones_own() {
    // With custom prices LiteLLM adds the cached tokens to a total that has them already: $0.00324 for this prompt
    // instead of $0.00084.
    let own = Override::new("our-claude")
        .price("input_cost_per_token", "3e-6")
        .price("output_cost_per_token", "1.5e-5")
        .price("cache_read_input_token_cost", "3e-7");
    let pricing = Pricing::builder(Catalogue::default()).override_with(own).build().unwrap();
    let usage = Usage::new(1_000, 10).with_cache_read(800);
    let cost = pricing.price(Some("anthropic"), &["our-claude"], &usage, None).unwrap();
    // 200 × $3e-6 + 800 × $3e-7.
    assert_eq!((cost.input + cost.cache_read).to_string(), "0.00084");
    assert_eq!(cost.total().to_string(), "0.00099");
}

#[test]
fn all_that_was_written_to_the_cache_is_charged() {
    // On streams of Anthropic's with server tools the split of the first event is older than the total of the last.
    // LiteLLM charges the split and forgets the rest. What is not of an hour is of five minutes: 5,000 tokens, of which
    // 1,000 for an hour: 4,000 × $3.75e-6 + 1,000 × $6e-6.
    let mut usage = Usage::new(5_000, 0).with_cache_write(5_000);
    usage.cache_write_1h = Some(1_000);
    let cost = embedded("anthropic", "claude-sonnet-4-5", &usage, |_| ()).unwrap();
    assert_eq!(cost.cache_write.to_string(), "0.021");
}

#[test]
fn an_image_by_titan_is_not_free() {
    // The general calculator takes the first price there is, that of images sent, which is zero.
    let cost = embedded("aws.bedrock", "amazon.titan-image-generator-v2:0", &Usage::default(), |billing| {
        billing.images = Some(1);
    });
    assert_eq!(cost.unwrap().total().to_string(), "0.008");
}

#[test]
fn audio_of_unknown_length_is_not_charged_by_how_long_the_answer_took() {
    let usage = Usage::default();
    let consumption = Consumption::new(&usage).lasting(Duration::from_secs(7));
    let cost = EMBEDDED.price_of(Some("openai"), &["whisper-1"], &consumption);
    assert_eq!(cost, Err(CostStatus::NoUsage));
}

#[test]
fn cached_images_have_their_own_price() {
    // LiteLLM charges them as cached text: 1,000 × $1.25e-6.
    let usage = Usage::new(1_000, 0).with_cache_read(1_000);
    let cost = embedded("openai", "gpt-image-1", &usage, |billing| {
        billing.modalities.image_cache_read = Some(1_000);
    });
    assert_eq!(cost.unwrap().cache_read.to_string(), "0.0025");
}

#[test]
fn a_model_that_is_not_known_is_not_free() {
    // LiteLLM catches the error and records a cost of zero.
    let cost = embedded("openai", "gpt-99", &Usage::new(10, 10), |_| ());
    assert_eq!(cost, Err(CostStatus::Unpriced));
    // Contradictory counts are clamped there, and priced.
    let cost = embedded("openai", "gpt-4o", &Usage::new(10, 10).with_cache_read(11), |_| ());
    assert_eq!(cost, Err(CostStatus::InvalidUsage));
}

#[test]
fn sums_are_exact() {
    // As floats, 3 × $1e-7 is 3.0000000000000004e-7 by addition.
    let entry = Entry::from_prices("m", [("input_cost_per_token", "1e-7")]).unwrap();
    let call = entry.price(&Usage::new(1, 0), None).unwrap().total();
    assert_eq!((call + call + call).to_string(), "0.0000003");
}
