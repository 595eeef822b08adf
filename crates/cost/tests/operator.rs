//! What an operator says about prices.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::time::{Duration, SystemTime};

use tower_genai_core::{Billing, Cost, CostStatus, PriceSource, Usage};
use tower_genai_cost::{Catalogue, Consumption, Override, Pricing, PricingBuilder};

fn catalogue() -> Catalogue {
    let file = br#"{
        "m": {"litellm_provider": "openai", "input_cost_per_token": 0.01, "output_cost_per_token": 0},
        "azure/m": {"litellm_provider": "azure", "input_cost_per_token": 0.02, "output_cost_per_token": 0}
    }"#;
    Catalogue::from_litellm_json(file).unwrap()
}

fn builder() -> PricingBuilder {
    Pricing::builder(catalogue())
}

fn own(model: &str, price: &str) -> Override {
    Override::new(model).price("input_cost_per_token", price)
}

/// A call of one token.
fn price(pricing: &Pricing, provider: &str, models: &[&str]) -> Result<Cost, CostStatus> {
    pricing.price(Some(provider), models, &Usage::new(1, 0), None)
}

fn total(pricing: &Pricing, provider: &str, model: &str) -> String {
    price(pricing, provider, &[model]).map_or("none".to_owned(), |cost| cost.total().to_string())
}

#[test]
fn the_most_exact_of_the_operators_prices_is_used() {
    let pricing = builder()
        .override_with(own("*", "1"))
        .override_with(own("gpt-*", "2"))
        .override_with(own("gpt-4*", "3"))
        .override_with(own("gpt-*", "4").of_provider("azure.ai.openai"))
        .override_with(own("gpt-4o", "5"))
        .override_with(own("gpt-4o", "6").of_provider("azure"))
        .build()
        .unwrap();
    for (provider, model, expected) in [
        ("openai", "m", "1"),
        ("openai", "gpt-3", "2"),
        ("openai", "gpt-4", "3"),
        ("azure.ai.openai", "gpt-4", "4"),
        ("openai", "gpt-4o", "5"),
        ("azure.ai.openai", "gpt-4o", "6"),
    ] {
        assert_eq!(total(&pricing, provider, model), expected, "{provider} {model}");
    }
    // They go before the catalogue for every name of a call, and a call without a name has no price.
    assert_eq!(price(&pricing, "openai", &["", "gpt-4o"]).unwrap().entry.as_deref(), Some("gpt-4o"));
    assert_eq!(price(&pricing, "openai", &["", ""]), Err(CostStatus::Unpriced));
}

#[test]
fn a_cost_says_where_its_price_comes_from() {
    let pricing = builder().override_with(own("n*", "1")).build().unwrap();
    let cost = price(&pricing, "openai", &["m"]).unwrap();
    assert_eq!((cost.entry.as_deref(), cost.source), (Some("m"), Some(PriceSource::PriceFile)));
    let cost = price(&pricing, "openai", &["n1"]).unwrap();
    assert_eq!((cost.entry.as_deref(), cost.source), (Some("n*"), Some(PriceSource::Override)));
    let cost = price(&Pricing::embedded(), "openai", &["gpt-4o"]).unwrap();
    assert_eq!((cost.entry.as_deref(), cost.source), (Some("gpt-4o"), Some(PriceSource::Embedded)));
}

#[test]
fn a_deployment_is_priced_as_its_model() {
    let arn = "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2c3";
    let pricing = Pricing::builder(Catalogue::embedded())
        .deployment("prod", "gpt-4o-mini")
        .deployment(arn, "anthropic.claude-sonnet-4-5-20250929-v1:0")
        .build()
        .unwrap();
    let entry = |provider, models: &[&str]| price(&pricing, provider, models).unwrap().entry.unwrap();
    // The operator knows better than the reply, which may name a base model.
    assert_eq!(&*entry("azure.ai.openai", &["gpt-4o", "prod"]), "azure/gpt-4o-mini");
    assert_eq!(&*entry("azure.ai.openai", &["gpt-4o", "other"]), "azure/gpt-4o");
    assert_eq!(&*entry("aws.bedrock", &["", arn]), "anthropic.claude-sonnet-4-5-20250929-v1:0");
}

#[test]
fn discount_and_margin_stand_beside_the_price() {
    let pricing = builder()
        .discount("openai", "0.05")
        .discount("openai/m*", "0.1")
        .discount("azure/x", "0.5")
        .margin("global", Some("0.2"), None)
        .margin("azure.ai.openai", Some("0.08"), Some("0.0005"))
        .build()
        .unwrap();
    let cost = price(&pricing, "openai", &["m"]).unwrap();
    assert_eq!(cost.original().to_string(), "0.01");
    assert_eq!(cost.discount.to_string(), "-0.001");
    assert_eq!(cost.margin.to_string(), "0.0018"); // 20 % of what is left
    assert_eq!(cost.total().to_string(), "0.0108");

    let cost = price(&pricing, "azure", &["m"]).unwrap();
    assert_eq!(cost.discount.to_string(), "0");
    assert_eq!(cost.margin.to_string(), "0.0021"); // 8 % of $0.02 and $0.0005
    assert_eq!(cost.total().to_string(), "0.0221");
}

#[test]
fn what_the_provider_states_stands_beside_and_is_charged_when_asked_for_or_alone() {
    let mut billing = Billing::default();
    billing.stated_cost = Some("1.23e-4".into());
    let price = |pricing: &Pricing, models: &[&str], usage: Usage| {
        pricing.price_of(Some("openai"), models, &Consumption::new(&usage).with_billing(&billing))
    };
    let pricing = builder().build().unwrap();
    let cost = price(&pricing, &["m"], Usage::new(1, 0)).unwrap();
    assert_eq!((cost.total().to_string(), cost.source), ("0.01".into(), Some(PriceSource::PriceFile)));
    assert_eq!(cost.stated.unwrap().to_string(), "0.000123");

    // Nobody else knows: neither the price nor the usage.
    for cost in [price(&pricing, &["?"], Usage::new(1, 0)), price(&pricing, &["m"], Usage::default())] {
        let cost = cost.unwrap();
        assert_eq!((cost.undivided.to_string(), cost.source), ("0.000123".into(), Some(PriceSource::Stated)));
        assert_eq!(cost.total(), cost.undivided);
        assert_eq!(cost.entry, None);
    }
    let contradiction = Usage::new(1, 0).with_cache_read(2);
    assert_eq!(price(&pricing, &["m"], contradiction), Err(CostStatus::InvalidUsage));

    let pricing = builder().prefer_stated(true).margin("openai", Some("1"), None).build().unwrap();
    let cost = price(&pricing, &["m"], Usage::new(1, 0)).unwrap();
    assert_eq!(
        (cost.original().to_string(), cost.total().to_string()),
        ("0.000123".into(), "0.000246".into())
    );

    // What is no amount is not stated.
    for text in ["-1", "much", ""] {
        billing_of(text, &pricing);
    }
}

fn billing_of(text: &str, pricing: &Pricing) {
    let mut billing = Billing::default();
    billing.stated_cost = Some(text.into());
    let usage = Usage::new(1, 0);
    let cost = pricing.price_of(Some("openai"), &["m"], &Consumption::new(&usage).with_billing(&billing));
    assert_eq!(cost.unwrap().stated, None, "{text}");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let error = builder()
        .override_with(own("a", "-1").price("input_price", "1"))
        .override_with(Override::new("b"))
        .override_with(own("", "1"))
        .override_with(own("c", "1").of_provider("azure"))
        .override_with(own("c", "2").of_provider("azure.ai.openai"))
        .deployment("d", "m")
        .deployment("d", "n")
        .deployment("e", "")
        .discount("openai", "1.5")
        .discount("openai/", "0.5")
        .margin("openai", None, None)
        .margin("azure", Some("x"), None)
        .margin("cohere", Some("0.1"), None)
        .margin("cohere", Some("0.1"), None)
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#""a": "input_cost_per_token": a price cannot be negative, found -1
"a": "input_price": not the name of a price
"b": there is no price for it
"": not the name of a model
"c": its prices are stated twice
"d": the deployment is there twice
"e": a deployment and its model have names
"openai": "discount": a discount is at most 1, which is all of the price
"openai/": "discount": expected `global`, a provider, or a provider and models like `openai/gpt-4*`
"openai": "margin": expected a percentage, a fixed amount, or both
"azure": "margin": expected a number, found x
"cohere": "margin": stated twice"#
    );
}

#[test]
fn regions_and_speed_add_to_the_tokens_and_to_nothing_else() {
    let pricing = Pricing::embedded();
    let usage = Usage::new(1_000, 100);
    let mut billing = Billing::default();
    (billing.speed, billing.inference_geo) = (Some("fast".into()), Some("US".into()));
    billing.tools.web_search = Some(1);
    let consumption = Consumption::new(&usage).with_billing(&billing);
    let cost = pricing.price_of(Some("anthropic"), &["claude-opus-5-5"], &consumption).unwrap();
    // (1,000 × $4e-6 + 100 × $2e-5) × (2 × 1.1 - 1), and $0.01 for the search.
    assert_eq!(cost.uplift.to_string(), "0.0072");
    assert_eq!(cost.total().to_string(), "0.0232");

    let in_region = |provider, model, region| {
        let consumption = Consumption::new(&usage).in_region(region);
        pricing.price_of(Some(provider), &[model], &consumption).unwrap().uplift.to_string()
    };
    assert_eq!(in_region("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "us-east5"), "0.00045");
    assert_eq!(in_region("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "global"), "0");
    assert_eq!(in_region("openai", "gpt-5.4", "eu"), "0.0004");
    assert_eq!(in_region("openai", "gpt-5", "eu"), "0");
}

#[test]
fn off_peak_prices_hold_in_their_hours() {
    let catalogue = Catalogue::embedded();
    let entry = catalogue.find(Some("deepseek"), "deepseek-v4-pro").unwrap();
    let usage = Usage::new(1_000, 100).with_cache_read(500);
    // Days of November 2026 by hour: the 24th is a Tuesday, the 28th a Saturday.
    let at = |day: u64, hour: u64| {
        let days = 20_757 + day; // from 1970-01-01 to 2026-10-31
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs((days * 24 + hour) * 3_600);
        entry.price_of(&Consumption::new(&usage).at(time)).unwrap().total().to_string()
    };
    // 500 × $1.32e-6 + 500 × $4.4e-8 + 100 × $3.96e-6, and half of all.
    let (peak, off_peak) = ("0.001078", "0.000539");
    assert_eq!(at(24, 2), peak);
    assert_eq!(at(24, 5), off_peak);
    assert_eq!(at(24, 8), peak);
    assert_eq!(at(24, 12), off_peak);
    assert_eq!(at(28, 8), off_peak);
    assert_eq!(entry.price(&usage, None).unwrap().total().to_string(), peak, "no time is no off-peak time");
}
