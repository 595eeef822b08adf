use std::io;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING};
use http::{HeaderValue, Response, StatusCode};
use serde::Deserialize;

use super::body::ReplyBody;
use super::mode::Mode;
use super::received::Received;
use super::script::Script;
use super::server::Settings;
use super::usage::{is_asked, rejection, with_event, with_lines};
use crate::corpus::Exchange;

/// Answers a request.
///
/// # Errors
///
/// As scripted: the connection is then closed.
pub(super) async fn answer(settings: &Settings, request: &Received) -> io::Result<Response<ReplyBody>> {
    let header = |name| Some(request.header(name)).filter(|value| !value.is_empty());
    if let Some(script) = header("x-replay-script") {
        return match script.parse() {
            Ok(Script::Hang) => std::future::pending().await,
            Ok(script) => {
                let closed = io::ErrorKind::ConnectionAborted;
                Script::answer(script, &request.path, &request.headers).ok_or_else(|| closed.into())
            }
            Err(fault) => Ok(refusal(&fault)),
        };
    }
    let mode = match header("x-replay-mode").map(str::parse) {
        None => settings.mode,
        Some(Ok(mode)) => mode,
        Some(Err(fault)) => return Ok(refusal(&fault)),
    };
    let found = if let Some(id) = header("x-replay-id") {
        settings.corpus.get(id)
    } else {
        let host = header("x-replay-host").or(settings.host.as_deref());
        settings.corpus.find(&request.path, host, wants_stream(&request.body_start))
    };
    let Some(exchange) = found else {
        return Ok(refusal(&format!("no recorded exchange for {} {}", request.method, request.path)));
    };
    let mut body = exchange.response.body.clone();
    if let Some(lines) = header("x-replay-lines") {
        body = with_lines(&body, lines);
    }
    match header("x-replay-usage").filter(|_| is_asked(request)) {
        Some("honour") => body = with_event(&body),
        Some("reject") => return Ok(rejection()),
        _ => {}
    }
    Ok(replay(exchange, &body, mode))
}

fn replay(exchange: &Exchange, body: &Bytes, mode: Mode) -> Response<ReplyBody> {
    let mut response = Response::new(mode.send(body));
    *response.status_mut() = StatusCode::from_u16(exchange.response.status).unwrap();
    let headers = response.headers_mut();
    for (name, value) in &exchange.response.headers {
        let name = HeaderName::try_from(name).unwrap();
        // These say how the body was sent then; it was decoded since.
        if ![CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
            headers.append(name, HeaderValue::try_from(value).unwrap());
        }
    }
    if let Some(encoding) = mode.encoding() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn wants_stream(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        stream: Option<bool>,
    }
    serde_json::from_slice::<Wish>(body).is_ok_and(|wish| wish.stream == Some(true))
}

/// A status that no recorded reply has, so that no test takes it for one.
fn refusal(message: &str) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::whole(format!("replay: {message}\n").into()));
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    response
}
