//! Streams of every text dialect, whose events have 200 bytes and differ in their text and their counts.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body::{Body, Frame};

/// The size of an event, its blank line included.
pub const EVENT: usize = 200;

/// A stream of one dialect.
#[derive(Clone, Debug)]
pub struct Stream(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    name: &'static str,
    path: &'static str,
    content_type: &'static str,
    start: Bytes,
    events: Vec<Bytes>,
    end: Bytes,
}

impl Stream {
    /// The dialect.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Where such streams come from.
    pub fn path(&self) -> &'static str {
        self.0.path
    }

    /// The reply, with so many events between its start and its end.
    pub fn reply(&self, events: usize) -> Response<Events> {
        let mut reply = Response::new(Events { parts: Arc::clone(&self.0), next: 0, last: events + 1 });
        reply.headers_mut().insert("content-type", HeaderValue::from_static(self.0.content_type));
        reply
    }
}

/// All of them.
pub fn all() -> Vec<Stream> {
    let sse = "text/event-stream";
    vec![
        stream(
            ("openai chat", "/v1/chat/completions", sse),
            "data: {\"id\":\"c1\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n",
            |text, _| {
                format!(
                    "data: {{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1749224119,\"model\":\"gpt-4o-mini\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}],\"usage\":null}}\n\n"
                )
            },
            "data: {\"id\":\"c1\",\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n",
        ),
        stream(
            ("openai chat, counting", "/v1/chat/completions", sse),
            "data: {\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n",
            |text, count| {
                format!(
                    "data: {{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}],\"usage\":{{\"prompt_tokens\":10,\"completion_tokens\":{count}}}}}\n\n"
                )
            },
            "data: {\"id\":\"c1\",\"model\":\"llama\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n",
        ),
        stream(
            ("openai completions", "/v1/completions", sse),
            "data: {\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,\"text\":\"\"}]}\n\n",
            |text, _| {
                format!(
                    "data: {{\"id\":\"c1\",\"object\":\"text_completion\",\"created\":1764499721,\"model\":\"llama\",\"choices\":[{{\"index\":0,\"text\":\"{text}\",\"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
                )
            },
            "data: {\"id\":\"c1\",\"model\":\"llama\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n",
        ),
        stream(
            ("openai responses", "/v1/responses", sse),
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"gpt-4o\"}}\n\n",
            |text, count| {
                format!(
                    "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"sequence_number\":{count},\"item_id\":\"msg_0f8e\",\"output_index\":0,\"content_index\":0,\"delta\":\"{text}\"}}\n\n"
                )
            },
            "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"model\":\"gpt-4o\",\"status\":\"completed\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}\n\n",
        ),
        stream(
            ("anthropic messages", "/v1/messages", sse),
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-3-5-haiku-20241022\",\"usage\":{\"input_tokens\":17}}}\n\n",
            |text, _| {
                format!(
                    "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}}}\n\n"
                )
            },
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        stream(
            ("gemini", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", sse),
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":9},\"modelVersion\":\"gemini-2.5-flash\",\"responseId\":\"r1\"}\r\n\r\n",
            |text, count| {
                format!(
                    "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}},\"index\":0}}],\"usageMetadata\":{{\"promptTokenCount\":9,\"totalTokenCount\":{count}}},\"modelVersion\":\"gemini-2.5-flash\",\"responseId\":\"r1\"}}\r\n\r\n"
                )
            },
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":90},\"modelVersion\":\"gemini-2.5-flash\",\"responseId\":\"r1\"}\r\n\r\n",
        ),
        stream(
            ("cohere chat", "/v2/chat", sse),
            "event: message-start\ndata: {\"id\":\"29f14a5a\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[]}}}\n\n",
            |text, _| {
                format!(
                    "event: content-delta\ndata: {{\"type\":\"content-delta\",\"index\":0,\"delta\":{{\"message\":{{\"content\":{{\"text\":\"{text}\"}}}}}}}}\n\n"
                )
            },
            "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"tokens\":{\"input_tokens\":71,\"output_tokens\":100}}}}\n\n",
        ),
        stream(
            ("ollama chat", "http://127.0.0.1:11434/api/chat", "application/x-ndjson"),
            "{\"model\":\"llama3\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":false}\n",
            |text, count| {
                format!(
                    "{{\"model\":\"llama3\",\"created_at\":\"2026-05-24T20:57:43.{count}Z\",\"message\":{{\"role\":\"assistant\",\"content\":\"{text}\"}},\"done\":false}}\n"
                )
            },
            "{\"model\":\"llama3\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":17,\"eval_count\":63}\n",
        ),
    ]
}

fn stream(
    (name, path, content_type): (&'static str, &'static str, &'static str),
    start: &'static str,
    event: impl Fn(&str, u32) -> String,
    end: &'static str,
) -> Stream {
    let events = (0..8).map(|number| {
        // As many digits in each count, so that each text has as much room.
        let (count, word) = (100 + number * 7, "word ".repeat(EVENT));
        let room = EVENT - event("", count).len();
        Bytes::from(event(&word[number as usize % 5..][..room], count))
    });
    Stream(Arc::new(Parts {
        name,
        path,
        content_type,
        start: Bytes::from_static(start.as_bytes()),
        events: events.collect(),
        end: Bytes::from_static(end.as_bytes()),
    }))
}

/// A body of one frame an event.
#[derive(Debug)]
pub struct Events {
    parts: Arc<Parts>,
    next: usize,
    last: usize,
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let (next, last) = (self.next, self.last);
        self.next += 1;
        let bytes = match next {
            0 => &self.parts.start,
            next if next < last => &self.parts.events[next % self.parts.events.len()],
            next if next == last => &self.parts.end,
            _ => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(Frame::data(bytes.clone()))))
    }
}
