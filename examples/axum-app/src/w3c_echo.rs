//! An application that passes its trace on as it is told to: what the W3C's trace-context test suite drives.
//!
//! `POST /test` takes a JSON array of `{"url": ..., "arguments": ...}` and posts each `arguments` to its `url`. The suite
//! sends such a request with some headers and looks at those of the requests that come of it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri, header};
use axum::routing::post;
use axum::{Json, Router};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde::Deserialize;
use serde_json::Value;
use tower::{Layer, ServiceExt};
use tower_genai::TraceLayer;
use tower_genai::core::{Call, RequestBody};
use tower_genai::trace::Audience;

/// A client whose requests carry its spans.
type TracedClient = Call<Client<HttpConnector, RequestBody<Full<Bytes>>>>;

/// A request that is to be sent.
#[derive(Debug, Deserialize)]
struct Onwards {
    url: String,
    arguments: Value,
}

/// The application. Its spans are made and go nowhere: a trace is passed on whether or not anybody collects it.
pub fn app() -> Router {
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let client = TraceLayer::client(&provider).layer(Client::builder(TokioExecutor::new()).build_http());
    Router::new()
        .route("/test", post(relay))
        .with_state(client)
        .layer(TraceLayer::server(&provider).route(crate::template))
}

/// Sends them one after the other, each with a span of its own below that of the request that asked for it.
async fn relay(
    State(client): State<TracedClient>,
    Json(requests): Json<Vec<Onwards>>,
) -> Result<Json<Value>, (StatusCode, String)> {
    for Onwards { url, arguments } in requests {
        let uri: Uri = url.parse().map_err(|error| (StatusCode::BAD_REQUEST, format!("{url}: {error}")))?;
        let failed =
            |cause: &dyn std::error::Error| (StatusCode::BAD_GATEWAY, format!("POST {url}: {cause}"));
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            // Whoever runs the suite runs this application: the trace state is theirs to see.
            .extension(Audience::Own)
            .body(Full::from(arguments.to_string()))
            .map_err(|error| failed(&error))?;
        let reply = client.clone().oneshot(request).await.map_err(|error| failed(&error))?;
        reply.into_body().collect().await.map_err(|error| failed(&error))?;
    }
    Ok(Json(Value::Array(Vec::new())))
}
