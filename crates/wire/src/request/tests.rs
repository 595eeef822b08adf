use crate::{Api, RequestFacts, RequestHead, RequestReader};

fn read(api: Api, body: &str) -> RequestFacts {
    let mut whole = RequestReader::new(api, &RequestHead::default());
    whole.push(body.as_bytes());
    let mut bytewise = RequestReader::new(api, &RequestHead::default());
    body.as_bytes().chunks(1).for_each(|byte| bytewise.push(byte));
    assert_eq!(whole.facts(), bytewise.facts());
    whole.into_facts()
}

#[test]
fn openai() {
    let facts = read(
        Api::OpenAiChat,
        r#"{"model":"gpt-4o","messages":[{"role":"user","content":"\"model\":\"x\"","model":"y"}],
            "user":"u-1","safety_identifier":"s-1","metadata":{"user_id":"theirs"},
            "temperature":0.5,"top_p":1,"frequency_penalty":-0.25,"presence_penalty":2,"max_completion_tokens":100,
            "seed":-7,"n":2,"stop":["a","\n",3],"response_format":{"type":"json_schema","json_schema":{"type":"text"}},
            "reasoning_effort":"high","service_tier":"flex","stream_options":{"include_usage":true},"stream":true}"#,
    );
    let expected = RequestFacts {
        model: Some("gpt-4o".into()),
        stream: Some(true),
        include_usage: Some(true),
        user: Some("u-1".into()),
        temperature: Some(0.5),
        top_p: Some(1.0),
        frequency_penalty: Some(-0.25),
        presence_penalty: Some(2.0),
        max_tokens: Some(100),
        seed: Some(-7),
        choice_count: Some(2),
        stop_sequences: vec!["a".into(), "\n".into()],
        output_type: Some("json"),
        reasoning_level: Some("high".into()),
        service_tier: Some("flex".into()),
        ..RequestFacts::default()
    };
    assert_eq!(facts, expected);
}

#[test]
fn responses() {
    let facts = read(
        Api::OpenAiResponses,
        r#"{"model":"gpt-5","input":"hi","max_output_tokens":9,"reasoning":{"effort":"low","summary":"auto"},
            "text":{"format":{"type":"text"}},"previous_response_id":"resp_1","safety_identifier":"s-1"}"#,
    );
    assert_eq!((facts.max_tokens, facts.output_type), (Some(9), Some("text")));
    assert_eq!(facts.reasoning_level.as_deref(), Some("low"));
    assert_eq!(facts.previous_response_id.as_deref(), Some("resp_1"));
    assert_eq!(facts.user.as_deref(), Some("s-1"));
}

#[test]
fn anthropic() {
    let facts = read(
        Api::AnthropicMessages,
        r#"{"model":"claude","max_tokens":1024,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u-2"}}"#,
    );
    assert_eq!((facts.max_tokens, facts.top_k, facts.user.as_deref()), (Some(1024), Some(40), Some("u-2")));
    assert_eq!(facts.stop_sequences, ["END"]);
}

#[test]
fn embeddings() {
    let facts = read(
        Api::OpenAiEmbeddings,
        r#"{"input":["a"],"model":"e","encoding_format":"base64","dimensions":256,"stop":"x"}"#,
    );
    assert_eq!((facts.encoding_format.as_deref(), facts.dimensions), (Some("base64"), Some(256)));
    assert_eq!(facts.stop_sequences, ["x"]);
}

#[test]
fn odd_values_say_nothing() {
    let long = "x".repeat(5000);
    let body = format!(
        r#"{{"model":"{long}","stream":"yes","temperature":"hot","max_tokens":1e30,"n":null,"stop":{{"a":1}},"seed":1.5,"user":""}}"#
    );
    assert_eq!(read(Api::OpenAiChat, &body), RequestFacts::default());
    for body in ["", "not json", "[1,2]", "--boundary\r\ncontent-type: x", "{\"model\":"] {
        assert_eq!(read(Api::OpenAiChat, body), RequestFacts::default());
    }
    // The last of a key wins, and what was read before the fault stays.
    assert_eq!(read(Api::OpenAiChat, r#"{"model":"a","model":"b",?"#).model.as_deref(), Some("b"));
}

#[test]
fn the_last_key_of_a_large_body() {
    let body = format!(r#"{{"messages":[{{"content":"{}"}}],"stream":true}}"#, "a\\\"b".repeat(5_000_000));
    let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::default());
    body.as_bytes().chunks(65_536).for_each(|frame| reader.push(frame));
    assert_eq!(reader.facts().stream, Some(true));
}
