use super::{billing, read, stream, tools};
use crate::{Api, Usage};

const ITEMS: &str = r#"[{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}},
    {"id":"ws_2","type":"web_search_call","status":"completed","action":{"type":"open_page","url":"https://a.example"}},
    {"id":"ws_3","type":"web_search_call","status":"completed"},
    {"id":"fs_1","type":"file_search_call","queries":["q"],"results":null},
    {"id":"ci_1","type":"code_interpreter_call","container_id":"cntr_1","code":"1"},
    {"id":"ci_2","type":"code_interpreter_call","container_id":"cntr_1","code":"2"},
    {"id":"cu_1","type":"computer_call","action":{"type":"search"}},
    {"id":"ig_1","type":"image_generation_call","status":"completed","size":"1024x1024","quality":"high","result":"aGk="},
    {"id":"rs_1","type":"reasoning","summary":[]},
    {"id":"msg_1","type":"message","content":[{"type":"output_text","text":"web_search_call","annotations":[{"type":"url_citation"}]}]}]"#;

#[test]
fn tools_are_counted_from_the_items() {
    let body = format!(
        r#"{{"id":"resp_1","object":"response","status":"completed","model":"gpt-4.1","output":{ITEMS},
            "usage":{{"input_tokens":300,"input_tokens_details":{{"cached_tokens":10,"cache_write_tokens":5}},
            "output_tokens":20,"output_tokens_details":{{"reasoning_tokens":8}},"total_tokens":320}},
            "tools":[{{"type":"web_search_call"}}],"service_tier":"default"}}"#
    );
    let facts = read(Api::OpenAiResponses, &body);
    let expected =
        Usage { cache_write: Some(5), ..Usage::new(300, 20).with_cache_read(10).with_reasoning(8) };
    assert_eq!(facts.usage, Some(expected));
    let uses = tools(&facts);
    assert_eq!((uses.web_search, uses.file_search, uses.code_interpreter), (Some(2), Some(1), Some(1)));
    assert_eq!((uses.computer_use, uses.image_generation, uses.web_fetch), (Some(1), Some(1), None));
    assert_eq!(billing(&facts).image_size.as_deref(), Some("1024x1024"));
    assert_eq!(billing(&facts).image_quality.as_deref(), Some("high"));
    assert_eq!(facts.finish_reasons.as_slice(), ["completed"]);
}

#[test]
fn a_stream_tells_its_items_twice() {
    let items: Vec<serde_json::Value> = serde_json::from_str(ITEMS).unwrap();
    let mut data = vec![
        r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"gpt-4.1","status":"in_progress","output":[]}}"#.to_owned(),
        r#"{"type":"response.output_text.delta","delta":"Hi"}"#.to_owned(),
    ];
    for item in &items {
        data.push(format!(r#"{{"type":"response.output_item.added","output_index":0,"item":{item}}}"#));
        data.push(r#"{"type":"response.web_search_call.searching","output_index":0}"#.to_owned());
        data.push(format!(r#"{{"type":"response.output_item.done","output_index":0,"item":{item}}}"#));
        // Not every writer begins with the type.
        data.push(
            r#"{"output_index":0,"type":"response.output_item.done","item":{"type":"message"}}"#.to_owned(),
        );
    }
    let completed = format!(
        r#"{{"type":"response.completed","response":{{"id":"resp_1","model":"gpt-4.1","status":"completed","output":{ITEMS},"usage":{{"input_tokens":3,"output_tokens":2}}}}}}"#
    )
    .replace('\n', " ");
    let cut: Vec<_> = data.iter().map(String::as_str).collect();
    let whole: Vec<_> = cut.iter().copied().chain([completed.as_str()]).collect();
    for (data, used) in [(cut, None), (whole, Some(Usage::new(3, 2)))] {
        let facts = read(Api::OpenAiResponses, &stream(&data));
        let uses = tools(&facts);
        assert_eq!((uses.web_search, uses.file_search, uses.code_interpreter), (Some(2), Some(1), Some(1)));
        assert_eq!((uses.computer_use, uses.image_generation), (Some(1), Some(1)));
        assert_eq!(facts.usage, used);
        assert_eq!(facts.terminal, used.is_some());
    }
}

#[test]
fn every_event_that_ends_a_stream_may_state_the_usage() {
    for (kind, status, reason) in [
        ("response.completed", "completed", "completed"),
        ("response.incomplete", "incomplete", "max_output_tokens"),
        ("response.failed", "failed", "failed"),
    ] {
        let event = format!(
            r#"{{"type":"{kind}","response":{{"id":"r","model":"m","status":"{status}","incomplete_details":{{"reason":"max_output_tokens"}},"usage":{{"input_tokens":3,"output_tokens":2}}}}}}"#
        );
        let facts = read(Api::OpenAiResponses, &stream(&[&event]));
        assert_eq!((facts.usage, facts.terminal), (Some(Usage::new(3, 2)), true), "{kind}");
        assert_eq!(facts.finish_reasons.as_slice(), [reason]);
    }
}

#[test]
fn a_response_in_the_background_has_not_ended() {
    let facts = read(
        Api::OpenAiResponses,
        r#"{"id":"r","object":"response","status":"queued","background":true,"model":"m","output":[],"usage":null}"#,
    );
    assert_eq!((facts.usage, facts.finish_reasons.len()), (None, 0));
}
