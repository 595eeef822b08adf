//! What reading costs: `cargo bench -p tower-genai-wire`.
#![allow(missing_docs, reason = "the macros of criterion")]

use std::{hint::black_box, io::Write};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::{Compression, write::GzEncoder};
use tower_genai_wire::{Api, ReplyHead, ReplyReader, RequestHead, RequestReader};

const COMPLETION: &str = r#"{
  "id": "chatcmpl-CdxiIrlxetLzjuBRfsl3k1X7s1F9u",
  "object": "chat.completion",
  "created": 1763640366,
  "model": "gpt-4o-mini-2024-07-18",
  "choices": [
    {
      "index": 0,
      "message": {
        "role": "assistant",
        "content": "TEXT",
        "refusal": null,
        "annotations": []
      },
      "logprobs": null,
      "finish_reason": "stop"
    }
  ],
  "usage": {
    "prompt_tokens": 23,
    "completion_tokens": 7,
    "total_tokens": 30,
    "prompt_tokens_details": {
      "cached_tokens": 0,
      "audio_tokens": 0
    },
    "completion_tokens_details": {
      "reasoning_tokens": 0,
      "audio_tokens": 0,
      "accepted_prediction_tokens": 0,
      "rejected_prediction_tokens": 0
    }
  },
  "service_tier": "default",
  "system_fingerprint": "fp_560af6e559"
}
"#;

/// A chunk of 200 bytes, as OpenAI sends it.
const CHUNK: &str = concat!(
    r#"data: {"id":"chatcmpl-ChZGrWePAKduzUEk8i6v9utQc14XI","object":"chat.completion.chunk","created":1764499721,"#,
    r#""model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}],"usage":null}"#,
    "\n\n"
);

const OBFUSCATED: &str = concat!(
    r#"data: {"id":"chatcmpl-ChZGrWePAKduzUEk8i6v9utQc14XI","object":"chat.completion.chunk","created":1764499721,"#,
    r#""model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_50906f2aac","choices":"#,
    r#"[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null,"#,
    r#""obfuscation":"T3FmnOmia"}"#,
    "\n\n"
);

const ANTHROPIC_START: &str = concat!(
    "event: message_start\n",
    r#"data: {"type":"message_start","message":{"id":"msg_01MCkQZZtEKF3nVbFaExwATe","type":"message","#,
    r#""role":"assistant","model":"claude-3-5-haiku-20241022","content":[],"usage":{"input_tokens":17}}}"#,
    "\n\n"
);

const ANTHROPIC_DELTA: &str = concat!(
    "event: content_block_delta\n",
    r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}       }"#,
    "\n\n"
);

const RESPONSES_START: &str = concat!(
    "event: response.created\n",
    r#"data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"gpt-4o"}}"#,
    "\n\n"
);

const RESPONSES_DELTA: &str = concat!(
    "event: response.output_text.delta\n",
    r#"data: {"type":"response.output_text.delta","sequence_number":12,"item_id":"msg_0f8e1d2c3b4a","#,
    r#""output_index":0,"content_index":0,"delta":" word","logprobs":[],"obfuscation":"T3FmnOmia"}"#,
    "\n\n"
);

fn whole(criterion: &mut Criterion) {
    let completion = COMPLETION.replace("TEXT", &"The capital of France is Paris. ".repeat(10));
    let compact = serde_json::from_str::<serde_json::Value>(&completion).map(|value| value.to_string());
    let compact = compact.unwrap_or_default();
    let mut group = criterion.benchmark_group("whole");
    for (name, body) in [("pretty", &completion), ("compact", &compact)] {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let head = ReplyHead::new(200, Some("application/json"), None);
                let mut reader = ReplyReader::new(Api::OpenAiChat, &head);
                reader.push(black_box(body.as_bytes()));
                reader.finish();
                reader.into_facts()
            });
        });
    }
    group.bench_function("nothing", |bencher| {
        bencher.iter(|| {
            let head = ReplyHead::new(200, Some("application/json"), None);
            let mut reader = ReplyReader::new(Api::OpenAiChat, black_box(&head));
            reader.push(black_box(b"{}"));
            reader.finish();
            reader.into_facts()
        });
    });
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let gzipped = gzip.write_all(completion.as_bytes()).and_then(|()| gzip.finish()).unwrap_or_default();
    group.bench_function("gzip", |bencher| {
        bencher.iter(|| {
            let head = ReplyHead::new(200, Some("application/json"), Some("gzip"));
            let mut reader = ReplyReader::new(Api::OpenAiChat, &head);
            reader.push(black_box(&gzipped));
            reader.finish();
            reader.into_facts()
        });
    });
    let floats = "-0.0123456,".repeat(1_000_000);
    let embeddings =
        format!(r#"{{"data":[{{"embedding":[{floats}0]}}],"model":"m","usage":{{"prompt_tokens":8}}}}"#);
    group.throughput(Throughput::Bytes(embeddings.len() as u64));
    group.bench_function("embeddings", |bencher| {
        bencher.iter(|| {
            let head = ReplyHead::new(200, Some("application/json"), None);
            let mut reader = ReplyReader::new(Api::OpenAiEmbeddings, &head);
            embeddings.as_bytes().chunks(16 * 1024).for_each(|frame| {
                reader.push(frame);
            });
            reader.into_facts()
        });
    });
    group.finish();
}

fn request(criterion: &mut Criterion) {
    let body = format!(
        r#"{{"model":"gpt-4o-mini","messages":[{{"role":"user","content":"{}"}}],"temperature":0.7,"stream":true}}"#,
        "word ".repeat(65)
    );
    criterion.bench_function("request", |bencher| {
        bencher.iter(|| {
            let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::default());
            reader.push(black_box(body.as_bytes()));
            reader.into_facts()
        });
    });
}

fn events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event");
    for (name, api, before, event) in [
        ("openai", Api::OpenAiChat, CHUNK, CHUNK),
        ("openai obfuscated", Api::OpenAiChat, OBFUSCATED, OBFUSCATED),
        ("anthropic", Api::AnthropicMessages, ANTHROPIC_START, ANTHROPIC_DELTA),
        ("responses", Api::OpenAiResponses, RESPONSES_START, RESPONSES_DELTA),
        ("not known", Api::Unknown, CHUNK, CHUNK),
    ] {
        let frames = [("one a frame", 1), ("ten a frame", 10)];
        for (framing, per_frame) in frames {
            let head = ReplyHead::new(200, Some("text/event-stream"), None);
            let mut reader = ReplyReader::new(api, &head);
            reader.push(before.as_bytes());
            reader.push(event.as_bytes());
            let frame = event.repeat(per_frame.try_into().unwrap_or(1));
            group.throughput(Throughput::Elements(per_frame));
            group.bench_function(format!("{name}, {framing}"), |bencher| {
                bencher.iter(|| reader.push(black_box(frame.as_bytes())));
            });
        }
        group.throughput(Throughput::Elements(1));
        let head = ReplyHead::new(200, Some("text/event-stream"), None);
        let mut reader = ReplyReader::new(api, &head);
        reader.push(before.as_bytes());
        reader.push(event.as_bytes());
        let (first, second) = event.as_bytes().split_at(event.len() / 2);
        group.bench_function(format!("{name}, in two frames"), |bencher| {
            bencher.iter(|| {
                reader.push(black_box(first));
                reader.push(black_box(second));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, whole, request, events);
criterion_main!(benches);
