use super::{JSON, SSE, read, read_with_status, sse, stream};
use crate::Usage;

const GENERATE: &str = "/v1beta/models/gemini-2.5-flash:generateContent";
const STREAM: &str = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";
const EMBED: &str = "/v1beta/models/gemini-embedding-001:batchEmbedContents";
const PREDICT: &str = "/v1/projects/p/locations/l/publishers/google/models/text-embedding-005:predict";

#[test]
fn every_count() {
    let facts = read(
        GENERATE,
        JSON,
        r#"{
          "candidates": [
            {"content": {"parts": [{"text": "\"usageMetadata\": 1"}], "role": "model"}, "finishReason": "MAX_TOKENS", "index": 1},
            {"content": {"parts": [{"functionCall": {"name": "f", "args": {"finishReason": "x"}}}]}, "finishReason": "STOP", "index": 0,
             "groundingMetadata": {"webSearchQueries": ["a", "b"], "groundingChunks": [{"web": {"uri": "u"}}, {"maps": {"uri": "u"}}, {"maps": {"uri": "v"}}]},
             "urlContextMetadata": {"urlMetadata": [{"retrievedUrl": "u"}]}}],
          "usageMetadata": {
            "promptTokenCount": 1000, "cachedContentTokenCount": 600, "candidatesTokenCount": 50,
            "toolUsePromptTokenCount": 30, "thoughtsTokenCount": 200, "totalTokenCount": 1280,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 500}, {"tokenCount": 300, "modality": "AUDIO"},
                                    {"modality": "IMAGE", "tokenCount": 150}, {"modality": "VIDEO", "tokenCount": 50}],
            "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}, {"modality": "IMAGE", "tokenCount": 20}],
            "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 10}, {"modality": "IMAGE", "tokenCount": 5}],
            "trafficType": "ON_DEMAND_PRIORITY"},
          "modelVersion": "gemini-2.5-flash-001", "responseId": "r1"}"#,
    );
    let mut expected = Usage::new(1030, 250).with_cache_read(600).with_reasoning(200);
    expected.audio_input = Some(300);
    expected.audio_output = Some(10);
    assert_eq!(facts.usage, Some(expected));
    assert_eq!(facts.finish_reasons.as_slice(), ["STOP", "MAX_TOKENS"]);
    assert_eq!((facts.model.as_deref(), facts.id.as_deref()), (Some("gemini-2.5-flash-001"), Some("r1")));
    assert_eq!(facts.service_tier.as_deref(), Some("priority"));
    let billing = facts.billing.unwrap();
    let modalities = billing.modalities;
    assert_eq!(
        (modalities.image_input, modalities.image_output, modalities.video_input),
        (Some(150), Some(5), Some(50))
    );
    assert_eq!((modalities.audio_cache_read, modalities.image_cache_read), (Some(100), Some(20)));
    assert_eq!(billing.tools.web_search, Some(2));
    assert_eq!(billing.tools.maps_grounding, Some(1));
    assert_eq!(billing.tools.web_fetch, Some(1));
    assert!(facts.terminal && !facts.streamed && !facts.unreadable);
}

const CHUNKS: [&str; 4] = [
    r#"{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"}}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"m","responseId":"r"}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true}]}}],"usageMetadata":{"promptTokenCount":9,"thoughtsTokenCount":3,"totalTokenCount":12},"modelVersion":"m"}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"thoughtsTokenCount":3,"totalTokenCount":14}}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"!"}]},"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["q"]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"thoughtsTokenCount":3,"totalTokenCount":16}}"#,
];

#[test]
fn a_stream_of_chunks_and_one_in_an_array() {
    let [a, b, c, d] = CHUNKS;
    let array: Vec<Vec<u8>> =
        [format!("[{a}"), format!(",\r\n{b}"), format!(",\n{c}\n"), format!(",{d}"), "]".into()]
            .map(String::into_bytes)
            .into();
    for read in [stream(STREAM, SSE, &sse(&CHUNKS)), stream(STREAM, JSON, &array)] {
        assert_eq!(read.facts.usage, Some(Usage::new(9, 7).with_reasoning(3)));
        assert_eq!((read.facts.model.as_deref(), read.facts.id.as_deref()), (Some("m"), Some("r")));
        assert_eq!(read.facts.finish_reasons.as_slice(), ["STOP"]);
        assert_eq!(read.facts.billing.as_ref().unwrap().tools.web_search, Some(1));
        assert_eq!(read.facts.events, 4);
        assert_eq!((read.first_output, read.terminal), (Some(1), Some(3)));
        assert!(!read.facts.unreadable && read.facts.error.is_none());
    }
}

#[test]
fn a_stream_that_is_cut_has_the_counts_so_far() {
    let read = stream(STREAM, SSE, &sse(&CHUNKS[..2]));
    assert_eq!(read.facts.usage, Some(Usage::new(9, 3).with_reasoning(3)));
    assert_eq!((read.terminal, read.facts.finish_reasons.len()), (None, 0));
}

#[test]
fn several_candidates_end_together() {
    let events = sse(&[
        r#"{"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]}},{"index":1,"content":{"parts":[{"text":"b"}]}}]}"#,
        r#"{"candidates":[{"index":0,"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"c"}]}}]}"#,
        r#"{"candidates":[{"index":1,"finishReason":"SAFETY"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":3}}"#,
    ]);
    let read = stream(STREAM, SSE, &events);
    assert_eq!(read.facts.finish_reasons.as_slice(), ["STOP", "SAFETY"]);
    assert_eq!((read.first_output, read.terminal), (Some(0), Some(2)));
}

#[test]
fn a_prompt_that_is_blocked() {
    let body = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}}"#;
    let facts = read(GENERATE, JSON, body);
    assert_eq!(facts.finish_reasons.as_slice(), ["PROHIBITED_CONTENT"]);
    assert_eq!(facts.usage.map(|usage| (usage.input, usage.output)), Some((Some(7), None)));
}

#[test]
fn errors() {
    let error = r#"{"error":{"code":429,"message":"Resource has been exhausted.","status":"RESOURCE_EXHAUSTED","details":[]}}"#;
    let array = format!("[{error}\n]");
    for (path, body) in
        [(GENERATE, error), (STREAM, &*array), (STREAM, error), (EMBED, error), (PREDICT, error)]
    {
        let facts = read_with_status(path, 429, JSON, body.as_bytes());
        assert_eq!(
            (facts.error.as_deref(), facts.streamed),
            (Some("RESOURCE_EXHAUSTED"), false),
            "{path} {body}"
        );
    }
    let read = stream(STREAM, SSE, &sse(&[CHUNKS[1], error]));
    assert_eq!(read.facts.error.as_deref(), Some("RESOURCE_EXHAUSTED"));
}

#[test]
fn embeddings() {
    let facts = read(EMBED, JSON, r#"{"embeddings":[{"values":[0.1,-2e-3]},{"values":[1]}]}"#);
    assert_eq!((facts.usage, facts.terminal), (None, true));
    let body = r#"{"embedding":{"values":[0.1]},"usageMetadata":{"promptTokenCount":5,"promptTokensDetails":[{"modality":"IMAGE","tokenCount":4}]}}"#;
    let facts = read(EMBED, JSON, body);
    assert_eq!(facts.usage.and_then(|usage| usage.input), Some(5));
    assert_eq!(facts.billing.unwrap().modalities.image_input, Some(4));
    let facts = read(
        PREDICT,
        JSON,
        r#"{"predictions":[{"embeddings":{"statistics":{"truncated":false,"token_count":6},"values":[0.1]}},
                           {"embeddings":{"values":[0.2],"statistics":{"token_count":4.0}}}],
            "metadata":{"billableCharacterCount":37}}"#,
    );
    assert_eq!(facts.usage.map(|usage| (usage.input, usage.output)), Some((Some(10), None)));
    assert_eq!(facts.billing.unwrap().input_characters, Some(37));
}
