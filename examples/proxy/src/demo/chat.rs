//! `POST /v1/chat/completions`.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::{Value, json};

use super::tokens;
use crate::body::{Body, boxed};
use crate::reply;

/// Answers when none is asked for.
pub(super) const MODEL: &str = "gpt-4o-mini";

/// Between two chunks, so that a stream can be seen to stream.
const PACE: Duration = Duration::from_millis(10);

const ANSWER: &str = "Hello from genai-proxy. This answer was made up on the spot, without a model, \
                      but it was counted, priced and traced like a real one.";

static SERIAL: AtomicU64 = AtomicU64::new(1);

struct Completion {
    id: String,
    created: u64,
    model: String,
    input: u64,
}

pub(super) fn complete(request: &Value) -> Response<Body> {
    let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let completion = Completion {
        id: format!("chatcmpl-demo-{}", SERIAL.fetch_add(1, Relaxed)),
        created,
        model: request["model"].as_str().unwrap_or(MODEL).to_owned(),
        input: input_tokens(&request["messages"]),
    };
    if request["stream"].as_bool() == Some(true) {
        completion.streamed(request["stream_options"]["include_usage"].as_bool())
    } else {
        completion.whole()
    }
}

/// Each message costs a few tokens beside its text.
fn input_tokens(messages: &Value) -> u64 {
    const PER_MESSAGE: u64 = 4;
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
    messages
        .iter()
        .map(|message| {
            let text = match &message["content"] {
                Value::String(text) => tokens::count(text),
                Value::Array(parts) => {
                    parts.iter().filter_map(|part| part["text"].as_str()).map(tokens::count).sum()
                }
                _ => 0,
            };
            PER_MESSAGE + text
        })
        .sum()
}

fn words() -> impl Iterator<Item = &'static str> {
    ANSWER.split_inclusive(' ')
}

impl Completion {
    fn usage(&self) -> Value {
        let output = words().count() as u64;
        json!({
            "prompt_tokens": self.input,
            "completion_tokens": output,
            "total_tokens": self.input + output,
            "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0, "audio_tokens": 0 },
        })
    }

    fn whole(&self) -> Response<Body> {
        let document = json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": ANSWER, "refusal": null },
                "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": self.usage(),
        });
        reply::document(StatusCode::OK, &document)
    }

    /// Usage has a chunk of its own where the client asks for it, as OpenAI sends it. Where the client says nothing it
    /// stands in the last chunk, as Mistral and others send it, so that a stream is counted at a first try as well.
    fn streamed(&self, include_usage: Option<bool>) -> Response<Body> {
        let first = json!({ "role": "assistant", "content": "" });
        let mut events = vec![self.chunk(&first, None)];
        events.extend(words().map(|word| self.chunk(&json!({ "content": word }), None)));
        let mut last = self.chunk(&json!({}), Some("stop"));
        if include_usage.is_none() {
            last["usage"] = self.usage();
        }
        events.push(last);
        if include_usage == Some(true) {
            let mut usage = self.envelope(&json!([]));
            usage["usage"] = self.usage();
            events.push(usage);
        }
        let mut frames: Vec<String> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
        frames.push("data: [DONE]\n\n".to_owned());

        let paced = stream::unfold(frames.into_iter().enumerate(), |mut frames| async move {
            let (n, frame) = frames.next()?;
            if n > 0 {
                tokio::time::sleep(PACE).await;
            }
            Some((Ok::<_, Infallible>(Frame::data(Bytes::from(frame))), frames))
        });
        let mut response = Response::new(boxed(StreamBody::new(paced)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        self.envelope(
            &json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason }]),
        )
    }

    fn envelope(&self, choices: &Value) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        })
    }
}
