//! A streamed reply of 100 and of 500 events of 200 B: the difference by 400 is what one event costs. Bar for metrics,
//! traces and cost together, finish reasons read: +50 ns, 0 allocations.

use criterion::{Criterion, criterion_group, criterion_main};
use tower::Layer;
use tower_genai_benches::traffic::{stream, stream_request, unsampled_stream_request};
use tower_genai_benches::{case, layers, measure, peers};
use tower_http::trace::TraceLayer;

fn sse_event(criterion: &mut Criterion) {
    let tracers = layers::batched_tracers();
    let ours = layers::composed(&tracers);
    let prometheus = peers::axum_prometheus_with_body_size();
    measure(
        criterion,
        "sse_100_events",
        [
            case("bare", stream::<_, 100>(), stream_request),
            case("tower-genai/all", ours.layer(stream::<_, 100>()), unsampled_stream_request),
            case("tower-http/trace", TraceLayer::new_for_http().layer(stream::<_, 100>()), stream_request),
            case("axum-prometheus+body-size", prometheus.layer(stream::<_, 100>()), stream_request),
        ],
    );
    measure(
        criterion,
        "sse_500_events",
        [
            case("bare", stream::<_, 500>(), stream_request),
            case("tower-genai/all", ours.layer(stream::<_, 500>()), unsampled_stream_request),
            case("tower-http/trace", TraceLayer::new_for_http().layer(stream::<_, 500>()), stream_request),
            case("axum-prometheus+body-size", prometheus.layer(stream::<_, 500>()), stream_request),
        ],
    );
}

criterion_group!(benches, sse_event);
criterion_main!(benches);
