use super::{JSON, SSE, read, sse, stream, usage};
use crate::Usage;

const IMAGEN: &str = "/v1/projects/p/locations/l/publishers/google/models/imagen-4.0-generate-001:predict";
const JAMBA: &str = "/v1/projects/p/locations/l/publishers/ai21/models/jamba-1.5:rawPredict";
const ENDPOINT: &str = "/v1/projects/p/locations/l/endpoints/123:streamRawPredict";
const CLAUDE: &str =
    "/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict";
const MISTRAL: &str =
    "/v1/projects/p/locations/l/publishers/mistralai/models/mistral-small-2503:streamRawPredict";

#[test]
fn images_are_counted() {
    let facts = read(
        IMAGEN,
        JSON,
        r#"{"predictions":[{"bytesBase64Encoded":"aWZn","mimeType":"image/png"},{"mimeType":"image/jpeg","bytesBase64Encoded":"x"},
                           {"bytesBase64Encoded":"aWZn","mimeType":"audio/wav"}]}"#,
    );
    assert_eq!((facts.billing.unwrap().images, facts.usage), (Some(2), None));
    let filtered = read(IMAGEN, JSON, r#"{"predictions":[{"raiFilteredReason":"violence"}]}"#);
    assert_eq!(filtered.billing, None);
}

#[test]
fn publishers_keep_their_shapes() {
    let facts = read(
        CLAUDE,
        JSON,
        r#"{"id":"msg_vrtx_1","type":"message","model":"claude-sonnet-4-20250514","stop_reason":"end_turn",
            "usage":{"input_tokens":3,"cache_read_input_tokens":5,"output_tokens":7}}"#,
    );
    assert_eq!(facts.usage, Some(Usage::new(8, 7).with_cache_read(5)));
    let jamba = r#"{"id":"j","model":"jamba","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
    assert_eq!(read(JAMBA, JSON, jamba).usage, usage(3, 4));
    for path in [MISTRAL, ENDPOINT] {
        let read = stream(
            path,
            SSE,
            &sse(&[
                r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
                r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
                r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
                "[DONE]",
            ]),
        );
        assert_eq!((read.facts.usage, read.first_output, read.terminal), (usage(1, 2), Some(1), Some(3)));
        assert_eq!(read.facts.finish_reasons.as_slice(), ["stop"]);
    }
}
