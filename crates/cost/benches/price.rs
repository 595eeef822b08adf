//! The catalogue and the price of one call: `cargo bench -p tower-genai-cost --bench price`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::time::SystemTime;

use criterion::{Criterion, criterion_group, criterion_main};
use tower_genai_core::{Billing, Usage};
use tower_genai_cost::{Catalogue, Consumption, Pricing};

fn load(criterion: &mut Criterion) {
    criterion.bench_function("load the embedded catalogue", |bencher| bencher.iter(Catalogue::embedded));
}

fn find(criterion: &mut Criterion) {
    let catalogue = Catalogue::embedded();
    for (provider, model) in [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4o-mini-2099-07-18"),
        ("azure.ai.openai", "gpt-4o-2024-08-06"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ] {
        criterion.bench_function(&format!("find {provider} {model}"), |bencher| {
            bencher.iter(|| catalogue.find(black_box(Some(provider)), black_box(model)));
        });
    }
}

fn price(criterion: &mut Criterion) {
    let pricing = Pricing::embedded();
    let usage = Usage::new(1_234, 321).with_cache_read(1_000).with_reasoning(20);
    let mut billing = Billing::default();
    billing.tools.web_search = Some(2);
    let at = SystemTime::now();
    for (provider, model) in
        [("openai", "gpt-4o-mini-2024-07-18"), ("openai", "gpt-5.4"), ("deepseek", "deepseek-v4-pro")]
    {
        let call = Consumption::new(&usage).at(at);
        criterion.bench_function(&format!("price {provider} {model}"), |bencher| {
            bencher.iter(|| pricing.price_of(black_box(Some(provider)), black_box(&[model, ""]), &call));
        });
    }
    let call = Consumption::new(&usage).at(at).with_billing(&billing);
    criterion.bench_function("price anthropic claude-sonnet-4-5 with two searches", |bencher| {
        bencher.iter(|| pricing.price_of(Some("anthropic"), black_box(&["claude-sonnet-4-5", ""]), &call));
    });
}

criterion_group!(benches, load, find, price);
criterion_main!(benches);
