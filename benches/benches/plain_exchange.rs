//! A plain exchange: what counting it adds over the bare service. Bar: +200 ns, 0 allocations.

use criterion::{Criterion, criterion_group, criterion_main};
use tower::Layer;
use tower_genai_benches::traffic::{plain, plain_request};
use tower_genai_benches::{case, layers, measure, peers};

fn plain_exchange(criterion: &mut Criterion) {
    let cases = [
        case("bare", plain(), plain_request),
        case("tower-genai/metrics", layers::metrics().layer(plain()), plain_request),
        case("axum-prometheus", peers::axum_prometheus().layer(plain()), plain_request),
        case("tower-otel/metrics", peers::tower_otel_metrics().layer(plain()), plain_request),
        case("otel-tower/metrics", peers::otel_tower(&peers::untraced(), true).layer(plain()), plain_request),
        case("tower-http/in-flight", peers::tower_http_in_flight().layer(plain()), plain_request),
    ];
    measure(criterion, "plain_exchange", cases);
}

criterion_group!(benches, plain_exchange);
criterion_main!(benches);
