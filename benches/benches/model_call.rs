//! A model call, 400 B of request and 1.2 kB of JSON reply, read to its end. Bars for metrics, traces and cost
//! together: +1.8 µs and at most 8 allocations not sampled, +2.6 µs with every span handed to a batch exporter.

use criterion::{Criterion, criterion_group, criterion_main};
use tower::Layer;
use tower_genai_benches::traffic::{chat, chat_request, unsampled_chat_request};
use tower_genai_benches::{case, layers, measure, peers};
use tower_otel::trace::HttpLayer;

fn model_call(criterion: &mut Criterion) {
    let tracers = layers::batched_tracers();
    let cases = [
        case("bare", chat(), chat_request),
        case("tower-genai/all/unsampled", layers::composed(&tracers).layer(chat()), unsampled_chat_request),
        case("tower-genai/all/sampled", layers::composed(&tracers).layer(chat()), chat_request),
        case("tower-genai/stacked/unsampled", layers::stacked(&tracers, chat()), unsampled_chat_request),
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
        peers::traced(
            &tracers,
            case("tower-otel/sampled", HttpLayer::server(tracing::Level::INFO).layer(chat()), chat_request),
        ),
    ];
    measure(criterion, "model_call", cases);
}

criterion_group!(benches, model_call);
criterion_main!(benches);
