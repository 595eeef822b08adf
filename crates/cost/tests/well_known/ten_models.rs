//! Ten models, each with a cached call, a call beyond its context threshold and a call at a service tier, as the providers'
//! price lists of 2026 have it: dollars per million tokens.

use super::{Case, check_all, usage};
use tower_genai_cost::ServiceTier;

fn tier(name: &str) -> Option<ServiceTier> {
    ServiceTier::from_name(name)
}

#[test]
fn gpt_4o() {
    check_all(&[
        // $2.50 input, $1.25 cached, $10 output.
        Case {
            provider: "openai",
            model: "gpt-4o",
            tier: None,
            usage: usage(1_000, 500, |usage| usage.cache_read = Some(200)),
            products: &[(800, "2.5e-6"), (200, "1.25e-6"), (500, "1e-5")],
            total: "0.00725",
        },
        // No threshold: a long call costs what a short one does.
        Case {
            provider: "openai",
            model: "gpt-4o",
            tier: None,
            usage: usage(120_000, 100, |_| ()),
            products: &[(120_000, "2.5e-6"), (100, "1e-5")],
            total: "0.301",
        },
        // Priority: $4.25, $2.125, $17.
        Case {
            provider: "openai",
            model: "gpt-4o",
            tier: tier("priority"),
            usage: usage(1_000, 500, |usage| usage.cache_read = Some(200)),
            products: &[(800, "4.25e-6"), (200, "2.125e-6"), (500, "1.7e-5")],
            total: "0.012325",
        },
    ]);
}

#[test]
fn gpt_4o_mini() {
    check_all(&[
        // $0.15 input, $0.075 cached, $0.60 output.
        Case {
            provider: "openai",
            model: "gpt-4o-mini",
            tier: None,
            usage: usage(10_000, 1_000, |usage| usage.cache_read = Some(4_000)),
            products: &[(6_000, "1.5e-7"), (4_000, "7.5e-8"), (1_000, "6e-7")],
            total: "0.0018",
        },
        // No threshold.
        Case {
            provider: "openai",
            model: "gpt-4o-mini",
            tier: None,
            usage: usage(127_000, 10, |_| ()),
            products: &[(127_000, "1.5e-7"), (10, "6e-7")],
            total: "0.019056",
        },
        // Batch: $0.075 and $0.30.
        Case {
            provider: "openai",
            model: "gpt-4o-mini",
            tier: tier("batch"),
            usage: usage(10_000, 1_000, |_| ()),
            products: &[(10_000, "7.5e-8"), (1_000, "3e-7")],
            total: "0.00105",
        },
    ]);
}

#[test]
fn gpt_5() {
    check_all(&[
        // $1.25 input, $0.125 cached, $10 output, reasoning included.
        Case {
            provider: "openai",
            model: "gpt-5",
            tier: None,
            usage: usage(5_000, 3_000, |usage| {
                usage.cache_read = Some(2_000);
                usage.reasoning = Some(2_500);
            }),
            products: &[(3_000, "1.25e-6"), (2_000, "1.25e-7"), (500, "1e-5"), (2_500, "1e-5")],
            total: "0.034",
        },
        // No threshold.
        Case {
            provider: "openai",
            model: "gpt-5",
            tier: None,
            usage: usage(272_001, 10, |_| ()),
            products: &[(272_001, "1.25e-6"), (10, "1e-5")],
            total: "0.34010125",
        },
        // Flex: $0.625, $0.0625, $5.
        Case {
            provider: "openai",
            model: "gpt-5",
            tier: tier("flex"),
            usage: usage(5_000, 3_000, |usage| usage.cache_read = Some(2_000)),
            products: &[(3_000, "6.25e-7"), (2_000, "6.25e-8"), (3_000, "5e-6")],
            total: "0.017",
        },
    ]);
}

#[test]
fn gpt_5_4() {
    check_all(&[
        // $2.50 input, $0.25 cached, $15 output.
        Case {
            provider: "openai",
            model: "gpt-5.4",
            tier: None,
            usage: usage(100_000, 1_000, |usage| usage.cache_read = Some(60_000)),
            products: &[(40_000, "2.5e-6"), (60_000, "2.5e-7"), (1_000, "1.5e-5")],
            total: "0.13",
        },
        // Beyond 272,000 tokens the whole call at $5, $0.50 and $22.50.
        Case {
            provider: "openai",
            model: "gpt-5.4",
            tier: None,
            usage: usage(272_001, 1_000, |usage| usage.cache_read = Some(2_001)),
            products: &[(270_000, "5e-6"), (2_001, "5e-7"), (1_000, "2.25e-5")],
            total: "1.3735005",
        },
        // A long batch: $2.50, $0.25, $11.25.
        Case {
            provider: "openai",
            model: "gpt-5.4",
            tier: tier("batch"),
            usage: usage(300_000, 1_000, |usage| usage.cache_read = Some(100_000)),
            products: &[(200_000, "2.5e-6"), (100_000, "2.5e-7"), (1_000, "1.125e-5")],
            total: "0.53625",
        },
    ]);
}

#[test]
fn o3() {
    check_all(&[
        // $2 input, $0.50 cached, $8 output.
        Case {
            provider: "openai",
            model: "o3",
            tier: None,
            usage: usage(2_000, 1_500, |usage| {
                usage.cache_read = Some(1_000);
                usage.reasoning = Some(1_200);
            }),
            products: &[(1_000, "2e-6"), (1_000, "5e-7"), (300, "8e-6"), (1_200, "8e-6")],
            total: "0.0145",
        },
        // No threshold.
        Case {
            provider: "openai",
            model: "o3",
            tier: None,
            usage: usage(199_999, 10, |_| ()),
            products: &[(199_999, "2e-6"), (10, "8e-6")],
            total: "0.400078",
        },
        // Priority: $3.50, $0.875, $14.
        Case {
            provider: "openai",
            model: "o3",
            tier: tier("priority"),
            usage: usage(2_000, 1_500, |usage| usage.cache_read = Some(1_000)),
            products: &[(1_000, "3.5e-6"), (1_000, "8.75e-7"), (1_500, "1.4e-5")],
            total: "0.025375",
        },
    ]);
}

#[test]
fn claude_sonnet_4_5() {
    check_all(&[
        // $3 input, $0.30 read, $3.75 and $6 written for five minutes and for an hour, $15 output.
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
        // At Vertex AI beyond 200,000 tokens $6, $0.60, $7.50, $12 and $22.50.
        Case {
            provider: "gcp.vertex_ai",
            model: "claude-sonnet-4-5@20250929",
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
        // Batches are half: $1.50, $0.15, $1.875, $7.50.
        Case {
            provider: "anthropic",
            model: "claude-sonnet-4-5",
            tier: tier("batch"),
            usage: usage(10_000, 800, |usage| {
                usage.cache_read = Some(6_000);
                usage.cache_write = Some(3_000);
            }),
            products: &[(1_000, "1.5e-6"), (6_000, "1.5e-7"), (3_000, "1.875e-6"), (800, "7.5e-6")],
            total: "0.014025",
        },
    ]);
}

#[test]
fn gemini_2_5_pro() {
    check_all(&[
        // $1.25 input, $0.125 cached, $10 output with thoughts.
        Case {
            provider: "gcp.gemini",
            model: "gemini-2.5-pro",
            tier: None,
            usage: usage(200_000, 500, |usage| {
                usage.cache_read = Some(50_000);
                usage.reasoning = Some(400);
            }),
            products: &[(150_000, "1.25e-6"), (50_000, "1.25e-7"), (100, "1e-5"), (400, "1e-5")],
            total: "0.19875",
        },
        // Beyond 200,000 tokens $2.50, $0.25, $15.
        Case {
            provider: "gcp.gemini",
            model: "gemini-2.5-pro",
            tier: None,
            usage: usage(200_001, 500, |usage| usage.cache_read = Some(50_000)),
            products: &[(150_001, "2.5e-6"), (50_000, "2.5e-7"), (500, "1.5e-5")],
            total: "0.3950025",
        },
        // Priority beyond the threshold: $4.50, $0.45, $27.
        Case {
            provider: "gcp.gemini",
            model: "gemini-2.5-pro",
            tier: tier("ON_DEMAND_PRIORITY"),
            usage: usage(300_000, 100, |usage| usage.cache_read = Some(100_000)),
            products: &[(200_000, "4.5e-6"), (100_000, "4.5e-7"), (100, "2.7e-5")],
            total: "0.9477",
        },
    ]);
}

#[test]
fn gemini_3_flash() {
    check_all(&[
        // $0.50 input, $1 audio, $0.05 cached, $3 output with thoughts.
        Case {
            provider: "gcp.gemini",
            model: "gemini-3-flash-preview",
            tier: None,
            usage: usage(9_000, 700, |usage| {
                usage.cache_read = Some(2_000);
                usage.audio_input = Some(3_000);
                usage.reasoning = Some(500);
            }),
            products: &[(4_000, "5e-7"), (2_000, "5e-8"), (3_000, "1e-6"), (200, "3e-6"), (500, "3e-6")],
            total: "0.0072",
        },
        // No threshold.
        Case {
            provider: "gcp.gemini",
            model: "gemini-3-flash-preview",
            tier: None,
            usage: usage(900_000, 10, |_| ()),
            products: &[(900_000, "5e-7"), (10, "3e-6")],
            total: "0.45003",
        },
        // Flex is half, of thoughts too: $0.25, $0.50 audio, $1.50.
        Case {
            provider: "gcp.gemini",
            model: "gemini-3-flash-preview",
            tier: tier("flex"),
            usage: usage(8_000, 700, |usage| {
                usage.audio_input = Some(3_000);
                usage.reasoning = Some(500);
            }),
            products: &[(5_000, "2.5e-7"), (3_000, "5e-7"), (200, "1.5e-6"), (500, "1.5e-6")],
            total: "0.0038",
        },
    ]);
}

#[test]
fn grok_4_5() {
    check_all(&[
        // $2 input, $0.30 cached, $6 output.
        Case {
            provider: "x_ai",
            model: "grok-4.5",
            tier: None,
            usage: usage(150_000, 900, |usage| usage.cache_read = Some(100_000)),
            products: &[(50_000, "2e-6"), (100_000, "3e-7"), (900, "6e-6")],
            total: "0.1354",
        },
        // From 200,000 tokens on, the threshold included, $4, $0.60, $12.
        Case {
            provider: "x_ai",
            model: "grok-4.5",
            tier: None,
            usage: usage(200_000, 900, |usage| usage.cache_read = Some(100_000)),
            products: &[(100_000, "4e-6"), (100_000, "6e-7"), (900, "1.2e-5")],
            total: "0.4708",
        },
        // No tiers; a batch is half.
        Case {
            provider: "x_ai",
            model: "grok-4.5",
            tier: tier("batch"),
            usage: usage(199_999, 900, |_| ()),
            products: &[(199_999, "1e-6"), (900, "3e-6")],
            total: "0.202699",
        },
    ]);
}

#[test]
fn mistral_large() {
    check_all(&[
        // $0.50 input, $0.05 cached, $1.50 output.
        Case {
            provider: "mistral_ai",
            model: "mistral-large-latest",
            tier: None,
            usage: usage(12_000, 3_000, |usage| usage.cache_read = Some(2_000)),
            products: &[(10_000, "5e-7"), (2_000, "5e-8"), (3_000, "1.5e-6")],
            total: "0.0096",
        },
        // No threshold.
        Case {
            provider: "mistral_ai",
            model: "mistral-large-latest",
            tier: None,
            usage: usage(250_000, 10, |_| ()),
            products: &[(250_000, "5e-7"), (10, "1.5e-6")],
            total: "0.125015",
        },
        // Batches are half.
        Case {
            provider: "mistral_ai",
            model: "mistral-large-latest",
            tier: tier("batch"),
            usage: usage(12_000, 3_000, |usage| usage.cache_read = Some(2_000)),
            products: &[(10_000, "2.5e-7"), (2_000, "2.5e-8"), (3_000, "7.5e-7")],
            total: "0.0048",
        },
    ]);
}
