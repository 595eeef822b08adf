use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::json;

use super::body::{ReplyBody, Step};

/// The model that scripted replies name.
pub const MODEL: &str = "gpt-4o-mini-2024-07-18";
/// The input tokens that scripted replies report; the output tokens are the number of events.
pub const INPUT_TOKENS: u64 = 7;

/// A scripted answer. Its text form, given in brackets, is the value of `x-replay-script`.
///
/// Requests whose path ends in `/messages` are answered as Anthropic does, all others as OpenAI's chat completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// A whole JSON reply (`json`).
    Json,
    /// A stream of so many events, each so long after the one before (`stream=EVENTS,MILLISECONDS`).
    Stream(u32, Duration),
    /// A stream of so many events that ends with trailers (`trailers=EVENTS`).
    Trailers(u32),
    /// An error of the provider (`status=529`); 429 says when to retry.
    Status(u16),
    /// 401 with a body that repeats the credential, as providers do (`wrong-key`).
    WrongKey,
    /// 200, and the body is an error (`error-body`).
    ErrorBody,
    /// A stream in which so many events are followed by an error (`error-event=EVENTS`).
    ErrorEvent(u32),
    /// A stream that breaks after so many events (`cut=EVENTS`).
    Cut(u32),
    /// A JSON reply that is shorter than was promised (`cut-length`).
    CutLength,
    /// The connection is closed before the head (`close`).
    Close,
    /// The head never comes (`hang`).
    Hang,
    /// A stream that falls silent after so many events (`stall=EVENTS`).
    Stall(u32),
    /// A reply without a body (`no-content`).
    NoContent,
    /// Something that is not quite JSON (`malformed`).
    Malformed,
    /// A stream that ends in the middle of an event, in good order as far as HTTP goes (`truncated`).
    Truncated,
    /// JSON that is not UTF-8 (`invalid-utf8`).
    InvalidUtf8,
    /// A web page (`wrong-type`).
    WrongType,
    /// A JSON reply of so many bytes, without its length (`big-json=BYTES`).
    BigJson(u64),
    /// One event of so many bytes (`big-event=BYTES`).
    BigEvent(u64),
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json => f.write_str("json"),
            Self::Stream(events, wait) => write!(f, "stream={events},{}", wait.as_millis()),
            Self::Trailers(events) => write!(f, "trailers={events}"),
            Self::Status(status) => write!(f, "status={status}"),
            Self::WrongKey => f.write_str("wrong-key"),
            Self::ErrorBody => f.write_str("error-body"),
            Self::ErrorEvent(events) => write!(f, "error-event={events}"),
            Self::Cut(events) => write!(f, "cut={events}"),
            Self::CutLength => f.write_str("cut-length"),
            Self::Close => f.write_str("close"),
            Self::Hang => f.write_str("hang"),
            Self::Stall(events) => write!(f, "stall={events}"),
            Self::NoContent => f.write_str("no-content"),
            Self::Malformed => f.write_str("malformed"),
            Self::Truncated => f.write_str("truncated"),
            Self::InvalidUtf8 => f.write_str("invalid-utf8"),
            Self::WrongType => f.write_str("wrong-type"),
            Self::BigJson(bytes) => write!(f, "big-json={bytes}"),
            Self::BigEvent(bytes) => write!(f, "big-event={bytes}"),
        }
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, argument) = text.split_once('=').unwrap_or((text, ""));
        let (first, second) = argument.split_once(',').unwrap_or((argument, "0"));
        let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a number"));
        let events = || number(first).and_then(|n| u32::try_from(n).map_err(|_| "too many".to_owned()));
        Ok(match name {
            "json" => Self::Json,
            "stream" => Self::Stream(events()?, Duration::from_millis(number(second)?)),
            "trailers" => Self::Trailers(events()?),
            "status" => Self::Status(first.parse().map_err(|_| format!("`{first}` is not a status"))?),
            "wrong-key" => Self::WrongKey,
            "error-body" => Self::ErrorBody,
            "error-event" => Self::ErrorEvent(events()?),
            "cut" => Self::Cut(events()?),
            "cut-length" => Self::CutLength,
            "close" => Self::Close,
            "hang" => Self::Hang,
            "stall" => Self::Stall(events()?),
            "no-content" => Self::NoContent,
            "malformed" => Self::Malformed,
            "truncated" => Self::Truncated,
            "invalid-utf8" => Self::InvalidUtf8,
            "wrong-type" => Self::WrongType,
            "big-json" => Self::BigJson(number(first)?),
            "big-event" => Self::BigEvent(number(first)?),
            _ => return Err(format!("`{text}` is no script")),
        })
    }
}

impl Script {
    /// The bytes of the body, as far as they are sent, unless it is one of the big ones.
    pub fn body(self, path: &str) -> Vec<u8> {
        let mut whole = Vec::new();
        for step in self.steps(&Voice::of(path), &HeaderMap::new()) {
            match step {
                Step::Data(data) => whole.extend_from_slice(&data),
                Step::Repeat(..) => panic!("{self} is too big to be held"),
                _ => {}
            }
        }
        whole
    }

    /// `None` closes the connection. [`Hang`](Self::Hang) is not for this function.
    pub(super) fn answer(self, path: &str, request: &HeaderMap) -> Option<Response<ReplyBody>> {
        let voice = Voice::of(path);
        let steps = self.steps(&voice, request);
        let (status, content_type, body) = match self {
            Self::Hang | Self::Close => return None,
            Self::NoContent => (204, None, ReplyBody::whole(Bytes::new())),
            Self::Status(status) => (status, Some("application/json"), whole(steps)),
            Self::WrongKey => (401, Some("application/json"), whole(steps)),
            Self::Json | Self::ErrorBody | Self::Malformed | Self::InvalidUtf8 => {
                (200, Some("application/json"), whole(steps))
            }
            Self::CutLength => (200, Some("application/json"), ReplyBody::steps(steps).promising(1000)),
            Self::WrongType => (200, Some("text/html; charset=utf-8"), whole(steps)),
            Self::BigJson(_) => (200, Some("application/json"), ReplyBody::steps(steps)),
            _ => (200, Some("text/event-stream; charset=utf-8"), ReplyBody::steps(steps)),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let headers = response.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert("content-type", HeaderValue::from_static(content_type));
        }
        if status == 429 {
            headers.insert("retry-after", HeaderValue::from_static("17"));
        }
        Some(response)
    }

    fn steps(self, voice: &Voice, request: &HeaderMap) -> Vec<Step> {
        match self {
            Self::Hang | Self::Close | Self::NoContent => Vec::new(),
            Self::Json => vec![data(voice.whole())],
            Self::Stream(events, wait) => {
                let mut steps = Vec::new();
                for event in voice.events(events) {
                    steps.push(data(event));
                    if !wait.is_zero() {
                        steps.push(Step::Wait(wait));
                    }
                }
                steps.extend(voice.tail(events).into_iter().map(data));
                steps
            }
            Self::Trailers(events) => {
                let mut trailers = HeaderMap::new();
                trailers.insert("x-replay-trailer", HeaderValue::from_static("here"));
                let whole = voice.events(events).into_iter().chain(voice.tail(events)).map(data);
                whole.chain([Step::Trailers(trailers)]).collect()
            }
            Self::Status(status) => vec![data(voice.error(status, "as scripted"))],
            Self::WrongKey => {
                let key = ["authorization", "x-api-key", "api-key", "x-goog-api-key"]
                    .iter()
                    .find_map(|name| request.get(*name)?.to_str().ok())
                    .unwrap_or("none");
                vec![data(voice.error(401, &format!("Incorrect API key provided: {key}.")))]
            }
            Self::ErrorBody => vec![data(voice.error(500, "as scripted"))],
            Self::ErrorEvent(events) => {
                let error = voice.error(529, "as scripted");
                let error = if voice.anthropic {
                    format!("event: error\ndata: {error}\n\n")
                } else {
                    format!("data: {error}\n\n")
                };
                voice.events(events).into_iter().chain([error]).map(data).collect()
            }
            Self::Cut(events) => voice.events(events).into_iter().map(data).chain([Step::Abort]).collect(),
            Self::CutLength => vec![data(voice.whole()), Step::Abort],
            Self::Stall(events) => voice.events(events).into_iter().map(data).chain([Step::Stall]).collect(),
            Self::Malformed => {
                vec![data(r#"{"id":"x","model":"gpt-4o","usage":{"prompt_tokens":}"#.to_owned())]
            }
            Self::Truncated => {
                let mut events = voice.events(2);
                let last = events[1].len() - 9;
                events[1].truncate(last);
                events.into_iter().map(data).collect()
            }
            Self::InvalidUtf8 => {
                vec![Step::Data(Bytes::from_static(b"{\"model\":\"\xff\xfe\",\"\x80\":[\"\xc3\"]}"))]
            }
            Self::WrongType => vec![data("<!doctype html><title>Bad gateway</title>".to_owned())],
            Self::BigJson(bytes) => {
                let (open, close) = ("{\"object\":\"chat.completion\",\"text\":\"", "\"}");
                filled(open, bytes, close)
            }
            Self::BigEvent(bytes) => filled("data: {\"text\":\"", bytes, "\"}\n\n"),
        }
    }
}

fn data(text: String) -> Step {
    Step::Data(text.into())
}

fn whole(steps: Vec<Step>) -> ReplyBody {
    let body: Vec<u8> = steps
        .into_iter()
        .flat_map(|step| match step {
            Step::Data(data) => data,
            _ => Bytes::new(),
        })
        .collect();
    ReplyBody::whole(body.into())
}

fn filled(open: &'static str, bytes: u64, close: &'static str) -> Vec<Step> {
    let filling = Bytes::from(vec![b'x'; 16 << 10]);
    let left = bytes.saturating_sub((open.len() + close.len()) as u64);
    vec![Step::Data(open.into()), Step::Repeat(filling, left), Step::Data(close.into())]
}

/// How a provider says things.
struct Voice {
    anthropic: bool,
}

impl Voice {
    fn of(path: &str) -> Self {
        Self { anthropic: path.ends_with("/messages") }
    }

    fn whole(&self) -> String {
        let whole = if self.anthropic {
            json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL,
                "content": [{ "type": "text", "text": "Hello" }], "stop_reason": "end_turn",
                "usage": { "input_tokens": INPUT_TOKENS, "output_tokens": 1 },
            })
        } else {
            json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL,
                "choices": [{
                    "index": 0, "finish_reason": "stop",
                    "message": { "role": "assistant", "content": "Hello" },
                }],
                "usage": {
                    "prompt_tokens": INPUT_TOKENS, "completion_tokens": 1, "total_tokens": INPUT_TOKENS + 1,
                },
            })
        };
        whole.to_string()
    }

    /// So many events with output.
    fn events(&self, count: u32) -> Vec<String> {
        if self.anthropic {
            let start = json!({
                "type": "message_start",
                "message": {
                    "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": [],
                    "usage": { "input_tokens": INPUT_TOKENS, "output_tokens": 1 },
                },
            });
            let delta = json!({
                "type": "content_block_delta", "index": 0,
                "delta": { "type": "text_delta", "text": "Hello" },
            });
            let start = format!("event: message_start\ndata: {start}\n\n");
            let delta = format!("event: content_block_delta\ndata: {delta}\n\n");
            return std::iter::once(start).chain(std::iter::repeat_n(delta, count as usize)).collect();
        }
        let event = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL,
            "choices": [{ "index": 0, "delta": { "content": "Hello" }, "finish_reason": null }],
        });
        std::iter::repeat_n(format!("data: {event}\n\n"), count as usize).collect()
    }

    /// The end of a stream of so many events: the finish reason, the usage, the last event.
    fn tail(&self, count: u32) -> Vec<String> {
        if self.anthropic {
            let delta = json!({
                "type": "message_delta", "delta": { "stop_reason": "end_turn" },
                "usage": { "output_tokens": count },
            });
            return vec![
                format!("event: message_delta\ndata: {delta}\n\n"),
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned(),
            ];
        }
        let last = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL,
            "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }],
        });
        let usage = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [],
            "usage": {
                "prompt_tokens": INPUT_TOKENS, "completion_tokens": count,
                "total_tokens": INPUT_TOKENS + u64::from(count),
            },
        });
        vec![format!("data: {last}\n\n"), format!("data: {usage}\n\n"), "data: [DONE]\n\n".to_owned()]
    }

    fn error(&self, status: u16, message: &str) -> String {
        let (anthropic, openai) = match status {
            400 => ("invalid_request_error", "invalid_request_error"),
            401 => ("authentication_error", "invalid_api_key"),
            429 => ("rate_limit_error", "rate_limit_exceeded"),
            529 => ("overloaded_error", "overloaded"),
            _ => ("api_error", "server_error"),
        };
        let error = if self.anthropic {
            json!({ "type": "error", "error": { "type": anthropic, "message": message } })
        } else {
            json!({ "error": { "message": message, "type": openai, "param": null, "code": openai } })
        };
        error.to_string()
    }
}
