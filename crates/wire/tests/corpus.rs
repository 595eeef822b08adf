//! Every recorded exchange, at many splits and in every content-encoding.
//!
//! Reads `$GENAI_CORPUS/exchanges.jsonl.gz` and `$GENAI_CORPUS/expected.jsonl`; without the variable it says
//! so and passes.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{
    Compression,
    bufread::MultiGzDecoder,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use serde::Deserialize;
use tower_genai_wire::{Api, ReplyFacts, ReplyHead, ReplyReader, RequestHead, RequestReader};

#[derive(Deserialize)]
struct Exchange {
    id: String,
    method: String,
    path: String,
    request: Message,
    response: Message,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    status: u16,
    headers: HashMap<String, String>,
    body_b64: String,
}

#[derive(Deserialize)]
struct Expected {
    id: String,
    dialect: String,
    streamed: bool,
    response_model: Option<String>,
    has_usage: bool,
    finish_reasons: Vec<String>,
    #[serde(default)]
    input: u64,
    #[serde(default)]
    output: u64,
    #[serde(default)]
    cache_read: u64,
    #[serde(default)]
    cache_write: u64,
    #[serde(default)]
    cache_write_1h: u64,
    #[serde(default)]
    reasoning: u64,
    #[serde(default)]
    billed_input: u64,
    #[serde(default)]
    billed_output: u64,
    #[serde(default)]
    search_units: u64,
}

impl Message {
    fn body(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(&self.body_b64).unwrap()
    }

    fn content_type(&self) -> Option<&str> {
        let header = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        header.map(|(_, value)| value.as_str())
    }
}

fn corpus() -> Option<(Vec<Exchange>, Vec<Expected>)> {
    #[allow(clippy::disallowed_methods, reason = "a test may read where its data is")]
    let Ok(folder) = std::env::var("GENAI_CORPUS") else {
        println!("skipped: GENAI_CORPUS is not set");
        return None;
    };
    // Cargo runs tests in the package's folder; a relative path is meant from the workspace's.
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let exchanges = BufReader::new(File::open(folder.join("exchanges.jsonl.gz")).unwrap());
    let exchanges = BufReader::new(MultiGzDecoder::new(exchanges))
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let expected = BufReader::new(File::open(folder.join("expected.jsonl")).unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    Some((exchanges, expected))
}

/// A small generator (xorshift), so that failures repeat.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

fn random_frames<'a>(mut body: &'a [u8], random: &mut Random, longest: usize) -> Vec<&'a [u8]> {
    let mut frames = Vec::new();
    while !body.is_empty() {
        let (frame, rest) = body.split_at((1 + random.below(longest)).min(body.len()));
        frames.push(frame);
        body = rest;
    }
    frames
}

fn read<'a>(
    exchange: &Exchange,
    encoding: Option<&str>,
    frames: impl IntoIterator<Item = &'a [u8]>,
) -> (ReplyFacts, usize, usize) {
    let api = Api::at_provider(&exchange.path).unwrap_or(Api::Unknown);
    let reply = &exchange.response;
    let head = ReplyHead::new(reply.status, reply.content_type(), encoding);
    let head = head.streaming(api.path_stream(&exchange.path) == Some(true));
    let mut reader = ReplyReader::new(api, &head);
    for (name, value) in &reply.headers {
        reader.read_header(name, value.as_bytes());
    }
    let (mut first_outputs, mut terminals) = (0, 0);
    for frame in frames {
        let progress = reader.push(frame);
        first_outputs += usize::from(progress.first_output);
        terminals += usize::from(progress.terminal);
    }
    reader.finish();
    (reader.into_facts(), first_outputs, terminals)
}

/// The body in every content-encoding that is read.
fn encodings(body: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    fn encoded<W: Write>(mut encoder: W, body: &[u8], finish: impl FnOnce(W) -> Vec<u8>) -> Vec<u8> {
        encoder.write_all(body).unwrap();
        finish(encoder)
    }
    let level = Compression::fast;
    let mut zstd = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
    zstd_safe::compress(&mut zstd, body, 3).unwrap();
    [
        ("gzip", encoded(GzEncoder::new(Vec::new(), level()), body, |encoder| encoder.finish().unwrap())),
        (
            "deflate",
            encoded(ZlibEncoder::new(Vec::new(), level()), body, |encoder| encoder.finish().unwrap()),
        ),
        (
            "deflate",
            encoded(DeflateEncoder::new(Vec::new(), level()), body, |encoder| encoder.finish().unwrap()),
        ),
        (
            "br",
            encoded(brotli::CompressorWriter::new(Vec::new(), 4096, 1, 20), body, |encoder| {
                encoder.into_inner()
            }),
        ),
        ("zstd", zstd),
    ]
}

/// The rows know no total. Where a provider states nothing else, as Voyage does for embeddings and rankings (`"usage":
/// {"total_tokens": 12}`), all of it is input.
fn total_of_input(expected: &Expected, body: &[u8]) -> Option<u64> {
    let reply: serde_json::Value = serde_json::from_slice(body).ok().filter(|_| expected.input == 0)?;
    let usage = reply["usage"].as_object().filter(|usage| usage.len() == 1)?;
    usage["total_tokens"].as_u64()
}

fn differences(expected: &Expected, body: &[u8], facts: &ReplyFacts) -> Vec<String> {
    let mut differences = Vec::new();
    let mut same = |what: &str, same: bool| {
        if !same {
            differences.push(what.to_owned());
        }
    };
    let usage = facts.usage.unwrap_or_default();
    let count = |count: Option<u64>| count.unwrap_or(0);
    same("has_usage", expected.has_usage == facts.usage.is_some());
    same("input", expected.input == count(usage.input) || total_of_input(expected, body) == usage.input);
    same("output", expected.output == count(usage.output));
    same("cache_read", expected.cache_read == count(usage.cache_read));
    same("cache_write", expected.cache_write == count(usage.cache_write));
    same("cache_write_1h", expected.cache_write_1h == count(usage.cache_write_1h));
    same("reasoning", expected.reasoning == count(usage.reasoning));
    let billing = facts.billing.as_deref().cloned().unwrap_or_default();
    if expected.dialect == "cohere" {
        same("billed_input", expected.billed_input == count(billing.input_tokens));
        same("billed_output", expected.billed_output == count(billing.output_tokens));
        same("search_units", expected.search_units == count(billing.search_units));
    }
    same("streamed", expected.streamed == facts.streamed);
    if let Some(model) = &expected.response_model {
        same("model", facts.model.as_deref() == Some(model));
    }
    if !expected.finish_reasons.is_empty() {
        let distinct: BTreeSet<_> = facts.finish_reasons.iter().map(ToString::to_string).collect();
        same("finish_reasons", distinct == expected.finish_reasons.iter().cloned().collect());
    }
    same("unreadable", !facts.unreadable);
    let ends =
        ["data: [DONE]", "\"message_stop\"", "\"response.completed\"", "\"done\":true", "\"stream-end\""];
    // The ends of event streams are in base64; those that were recorded are whole.
    let has_end =
        |end: &&str| body.starts_with(&[0]) || body.windows(end.len()).any(|window| window == end.as_bytes());
    same("terminal", facts.terminal == (!facts.streamed || ends.iter().any(has_end)));
    differences
}

#[test]
fn replies() {
    let Some((exchanges, expected)) = corpus() else { return };
    let exchanges: HashMap<_, _> = exchanges.iter().map(|exchange| (&exchange.id, exchange)).collect();
    let mut random = Random(0x5eed_5eed_5eed_5eed);
    let mut failures = Vec::new();
    let mut read_exchanges = 0;
    for expected in &expected {
        let exchange = exchanges[&expected.id];
        let reply = &exchange.response;
        read_exchanges += 1;
        let body = reply.body();
        let whole = read(exchange, None, [&body[..]]);
        let differences = differences(expected, &body, &whole.0);
        if !differences.is_empty() {
            failures.push(format!("{} ({}): {differences:?}: {:?}", expected.id, exchange.path, whole.0));
            continue;
        }
        if whole.1 != usize::from(expected.streamed) {
            failures.push(format!("{}: {} first outputs", expected.id, whole.1));
        }
        let mut check = |how: &str, other: &(ReplyFacts, usize, usize)| {
            if *other != whole {
                failures.push(format!("{} {how}: {other:?} instead of {whole:?}", expected.id));
            }
        };
        check("bytewise", &read(exchange, None, body.chunks(1)));
        for longest in [8, 100, 2000] {
            check("in random frames", &read(exchange, None, random_frames(&body, &mut random, longest)));
        }
        for (encoding, bytes) in encodings(&body) {
            check(encoding, &read(exchange, Some(encoding), [&bytes[..]]));
            check(encoding, &read(exchange, Some(encoding), random_frames(&bytes, &mut random, 100)));
            if bytes.len() < 1000 {
                check(encoding, &read(exchange, Some(encoding), bytes.chunks(1)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {read_exchanges} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(read_exchanges > 1000, "only {read_exchanges} exchanges were found");
    println!("{read_exchanges} exchanges");
}

/// A parameter under one of its names, at the root or in the object that a dialect keeps its parameters in.
fn number(request: &serde_json::Value, names: &[&str]) -> Option<f64> {
    let objects = ["", "/generationConfig", "/inferenceConfig", "/textGenerationConfig", "/options"]
        .map(|path| request.pointer(path));
    objects.into_iter().flatten().find_map(|object| names.iter().find_map(|name| object[*name].as_f64()))
}

#[test]
fn requests() {
    let Some((exchanges, _)) = corpus() else { return };
    for exchange in &exchanges {
        let Some(api) = Api::recognise(&exchange.method, &exchange.path) else { continue };
        let body = exchange.request.body();
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&body) else { continue };
        let mut reader = RequestReader::new(api, &RequestHead::new(exchange.request.content_type(), None));
        reader.push(&body);
        let facts = reader.into_facts();
        let mut bytewise = RequestReader::new(api, &RequestHead::new(exchange.request.content_type(), None));
        body.chunks(1).for_each(|byte| bytewise.push(byte));
        assert_eq!(facts, bytewise.into_facts(), "{}", exchange.id);

        let string = |key: &str| json[key].as_str().filter(|value| !value.is_empty());
        assert_eq!(facts.model.as_deref(), string("model"), "{}", exchange.id);
        assert_eq!(facts.stream, json["stream"].as_bool(), "{}", exchange.id);
        assert_eq!(facts.temperature, number(&json, &["temperature"]), "{}", exchange.id);
        assert_eq!(facts.top_p, number(&json, &["top_p", "topP", "p"]), "{}", exchange.id);
        assert_eq!(facts.include_usage, json["stream_options"]["include_usage"].as_bool(), "{}", exchange.id);
        assert_eq!(facts.previous_response_id.as_deref(), string("previous_response_id"), "{}", exchange.id);
    }
}
