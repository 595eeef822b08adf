//! What reading costs: `cargo bench -p tower-genai-wire`.
#![allow(missing_docs, reason = "the macros of criterion")]

use std::{hint::black_box, io::Write};

use base64::{Engine, prelude::BASE64_STANDARD};
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

const COMPLETIONS: &str = concat!(
    r#"data: {"id":"cmpl-8f2c9d3b5e174a0d9c61f0a2b7e4d815","object":"text_completion","created":1764499721,"#,
    r#""model":"meta-llama/Llama-3.1-8B-Instruct","choices":[{"index":0,"text":" word","logprobs":null,"#,
    r#""finish_reason":null}]}"#,
    "\n\n"
);

const GEMINI: &str = concat!(
    r#"data: {"candidates":[{"content":{"parts":[{"text":" word"}],"role":"model"},"index":0}],"usageMetadata":"#,
    r#"{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"gemini-2.5-flash","responseId":"aGVsbG8gd29y"}"#,
    "\r\n\r\n"
);

const COHERE_START: &str = concat!(
    "event: message-start\n",
    r#"data: {"id":"29f14a5a","type":"message-start","delta":{"message":{"role":"assistant","content":[]}}}"#,
    "\n\n"
);

const COHERE_DELTA: &str = concat!(
    "event: content-delta\n",
    r#"data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":" word"}}},"#,
    r#""logprobs":{"text":" word","token_ids":[2162],"logprobs":[-0.1875]}}"#,
    "\n\n"
);

const OLLAMA: &str = concat!(
    r#"{"model":"llama3.1:8b-instruct-q4_K_M","created_at":"2026-05-24T20:57:43.314639Z","#,
    r#""message":{"role":"assistant","content":" word"},"done":false}"#,
    "\n"
);

const CONVERSE: &str = r#"{"contentBlockIndex":0,"delta":{"text":" word"},"p":"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"}"#;

const INVOKE: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}"#;

/// A message of an event stream.
fn message(kind: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in
        [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")]
    {
        headers.extend_from_slice(&u8::try_from(name.len()).unwrap_or(0).to_be_bytes());
        headers.extend_from_slice(name.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or(0).to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let total = u32::try_from(16 + headers.len() + payload.len()).unwrap_or(0);
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(headers.len()).unwrap_or(0).to_be_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload.as_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message
}

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
    large(criterion);
}

/// A reply of 30 MB, beside what it costs to move its bytes once.
fn large(criterion: &mut Criterion) {
    let mut body = br#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":["#.to_vec();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    while body.len() < 30_000_000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        body.extend_from_slice(format!("-0.0{},", seed >> 40).as_bytes());
    }
    body.extend_from_slice(br#"0]}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}"#);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let gzip = gzip.write_all(&body).and_then(|()| gzip.finish()).unwrap_or_default();
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 4, 22);
    let brotli = brotli.write_all(&body).map(|()| brotli.into_inner()).unwrap_or_default();
    let mut zstd = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
    let zstd = zstd_safe::compress(&mut zstd, &body, 3).map(|_| zstd).unwrap_or_default();
    let mut group = criterion.benchmark_group("30 MB");
    group.sample_size(10);
    group.bench_function("copied", |bencher| {
        let mut buffer = vec![0; 16 * 1024];
        bencher.iter(|| {
            for frame in body.chunks(16 * 1024) {
                buffer[..frame.len()].copy_from_slice(black_box(frame));
                black_box(&mut buffer);
            }
        });
    });
    for (encoding, bytes) in
        [(None, &body), (Some("gzip"), &gzip), (Some("br"), &brotli), (Some("zstd"), &zstd)]
    {
        group.bench_function(encoding.unwrap_or("identity"), |bencher| {
            bencher.iter(|| {
                let head = ReplyHead::new(200, Some("application/json"), encoding);
                let mut reader = ReplyReader::new(Api::OpenAiEmbeddings, &head);
                bytes.chunks(16 * 1024).for_each(|frame| {
                    reader.push(frame);
                });
                reader.into_facts()
            });
        });
    }
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
    let sse = "text/event-stream";
    let event_stream = "application/vnd.amazon.eventstream";
    let chunk = message("chunk", &format!(r#"{{"bytes":"{}","p":"abcd"}}"#, BASE64_STANDARD.encode(INVOKE)));
    let converse = message("contentBlockDelta", CONVERSE);
    for (name, api, content_type, before, event) in [
        ("openai", Api::OpenAiChat, sse, CHUNK.as_bytes(), CHUNK.as_bytes()),
        ("openai obfuscated", Api::OpenAiChat, sse, OBFUSCATED.as_bytes(), OBFUSCATED.as_bytes()),
        ("completions", Api::OpenAiCompletions, sse, COMPLETIONS.as_bytes(), COMPLETIONS.as_bytes()),
        ("anthropic", Api::AnthropicMessages, sse, ANTHROPIC_START.as_bytes(), ANTHROPIC_DELTA.as_bytes()),
        ("responses", Api::OpenAiResponses, sse, RESPONSES_START.as_bytes(), RESPONSES_DELTA.as_bytes()),
        ("not known", Api::Unknown, sse, CHUNK.as_bytes(), CHUNK.as_bytes()),
        ("gemini", Api::GeminiGenerate, sse, GEMINI.as_bytes(), GEMINI.as_bytes()),
        ("cohere", Api::Chat, sse, COHERE_START.as_bytes(), COHERE_DELTA.as_bytes()),
        ("ollama", Api::OllamaChat, "application/x-ndjson", OLLAMA.as_bytes(), OLLAMA.as_bytes()),
        ("bedrock converse", Api::BedrockConverse, event_stream, &converse, &converse),
        ("bedrock invoke", Api::BedrockInvoke, event_stream, &chunk, &chunk),
    ] {
        let frames = [("one a frame", 1), ("ten a frame", 10)];
        for (framing, per_frame) in frames {
            let head = ReplyHead::new(200, Some(content_type), None);
            let mut reader = ReplyReader::new(api, &head);
            reader.push(before);
            reader.push(event);
            let frame = event.repeat(per_frame.try_into().unwrap_or(1));
            group.throughput(Throughput::Elements(per_frame));
            group.bench_function(format!("{name}, {framing}"), |bencher| {
                bencher.iter(|| reader.push(black_box(&frame)));
            });
        }
        group.throughput(Throughput::Elements(1));
        let head = ReplyHead::new(200, Some(content_type), None);
        let mut reader = ReplyReader::new(api, &head);
        reader.push(before);
        reader.push(event);
        let (first, second) = event.split_at(event.len() / 2);
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
