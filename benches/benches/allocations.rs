//! Allocations per exchange on the driving thread, and times of all cases taken in turns.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tower::Layer;
use tower_genai_benches::table::table;
use tower_genai_benches::traffic::{
    chat, chat_request, plain, plain_request, stream, stream_request, unsampled_chat_request,
    unsampled_stream_request,
};
use tower_genai_benches::{case, layers, peers};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let tracers = layers::batched_tracers();
    let prometheus = peers::axum_prometheus_with_body_size();
    let composed = layers::composed(&tracers);
    table(
        ALLOCATOR,
        "plain exchange",
        40_000,
        vec![
            case("bare", plain(), plain_request),
            case("tower-genai/metrics", layers::metrics().layer(plain()), plain_request),
            case("axum-prometheus", peers::axum_prometheus().layer(plain()), plain_request),
            case("tower-otel/metrics", peers::tower_otel_metrics().layer(plain()), plain_request),
            case(
                "otel-tower/metrics",
                peers::otel_tower(&peers::untraced(), true).layer(plain()),
                plain_request,
            ),
            case("tower-http/in-flight", peers::tower_http_in_flight().layer(plain()), plain_request),
        ],
    );
    table(
        ALLOCATOR,
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
        table(ALLOCATOR, title, 1_000, cases);
    }
}
