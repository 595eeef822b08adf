//! A client for a model provider with the layers around it: how an application observes the calls it makes.

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use tower::{Layer, Service};
use tower_genai::cost::Pricing;
use tower_genai::trace::TraceObserver;
use tower_genai::{CallLayer, Metrics};

/// A pooled HTTP client whose calls are counted, priced and traced.
///
/// One [`CallLayer`] with three observers does the work of a stack of three layers. Retries would go between this and
/// the code that calls it, or below: see the table in [`tower_genai::core`] for what each means.
pub fn observed_client(
    metrics: &Metrics,
    trace: TraceObserver,
) -> impl Service<
    Request<Full<Bytes>>,
    Response = Response<impl Body<Data = Bytes, Error: std::error::Error> + use<>>,
    Error = Error,
> + Clone
+ use<> {
    CallLayer::client()
        .with(metrics.observer())
        .with(Pricing::embedded())
        .with(trace)
        .self_check(metrics.self_check())
        .layer(Client::builder(TokioExecutor::new()).build_http())
}

/// A chat completion's request to an OpenAI-compatible server.
///
/// # Errors
///
/// When `base_url` is no URL.
pub fn chat_request(base_url: &str, model: &str, prompt: &str) -> Result<Request<Full<Bytes>>, http::Error> {
    let body = serde_json::json!({"model": model, "messages": [{"role": "user", "content": prompt}]});
    Request::post(format!("{base_url}/v1/chat/completions"))
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
}
