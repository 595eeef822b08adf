//! Well-known models: the arithmetic of their providers' price lists, written out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod ten_models;

use tower_genai_core::{Usage, Usd};
use tower_genai_cost::{Catalogue, ServiceTier};

/// One call: where and what, the counts, and the parts of its price as `tokens × dollars`.
struct Case {
    provider: &'static str,
    model: &'static str,
    tier: Option<ServiceTier>,
    usage: Usage,
    products: &'static [(u64, &'static str)],
    total: &'static str,
}

fn usage(input: u64, output: u64, parts: impl FnOnce(&mut Usage)) -> Usage {
    let mut usage = Usage::new(input, output);
    parts(&mut usage);
    usage
}

fn check(catalogue: &Catalogue, case: &Case) {
    let Case { provider, model, tier, usage, products, total } = case;
    let sum = products.iter().fold(Usd::ZERO, |sum, (tokens, price)| {
        sum + price.parse::<Usd>().unwrap().checked_mul(*tokens).unwrap()
    });
    assert_eq!(sum.to_string(), *total, "the arithmetic of {model} as written");
    let entry = catalogue.find(Some(provider), model).unwrap_or_else(|| panic!("no entry for {model}"));
    let cost = entry.price(usage, *tier).unwrap();
    assert_eq!(cost.total().to_string(), *total, "{model} {tier:?} {usage:?}: {cost:?}");
    assert_eq!(cost.entry.as_deref(), Some(entry.name()));
}

fn check_all(cases: &[Case]) {
    let catalogue = Catalogue::embedded();
    for case in cases {
        check(&catalogue, case);
    }
}

#[test]
fn cached_input() {
    check_all(&[
        Case {
            provider: "openai",
            model: "gpt-4o",
            tier: None,
            usage: usage(1_000, 500, |usage| usage.cache_read = Some(200)),
            products: &[(800, "2.5e-6"), (200, "1.25e-6"), (500, "1e-5")],
            total: "0.00725",
        },
        Case {
            provider: "anthropic",
            model: "claude-sonnet-4-5",
            tier: None,
            usage: usage(10_000, 800, |usage| {
                usage.cache_read = Some(6_000);
                usage.cache_write = Some(3_000);
                usage.cache_write_1h = Some(1_000);
            }),
            products: &[
                (1_000, "3e-6"),
                (6_000, "3e-7"),
                (2_000, "3.75e-6"),
                (1_000, "6e-6"),
                (800, "1.5e-5"),
            ],
            total: "0.0303",
        },
        Case {
            provider: "mistral_ai",
            model: "mistral-large-latest",
            tier: None,
            usage: usage(12_000, 3_000, |usage| usage.cache_read = Some(2_000)),
            products: &[(10_000, "5e-7"), (2_000, "5e-8"), (3_000, "1.5e-6")],
            total: "0.0096",
        },
        Case {
            provider: "deepseek",
            model: "deepseek-chat",
            tier: None,
            usage: usage(100_000, 10_000, |usage| usage.cache_read = Some(64_000)),
            products: &[(36_000, "2.8e-7"), (64_000, "2.8e-8"), (10_000, "4.2e-7")],
            total: "0.016072",
        },
    ]);
}

#[test]
fn the_whole_call_is_charged_beyond_a_threshold() {
    check_all(&[
        Case {
            provider: "openai",
            model: "gpt-5.4",
            tier: None,
            usage: usage(272_000, 1_000, |_| ()),
            products: &[(272_000, "2.5e-6"), (1_000, "1.5e-5")],
            total: "0.695",
        },
        Case {
            provider: "openai",
            model: "gpt-5.4",
            tier: None,
            usage: usage(272_001, 1_000, |_| ()),
            products: &[(272_001, "5e-6"), (1_000, "2.25e-5")],
            total: "1.382505",
        },
        Case {
            provider: "gcp.gemini",
            model: "gemini-2.5-pro",
            tier: None,
            usage: usage(200_001, 10, |usage| usage.cache_read = Some(1)),
            products: &[(200_000, "2.5e-6"), (1, "2.5e-7"), (10, "1.5e-5")],
            total: "0.50015025",
        },
        Case {
            provider: "aws.bedrock",
            model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
            tier: None,
            usage: usage(250_000, 1_000, |usage| {
                usage.cache_read = Some(50_000);
                usage.cache_write = Some(100_000);
                usage.cache_write_1h = Some(40_000);
            }),
            products: &[
                (100_000, "6e-6"),
                (50_000, "6e-7"),
                (60_000, "7.5e-6"),
                (40_000, "1.2e-5"),
                (1_000, "2.25e-5"),
            ],
            total: "1.5825",
        },
        // Prices by range of the input.
        Case {
            provider: "dashscope",
            model: "qwen3-max",
            tier: None,
            usage: usage(32_000, 100, |_| ()),
            products: &[(32_000, "1.2e-6"), (100, "6e-6")],
            total: "0.039",
        },
        Case {
            provider: "dashscope",
            model: "qwen3-max",
            tier: None,
            usage: usage(128_001, 100, |_| ()),
            products: &[(128_001, "3e-6"), (100, "1.5e-5")],
            total: "0.385503",
        },
    ]);
}

#[test]
fn service_tiers() {
    check_all(&[
        Case {
            provider: "openai",
            model: "gpt-4o",
            tier: ServiceTier::from_name("priority"),
            usage: usage(1_000, 500, |usage| usage.cache_read = Some(200)),
            products: &[(800, "4.25e-6"), (200, "2.125e-6"), (500, "1.7e-5")],
            total: "0.012325",
        },
        // Cached input has no batch price of its own, and costs what it always does.
        Case {
            provider: "openai",
            model: "gpt-4o-mini",
            tier: ServiceTier::from_name("batch"),
            usage: usage(11_000, 2_000, |usage| usage.cache_read = Some(1_000)),
            products: &[(10_000, "7.5e-8"), (1_000, "7.5e-8"), (2_000, "3e-7")],
            total: "0.001425",
        },
        Case {
            provider: "openai",
            model: "o4-mini",
            tier: ServiceTier::from_name("flex"),
            usage: usage(1_234, 5_678, |usage| usage.reasoning = Some(5_000)),
            products: &[(1_234, "5.5e-7"), (678, "2.2e-6"), (5_000, "2.2e-6")],
            total: "0.0131703",
        },
        Case {
            provider: "openai",
            model: "gpt-5.4",
            tier: ServiceTier::from_name("flex"),
            usage: usage(300_000, 1_000, |usage| usage.cache_read = Some(100_000)),
            products: &[(200_000, "2.5e-6"), (100_000, "2.5e-7"), (1_000, "1.125e-5")],
            total: "0.53625",
        },
        // There is no priority price beyond the threshold: the common one beyond it holds.
        Case {
            provider: "openai",
            model: "gpt-5.4",
            tier: ServiceTier::from_name("priority"),
            usage: usage(300_000, 1_000, |_| ()),
            products: &[(300_000, "5e-6"), (1_000, "2.25e-5")],
            total: "1.5225",
        },
        Case {
            provider: "anthropic",
            model: "claude-haiku-4-5",
            tier: ServiceTier::from_name("standard"),
            usage: usage(1_000, 1_000, |_| ()),
            products: &[(1_000, "1e-6"), (1_000, "5e-6")],
            total: "0.006",
        },
    ]);
}

#[test]
fn kinds_of_tokens() {
    check_all(&[
        Case {
            provider: "gcp.gemini",
            model: "gemini-2.5-flash",
            tier: None,
            usage: usage(5_000, 700, |usage| {
                usage.audio_input = Some(3_000);
                usage.reasoning = Some(500);
            }),
            products: &[(2_000, "3e-7"), (3_000, "1e-6"), (200, "2.5e-6"), (500, "2.5e-6")],
            total: "0.00535",
        },
        // Reasoning has a price of its own, beyond the threshold too.
        Case {
            provider: "dashscope",
            model: "qwen-plus-2025-07-28",
            tier: None,
            usage: usage(256_001, 3_000, |usage| usage.reasoning = Some(2_000)),
            products: &[(256_001, "1.2e-6"), (1_000, "3.6e-6"), (2_000, "1.2e-5")],
            total: "0.3348012",
        },
        Case {
            provider: "openai",
            model: "text-embedding-3-small",
            tier: None,
            usage: usage(123_456, 0, |_| ()),
            products: &[(123_456, "2e-8")],
            total: "0.00246912",
        },
    ]);
}
