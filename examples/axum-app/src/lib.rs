//! An axum application with the layers on its router.
//!
//! Two endpoints call a model. `/v1/chat/completions` answers in OpenAI's shape, so its usage is read from the reply.
//! `/tickets/{id}/summary` answers in a shape of its own; its handler calls the model with an SDK and reports what it
//! used through the [`CallHandle`].

pub mod w3c_echo;

use axum::extract::{Extension, MatchedPath, Path};
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_genai::cost::Pricing;
use tower_genai::{CallHandle, CostLayer, Gate, Metrics, MetricsLayer, MetricsService, Operation, Usage};

/// The application, with `/metrics` beside it.
///
/// # Errors
///
/// When two sources of metrics use one name.
pub fn app() -> Result<Router, tower_genai::scrape::Error> {
    let metrics = Metrics::new();
    // A handler of ours calls a model: its path is none that the gate knows.
    let gate =
        Gate::recognised().also(|head| head.uri.path().ends_with("/summary").then_some(Operation::Chat));
    let app = Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/tickets/{id}/summary", post(summarise))
        .route("/tickets/{id}", get(ticket))
        .layer(CostLayer::server(Pricing::embedded()))
        // Added last, so outermost: it opens the calls, and the layers further in join them.
        .layer(MetricsLayer::server(&metrics).route(template).gate(gate));
    Ok(app.route_service("/metrics", MetricsService::builder().source(metrics).build()?))
}

/// The route template is a good label; the path itself never is.
fn template(head: &Parts) -> Option<&str> {
    head.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

async fn complete() -> Json<Value> {
    Json(json!({
        "id": "chatcmpl-1",
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    }))
}

async fn summarise(Path(id): Path<u64>, Extension(call): Extension<CallHandle>) -> Json<Value> {
    // An SDK would be asked here; this is what it would tell.
    call.set_provider("anthropic");
    call.set_request_model("claude-sonnet-4-5");
    call.set_response_model("claude-sonnet-4-5-20250929");
    call.set_usage(Usage::new(2000, 50));
    Json(json!({"ticket": id, "summary": "The printer is on fire."}))
}

async fn ticket(Path(id): Path<u64>) -> Json<Value> {
    Json(json!({"ticket": id, "state": "open"}))
}
