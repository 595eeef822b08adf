use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::body::ReplyBody;
use super::received::Received;

/// The input tokens in the event that is added.
pub const EXTRA_INPUT: u64 = 1234;
/// The output tokens in the event that is added.
pub const EXTRA_OUTPUT: u64 = 567;

/// The recorded stream with its lines ended as asked, `lf`, `cr` or `crlf`.
pub fn with_lines(stream: &Bytes, lines: &str) -> Bytes {
    let end = match lines {
        "cr" => "\r",
        "crlf" => "\r\n",
        _ => return stream.clone(),
    };
    // JSON has no line ends in its strings.
    let text = std::str::from_utf8(stream).unwrap();
    text.replace("\r\n", "\n").replace('\n', end).into()
}

/// The stream as a provider sends it that honours `stream_options`: with one more event, before the last.
pub fn with_event(stream: &Bytes) -> Bytes {
    let text = std::str::from_utf8(stream).unwrap();
    let end = if text.contains("\r\n") {
        "\r\n"
    } else if text.contains('\r') {
        "\r"
    } else {
        "\n"
    };
    let event = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [],
        "usage": {
            "prompt_tokens": EXTRA_INPUT, "completion_tokens": EXTRA_OUTPUT,
            "total_tokens": EXTRA_INPUT + EXTRA_OUTPUT, "prompt_tokens_details": { "cached_tokens": 0 },
        },
    });
    let (before, behind) = text.split_at(text.rfind("data: [DONE]").unwrap_or(text.len()));
    format!("{before}data: {event}{end}{end}{behind}").into()
}

/// Whether the request asks for the usage of its stream. Of a large one only an option at its end is seen.
pub(super) fn is_asked(request: &Received) -> bool {
    match serde_json::from_slice::<Value>(&request.body_start) {
        Ok(body) => body["stream_options"]["include_usage"] == true,
        Err(_) => request.body_end.ends_with(br#""stream_options":{"include_usage":true}}"#),
    }
}

/// What a provider says that does not know the field.
pub(super) fn rejection() -> Response<ReplyBody> {
    let error = json!({ "error": {
        "message": "Unrecognized request argument supplied: stream_options",
        "type": "invalid_request_error", "param": null, "code": "unknown_parameter",
    } });
    let mut response = Response::new(ReplyBody::whole(error.to_string().into()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
