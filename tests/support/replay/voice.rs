use serde_json::json;

/// The model that scripted replies name.
pub const MODEL: &str = "gpt-4o-mini-2024-07-18";
/// The input tokens that scripted replies report; the output tokens are the number of events.
pub const INPUT_TOKENS: u64 = 7;

/// How a provider says things.
pub(super) struct Voice {
    anthropic: bool,
}

impl Voice {
    pub(super) fn of(path: &str) -> Self {
        Self { anthropic: path.ends_with("/messages") }
    }

    pub(super) fn whole(&self) -> String {
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
    pub(super) fn events(&self, count: u32) -> Vec<String> {
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
    pub(super) fn tail(&self, count: u32) -> Vec<String> {
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

    pub(super) fn error(&self, status: u16, message: &str) -> String {
        let error = if self.anthropic {
            let kind = match status {
                401 => "authentication_error",
                429 => "rate_limit_error",
                529 => "overloaded_error",
                _ => "api_error",
            };
            json!({ "type": "error", "error": { "type": kind, "message": message } })
        } else {
            let (kind, code) = match status {
                401 => ("invalid_request_error", Some("invalid_api_key")),
                429 => ("requests", Some("rate_limit_exceeded")),
                _ => ("server_error", None),
            };
            json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
        };
        error.to_string()
    }

    pub(super) fn error_event(&self, status: u16, message: &str) -> String {
        let error = self.error(status, message);
        if self.anthropic { format!("event: error\ndata: {error}\n\n") } else { format!("data: {error}\n\n") }
    }
}
