//! Allocations per exchange on the driving thread, and times of all cases taken in turns.
//!
//! Criterion measures one case after the other, so a neighbour's load falls on one of them. Here every round runs all
//! cases, and the least and the median over the rounds are printed: the figures to trust on a shared machine.

use std::alloc::System;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::time::Instant;
use tower::Layer;
use tower_genai_benches::traffic::{
    chat, chat_request, plain, plain_request, stream, stream_request, unsampled_chat_request,
    unsampled_stream_request,
};
use tower_genai_benches::{Case, case, layers, peers};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: usize = 15;

fn main() {
    let tracers = layers::batched_tracers();
    let prometheus = peers::axum_prometheus_with_body_size();
    let composed = layers::composed(&tracers);
    table(
        "plain exchange",
        40_000,
        vec![
            case("bare", plain(), plain_request),
            case("tower-genai/metrics", layers::metrics().layer(plain()), plain_request),
            case("axum-prometheus", peers::axum_prometheus().layer(plain()), plain_request),
        ],
    );
    table(
        "model call, JSON",
        20_000,
        vec![
            case("bare", chat(), chat_request),
            case("tower-genai/all/unsampled", composed.layer(chat()), unsampled_chat_request),
            case("tower-genai/stacked/unsampled", layers::stacked(&tracers, chat()), unsampled_chat_request),
            case("tower-genai/all/sampled", composed.layer(chat()), chat_request),
            case("tower-genai/stacked/sampled", layers::stacked(&tracers, chat()), chat_request),
            case(
                "otel-tower/traces/unsampled",
                peers::otel_tower(&tracers, false).layer(chat()),
                unsampled_chat_request,
            ),
            case("otel-tower/traces/sampled", peers::otel_tower(&tracers, false).layer(chat()), chat_request),
            case(
                "otel-tower/traces+metrics/sampled",
                peers::otel_tower(&tracers, true).layer(chat()),
                chat_request,
            ),
        ],
    );
    for (title, cases) in [
        (
            "stream of 100 events",
            vec![
                case("bare", stream::<_, 100>(), stream_request),
                case("tower-genai/all", composed.layer(stream::<_, 100>()), unsampled_stream_request),
                case("axum-prometheus+body-size", prometheus.layer(stream::<_, 100>()), stream_request),
            ],
        ),
        (
            "stream of 500 events",
            vec![
                case("bare", stream::<_, 500>(), stream_request),
                case("tower-genai/all", composed.layer(stream::<_, 500>()), unsampled_stream_request),
                case("axum-prometheus+body-size", prometheus.layer(stream::<_, 500>()), stream_request),
            ],
        ),
    ] {
        table(title, 1_000, cases);
    }
}

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn table(title: &str, exchanges: u64, mut cases: Vec<Case>) {
    let mut times = vec![Vec::new(); cases.len()];
    let mut allocations = vec![0.0; cases.len()];
    for Case { run, .. } in &mut cases {
        run(exchanges / 10);
    }
    for _ in 0..ROUNDS {
        for (index, Case { run, .. }) in cases.iter_mut().enumerate() {
            let region = Region::new(ALLOCATOR);
            let started = Instant::now();
            run(exchanges);
            times[index].push(started.elapsed());
            let change = region.change();
            allocations[index] = (change.allocations + change.reallocations) as f64 / exchanges as f64;
        }
    }
    let each = |time: Duration| time.as_secs_f64() * 1e9 / exchanges as f64;
    println!("\n## {title}\n\n| case | ns (least / median) | added (least / median) | allocations added |");
    println!("| --- | --- | --- | --- |");
    let mut bare = (0.0, 0.0, 0.0);
    for (index, Case { name, .. }) in cases.iter().enumerate() {
        times[index].sort_unstable();
        let (least, median) = (each(times[index][0]), each(times[index][ROUNDS / 2]));
        if index == 0 {
            bare = (least, median, allocations[0]);
        }
        println!(
            "| {name} | {least:.0} / {median:.0} | {:+.0} / {:+.0} | {:+.2} |",
            least - bare.0,
            median - bare.1,
            allocations[index] - bare.2
        );
    }
}
