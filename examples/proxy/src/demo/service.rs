use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::{Value, json};
use tower_service::Service;

use super::{chat, embeddings};
use crate::body::{Body, BoxError};
use crate::reply;

const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// Answers as OpenAI would.
#[derive(Clone, Debug, Default)]
pub(crate) struct DemoService(());

impl DemoService {
    /// The provider.
    pub(crate) fn new() -> Self {
        Self::default()
    }
}

impl<B> Service<Request<B>> for DemoService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(async move { Ok(answer(request).await.unwrap_or_else(|refusal| refusal)) })
    }
}

async fn answer<B>(request: Request<B>) -> Result<Response<Body>, Response<Body>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let path = request.uri().path();
    match (request.method(), path) {
        (&Method::POST, "/v1/chat/completions") => Ok(chat::complete(&read(request).await?)),
        (&Method::POST, "/v1/embeddings") => Ok(embeddings::embed(&read(request).await?)),
        (&Method::GET | &Method::HEAD, "/v1/models") => Ok(models()),
        (method, path) => {
            let message = format!(
                "the demo provider has no {method} {path}; it serves POST /v1/chat/completions, \
                 POST /v1/embeddings and GET /v1/models"
            );
            Err(invalid_request(StatusCode::NOT_FOUND, &message))
        }
    }
}

async fn read<B>(request: Request<B>) -> Result<Value, Response<Body>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let body = Limited::new(request.into_body(), LARGEST_REQUEST);
    let bytes = body.collect().await.map_err(|error| {
        invalid_request(StatusCode::BAD_REQUEST, &format!("the request's body cannot be read: {error}"))
    })?;
    match serde_json::from_slice(&bytes.to_bytes()) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) => Err(invalid_request(StatusCode::BAD_REQUEST, "the request's body must be a JSON object")),
        Err(error) => {
            let message = format!("the request's body is not JSON: line {}", error.line());
            Err(invalid_request(StatusCode::BAD_REQUEST, &message))
        }
    }
}

fn invalid_request(status: StatusCode, message: &str) -> Response<Body> {
    let error = json!({ "message": message, "type": "invalid_request_error", "param": null, "code": null });
    reply::document(status, &json!({ "error": error }))
}

fn models() -> Response<Body> {
    let models: Vec<Value> = [chat::MODEL, embeddings::MODEL]
        .into_iter()
        .map(|id| json!({ "id": id, "object": "model", "created": 1_721_172_741, "owned_by": "genai-proxy" }))
        .collect();
    reply::document(StatusCode::OK, &json!({ "object": "list", "data": models }))
}
