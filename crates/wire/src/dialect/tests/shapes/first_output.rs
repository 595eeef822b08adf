//! Which events carry output, and which come before it.

use super::stream;
use crate::{Api, ReplyHead, ReplyReader};

const CHUNK: &str = r#"{"id":"c","model":"m","choices":[{"index":0,"delta":DELTA,"finish_reason":null}]}"#;

/// The number of the event that carries the first output.
fn first(api: Api, events: &[&str]) -> Option<usize> {
    let head = ReplyHead::new(200, Some("text/event-stream"), None);
    let mut reader = ReplyReader::new(api, &head);
    let first: Vec<_> = events
        .iter()
        .map(|event| reader.push(stream(&[event]).as_bytes()).first_output)
        .enumerate()
        .filter_map(|(at, first_output)| first_output.then_some(at))
        .collect();
    assert!(first.len() < 2);
    first.first().copied()
}

#[test]
fn chat() {
    let before = [
        r#"{"choices":[],"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}"#.to_owned(),
        CHUNK.replace("DELTA", r#"{"role":"assistant"}"#),
        CHUNK.replace("DELTA", r#"{"role":"assistant","content":"","refusal":null}"#),
        CHUNK.replace("DELTA", r#"{"content":null,"tool_calls":null,"reasoning_content":null,"annotations":[]}"#),
        r#"{"id":"c","choices":[{"index":0,"content_filter_results":{"hate":{"filtered":false}},"finish_reason":null}]}"#.to_owned(),
        r#"{"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":0}}"#.to_owned(),
        r#"{"id":"c","model":"m","choices":[],"x_groq":{"id":"req_1"}}"#.to_owned(),
    ];
    for output in [
        r#"{"content":"Hi"}"#,
        r#"{"content":[{"type":"text","text":"Hi"}]}"#,
        r#"{"reasoning_content":"Hm"}"#,
        r#"{"reasoning":"Hm"}"#,
        r#"{"refusal":"No"}"#,
        r#"{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}"#,
        r#"{"function_call":{"name":"f","arguments":""}}"#,
        r#"{"audio":{"id":"audio_1","data":"aGk="}}"#,
        r#"{"images":[{"type":"image_url"}]}"#,
    ] {
        let output = CHUNK.replace("DELTA", output);
        let mut events: Vec<_> = before.iter().map(String::as_str).collect();
        events.extend([output.as_str(), &output]);
        for api in [Api::OpenAiChat, Api::Unknown, Api::Chat] {
            assert_eq!(first(api, &events), Some(before.len()), "{api:?}: {output}");
        }
    }
}

#[test]
fn completions() {
    let chunk = |text: &str| format!(r#"{{"id":"c","model":"m","choices":[{{"index":0,"text":"{text}"}}]}}"#);
    assert_eq!(first(Api::OpenAiCompletions, &[&chunk(""), &chunk("Hi"), &chunk("!")]), Some(1));
}

#[test]
fn messages() {
    let before = [
        r#"{"type":"message_start","message":{"id":"msg_1","model":"claude","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"abc"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
    ];
    for output in [
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"t","name":"web_search"}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"x"}}"#,
    ] {
        let events = [&before[..], &[output, output]].concat();
        assert_eq!(first(Api::AnthropicMessages, &events), Some(before.len()), "{output}");
        assert_eq!(first(Api::Unknown, &events), Some(before.len()), "{output}");
    }
}

#[test]
fn responses() {
    let before = [
        r#"{"type":"response.created","response":{"id":"r","model":"m","status":"in_progress","output":[]}}"#,
        r#"{"type":"response.in_progress","response":{"id":"r","model":"m","status":"in_progress","output":[]}}"#,
        r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[]}}"#,
        r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"msg","type":"message","content":[]}}"#,
        r#"{"type":"response.content_part.added","part":{"type":"output_text","annotations":[],"text":""}}"#,
        r#"{"type":"response.web_search_call.in_progress","output_index":0}"#,
    ];
    for output in [
        r#"{"type":"response.output_text.delta","delta":"Hi"}"#,
        r#"{"type":"response.reasoning_summary_text.delta","delta":"Hm"}"#,
        r#"{"type":"response.refusal.delta","delta":"No"}"#,
        r#"{"type":"response.function_call_arguments.delta","delta":"{"}"#,
        r#"{"type":"response.audio.delta","delta":"aGk="}"#,
        r#"{"type":"response.image_generation_call.partial_image","partial_image_b64":"aGk="}"#,
        r#"{"type":"response.output_item.added","item":{"type":"function_call","name":"f","arguments":""}}"#,
    ] {
        let events = [&before[..], &[output, output]].concat();
        assert_eq!(first(Api::OpenAiResponses, &events), Some(before.len()), "{output}");
    }
}

#[test]
fn media() {
    let audio = r#"{"type":"speech.audio.delta","audio":"aGk="}"#;
    assert_eq!(
        first(Api::OpenAiSpeech, &[audio, r#"{"type":"speech.audio.done","usage":{"input_tokens":1}}"#]),
        Some(0)
    );
    let text = r#"{"type":"transcript.text.delta","delta":"I"}"#;
    assert_eq!(
        first(Api::OpenAiTranscriptions, &[r#"{"type":"transcript.text.delta","delta":""}"#, text]),
        Some(1)
    );
    let image = r#"{"type":"image_generation.partial_image","b64_json":"aGk=","partial_image_index":0}"#;
    assert_eq!(first(Api::OpenAiImages, &[image, image]), Some(0));
}
