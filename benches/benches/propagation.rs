//! A trace that passes through: read from the headers of a request, continued by a span that is not sampled, and written
//! into the headers that go on. Bar: +300 ns and 3 allocations.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run says so by stopping")]

use std::alloc::System;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tower::{Layer, ServiceBuilder};
use tower_genai::TraceLayer;
use tower_genai::core::Role;
use tower_genai::trace::{Propagation, TraceObserver, w3c};
use tower_genai_benches::table::table;
use tower_genai_benches::traffic::{plain, plain_request, unsampled};
use tower_genai_benches::{case, layers, peers};
use tower_http::trace::TraceLayer as TowerHttp;
use tower_otel::trace::HttpLayer;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const EXCHANGES: u64 = 40_000;

fn request() -> Request<Full<Bytes>> {
    unsampled(plain_request())
}

fn with_state() -> Request<Full<Bytes>> {
    let mut request = request();
    let state = http::HeaderValue::from_static("dd=s:0;t.dm:-1,rojo=00f067aa0ba902b7");
    request.headers_mut().insert(w3c::TRACESTATE, state);
    request
}

/// The headers alone: read and written, with no span in between.
fn through(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    if let Some(span) = w3c::extract(request.headers()) {
        w3c::inject(&span, request.headers_mut());
    }
    request
}

/// The same with the SDK's propagator.
fn through_sdk(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let propagator = TraceContextPropagator::new();
    let extractor = opentelemetry_http::HeaderExtractor(request.headers());
    let context = propagator.extract_with_context(&Context::new(), &extractor);
    propagator.inject_context(&context, &mut opentelemetry_http::HeaderInjector(request.headers_mut()));
    request
}

fn main() {
    let tracers = layers::batched_tracers();
    let client = |names: &[&str]| {
        let propagation = Propagation::from_names(names).expect("propagators");
        TraceLayer::new(Role::Client, TraceObserver::new(&tracers).propagation(propagation))
    };
    let all = ["tracecontext", "baggage", "b3", "jaeger", "datadog"];
    let mapped = |map: fn(_) -> _| ServiceBuilder::new().map_request(map).service(plain());
    table(
        ALLOCATOR,
        "traceparent, not sampled",
        EXCHANGES,
        vec![
            case("bare", plain(), request),
            case("tower-genai/headers alone", mapped(through), request),
            case("sdk propagator/headers alone", mapped(through_sdk), request),
            case("tower-genai/client", TraceLayer::client(&tracers).layer(plain()), request),
            case("tower-genai/client, five formats", client(&all).layer(plain()), request),
            case("tower-genai/server", TraceLayer::server(&tracers).layer(plain()), request),
            case("otel-tower/server", peers::otel_tower(&tracers, false).layer(plain()), request),
            peers::traced(
                &tracers,
                case("tower-otel/server", HttpLayer::server(tracing::Level::INFO).layer(plain()), request),
            ),
            peers::traced(
                &tracers,
                case("tower-otel/client", HttpLayer::client(tracing::Level::INFO).layer(plain()), request),
            ),
            peers::traced(
                &tracers,
                case("tower-http/trace", TowerHttp::new_for_http().layer(plain()), request),
            ),
            case("tower-http/trace, no subscriber", TowerHttp::new_for_http().layer(plain()), request),
        ],
    );
    table(
        ALLOCATOR,
        "traceparent and tracestate, not sampled",
        EXCHANGES,
        vec![
            case("bare", plain(), with_state),
            case("tower-genai/headers alone", mapped(through), with_state),
            case("sdk propagator/headers alone", mapped(through_sdk), with_state),
            case("tower-genai/client", TraceLayer::client(&tracers).layer(plain()), with_state),
            case("otel-tower/server", peers::otel_tower(&tracers, false).layer(plain()), with_state),
        ],
    );
}
