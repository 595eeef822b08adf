use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::body::{ReplyBody, Step};
use super::voice::Voice;

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
    /// A stream of so many events that is complete, except that it does not end (`linger=EVENTS`).
    Linger(u32),
    /// A stream that falls silent in the middle of its first event (`half`).
    Half,
    /// A stream without a single event (`empty`).
    Empty,
    /// A stream that panics in the server after so many events (`panic=EVENTS`).
    Panic(u32),
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
    /// The first so many bytes of an event, and then silence (`held-event=BYTES`).
    HeldEvent(u64),
    /// A JSON reply of so many bytes that gzip made very short (`bomb=BYTES`).
    Bomb(u64),
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
            Self::Linger(events) => write!(f, "linger={events}"),
            Self::Half => f.write_str("half"),
            Self::Empty => f.write_str("empty"),
            Self::Panic(events) => write!(f, "panic={events}"),
            Self::NoContent => f.write_str("no-content"),
            Self::Malformed => f.write_str("malformed"),
            Self::Truncated => f.write_str("truncated"),
            Self::InvalidUtf8 => f.write_str("invalid-utf8"),
            Self::WrongType => f.write_str("wrong-type"),
            Self::BigJson(bytes) => write!(f, "big-json={bytes}"),
            Self::BigEvent(bytes) => write!(f, "big-event={bytes}"),
            Self::HeldEvent(bytes) => write!(f, "held-event={bytes}"),
            Self::Bomb(bytes) => write!(f, "bomb={bytes}"),
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
            "linger" => Self::Linger(events()?),
            "half" => Self::Half,
            "empty" => Self::Empty,
            "panic" => Self::Panic(events()?),
            "no-content" => Self::NoContent,
            "malformed" => Self::Malformed,
            "truncated" => Self::Truncated,
            "invalid-utf8" => Self::InvalidUtf8,
            "wrong-type" => Self::WrongType,
            "big-json" => Self::BigJson(number(first)?),
            "big-event" => Self::BigEvent(number(first)?),
            "held-event" => Self::HeldEvent(number(first)?),
            "bomb" => Self::Bomb(number(first)?),
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

    /// The reply to a request; `None` where there is none: the connection is closed, or nothing ever comes.
    pub fn answer(self, path: &str, request: &HeaderMap) -> Option<Response<ReplyBody>> {
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
            Self::BigJson(_) | Self::Bomb(_) => (200, Some("application/json"), ReplyBody::steps(steps)),
            _ => (200, Some("text/event-stream; charset=utf-8"), ReplyBody::steps(steps)),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let headers = response.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert("content-type", HeaderValue::from_static(content_type));
        }
        if let Self::Bomb(_) = self {
            headers.insert("content-encoding", HeaderValue::from_static("gzip"));
        }
        if status == 429 {
            headers.insert("retry-after", HeaderValue::from_static("17"));
        }
        Some(response)
    }

    fn steps(self, voice: &Voice, request: &HeaderMap) -> Vec<Step> {
        match self {
            Self::Hang | Self::Close | Self::NoContent | Self::Empty => Vec::new(),
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
                let error = voice.error_event(529, "as scripted");
                voice.events(events).into_iter().chain([error]).map(data).collect()
            }
            Self::Cut(events) => voice.events(events).into_iter().map(data).chain([Step::Abort]).collect(),
            Self::CutLength => vec![data(voice.whole()), Step::Abort],
            Self::Stall(events) => voice.events(events).into_iter().map(data).chain([Step::Stall]).collect(),
            Self::Linger(events) => {
                let whole = voice.events(events).into_iter().chain(voice.tail(events)).map(data);
                whole.chain([Step::Stall]).collect()
            }
            Self::Half => {
                let mut event = voice.events(1).remove(0);
                event.truncate(event.len() / 2);
                vec![data(event), Step::Stall]
            }
            Self::Panic(events) => voice.events(events).into_iter().map(data).chain([Step::Panic]).collect(),
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
            Self::BigEvent(bytes) => filled(EVENT_START, bytes, "\"}\n\n"),
            Self::HeldEvent(bytes) => {
                let mut steps = filled(EVENT_START, bytes, "");
                steps.push(Step::Stall);
                steps
            }
            Self::Bomb(bytes) => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
                for step in Self::BigJson(bytes).steps(voice, request) {
                    let (data, length) = match step {
                        Step::Data(data) => (data.clone(), data.len() as u64),
                        Step::Repeat(data, length) => (data, length),
                        _ => continue,
                    };
                    let mut left = length;
                    while left > 0 {
                        let part = usize::try_from(left).map_or(data.len(), |left| left.min(data.len()));
                        encoder.write_all(&data[..part]).unwrap();
                        left -= part as u64;
                    }
                }
                vec![Step::Data(encoder.finish().unwrap().into())]
            }
        }
    }
}

const EVENT_START: &str = "data: {\"text\":\"";

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
