//! `POST /v1/embeddings`.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::tokens;
use crate::body::Body;
use crate::reply;

/// Answers when none is asked for.
pub(super) const MODEL: &str = "text-embedding-3-small";

const DIMENSIONS: u64 = 8;
const MOST_DIMENSIONS: u64 = 3072;

pub(super) fn embed(request: &Value) -> Response<Body> {
    let texts: Vec<&str> = match &request["input"] {
        Value::Array(texts) => texts.iter().map(|text| text.as_str().unwrap_or_default()).collect(),
        text => vec![text.as_str().unwrap_or_default()],
    };
    let dimensions = request["dimensions"].as_u64().unwrap_or(DIMENSIONS).clamp(1, MOST_DIMENSIONS);
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({ "object": "embedding", "index": index, "embedding": vector(text, dimensions) }))
        .collect();
    let used: u64 = texts.iter().map(|text| tokens::count(text)).sum();
    let document = json!({
        "object": "list",
        "data": data,
        "model": request["model"].as_str().unwrap_or(MODEL),
        "usage": { "prompt_tokens": used, "total_tokens": used },
    });
    reply::document(StatusCode::OK, &document)
}

/// A unit vector that depends on every byte of the text and on nothing else.
fn vector(text: &str, dimensions: u64) -> Vec<f64> {
    let raw: Vec<f64> = (0..dimensions)
        .map(|dimension| {
            // FNV-1a, started differently for each dimension.
            let seed = 0xcbf2_9ce4_8422_2325 ^ dimension.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let hash = text
                .bytes()
                .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
            (hash >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        })
        .collect();
    let length = raw.iter().map(|part| part * part).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    raw.into_iter().map(|part| part / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_one_and_tell_texts_apart() {
        let (a, b) = (vector("a", 16), vector("b", 16));
        assert_ne!(a, b);
        assert_eq!(a, vector("a", 16));
        assert!((a.iter().map(|part| part * part).sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
