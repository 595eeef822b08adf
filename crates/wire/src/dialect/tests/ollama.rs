use std::time::Duration;

use super::{JSON, LINES, lines, read, read_with_status, stream, usage};

const CHAT: &str = "/api/chat";

#[test]
fn a_whole_reply() {
    let body = r#"{"model":"llama3","created_at":"t","message":{"role":"assistant","content":"Hi \"eval_count\":9","thinking":"x"},"done_reason":"stop",
        "done":true,"total_duration":2685412125,"load_duration":3494667,"prompt_eval_count":26,"eval_count":79,"eval_duration":2530305000}"#;
    let facts = read(CHAT, JSON, body);
    assert_eq!(facts.usage, usage(26, 79));
    assert_eq!(
        (facts.model.as_deref(), facts.finish_reasons.as_slice()),
        (Some("llama3"), &["stop".into()][..])
    );
    assert_eq!(facts.head.unwrap().processing, Some(Duration::from_nanos(2_685_412_125)));
}

#[test]
fn a_prompt_that_was_held_has_no_count() {
    let facts = read(
        "/api/generate",
        JSON,
        r#"{"model":"m","response":"x","done":true,"context":[1,2],"eval_count":38}"#,
    );
    assert_eq!(facts.usage.map(|usage| (usage.input, usage.output)), Some((None, Some(38))));
}

#[test]
fn streams() {
    for (path, first, second, third) in [
        (
            CHAT,
            r#""message":{"role":"assistant","content":""}"#,
            r#""message":{"role":"assistant","content":"Hi"}"#,
            r#""message":{"content":"\"done\":false}"}"#,
        ),
        (
            CHAT,
            r#""message":{"content":""}"#,
            r#""message":{"content":"","thinking":"Hm"}"#,
            r#""message":{"content":"!"}"#,
        ),
        (
            CHAT,
            r#""message":{"content":""}"#,
            r#""message":{"content":"","tool_calls":[{"function":{"name":"f"}}]}"#,
            r#""message":{"content":"!"}"#,
        ),
        ("/api/generate", r#""response":"""#, r#""response":"Hi""#, r#""response":" \"done\":false}""#),
    ] {
        let line = |output: &str| {
            format!(r#"{{"model":"m","created_at":"2024-05-24T20:57:43Z",{output},"done":false}}"#)
        };
        let end = format!(
            r#"{{"model":"m",{first},"done_reason":"length","done":true,"total_duration":5,"prompt_eval_count":17,"eval_count":3}}"#
        );
        let read =
            stream(path, LINES, &lines(&[&line(first), &line(second), &line(third), &line(third), &end]));
        assert_eq!((read.facts.usage, read.facts.events), (usage(17, 3), 5));
        assert_eq!(
            (read.facts.model.as_deref(), read.facts.finish_reasons.as_slice()),
            (Some("m"), &["length".into()][..])
        );
        assert_eq!((read.first_output, read.terminal), (Some(1), Some(4)));

        let cut = stream(path, LINES, &lines(&[&line(first), &line(second)]));
        assert_eq!((cut.facts.usage, cut.facts.terminal), (None, false));
    }
}

#[test]
fn errors() {
    let error = r#"{"error":"model 'x' not found"}"#;
    assert_eq!(read_with_status(CHAT, 404, JSON, error.as_bytes()).error.as_deref(), Some("_OTHER"));
    let read =
        stream(CHAT, LINES, &lines(&[r#"{"model":"m","message":{"content":"Hi"},"done":false}"#, error]));
    assert_eq!(read.facts.error.as_deref(), Some("_OTHER"));
}

#[test]
fn embeddings() {
    let facts = read(
        "/api/embed",
        JSON,
        r#"{"model":"m","embeddings":[[0.1],[0.2]],"total_duration":14143917,"prompt_eval_count":8}"#,
    );
    assert_eq!((facts.usage.and_then(|usage| usage.input), facts.model.as_deref()), (Some(8), Some("m")));
    let facts = read("/api/embeddings", JSON, r#"{"embedding":[0.1,-2.5e-3]}"#);
    assert_eq!((facts.usage, facts.terminal), (None, true));
    let facts = read(
        "/api/embeddings",
        JSON,
        r#"{"data":[],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}}"#,
    );
    assert_eq!(facts.usage.and_then(|usage| usage.input), Some(5));
}
