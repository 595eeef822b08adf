use std::time::Duration;

use super::{billing, read, stream, tools, usage};
use crate::{Api, Usage};

#[test]
fn openai_states_all_parts() {
    let facts = read(
        Api::OpenAiChat,
        r#"{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-audio-preview-2025-06-03","choices":[
            {"index":0,"message":{"role":"assistant","content":"Hi","annotations":[]},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":120,"completion_tokens":70,"total_tokens":190,
            "prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":8,"audio_tokens":20,"image_tokens":30,
                "text_tokens":70,"cached_tokens_details":{"text_tokens":20,"audio_tokens":15,"image_tokens":5}},
            "completion_tokens_details":{"reasoning_tokens":10,"audio_tokens":25,"text_tokens":35,
                "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},
            "service_tier":"default","system_fingerprint":"fp_1"}"#,
    );
    let expected = Usage {
        cache_write: Some(8),
        audio_input: Some(20),
        audio_output: Some(25),
        ..Usage::new(120, 70).with_cache_read(40).with_reasoning(10)
    };
    assert_eq!(facts.usage, Some(expected));
    let modalities = billing(&facts).modalities;
    assert_eq!((modalities.image_input, modalities.image_output), (Some(30), None));
    assert_eq!((modalities.audio_cache_read, modalities.image_cache_read), (Some(15), Some(5)));
    assert_eq!(tools(&facts).web_search, None);
}

#[test]
fn a_plain_reply_bills_nothing_beside_tokens() {
    let facts = read(
        Api::OpenAiChat,
        r#"{"id":"c","model":"m","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":
            {"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":null,"completion_tokens_details":null}}"#,
    );
    assert_eq!((facts.usage, facts.billing, facts.head), (Some(Usage::new(1, 2)), None, None));
}

#[test]
fn a_citation_of_the_web_shows_a_search() {
    let annotations =
        r#"[{"type":"url_citation","url_citation":{"url":"https://a.example"}},{"type":"url_citation"}]"#;
    let whole = format!(
        r#"{{"id":"c","model":"gpt-4o-search-preview","choices":[{{"index":0,"message":{{"content":"Hi",
            "annotations":{annotations}}},"finish_reason":"stop"}}]}}"#
    );
    assert_eq!(tools(&read(Api::OpenAiChat, &whole)).web_search, Some(1));
    let chunk = |delta: &str| {
        format!(r#"{{"id":"c","model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#)
    };
    let (text, cited) = (chunk(r#"{"content":"Hi"}"#), chunk(&format!(r#"{{"annotations":{annotations}}}"#)));
    let facts = read(Api::OpenAiChat, &stream(&[&text, &text, &text, &cited, "[DONE]"]));
    assert_eq!(tools(&facts).web_search, Some(1));
    let words = chunk(r#"{"content":"\"url_citation\""}"#);
    assert_eq!(read(Api::OpenAiChat, &stream(&[&text, &words, &words])).billing, None);
}

#[test]
fn groq() {
    let facts = read(
        Api::OpenAiChat,
        &stream(&[
            r#"{"id":"chatcmpl-1","model":"llama-3.3-70b-versatile","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"x_groq":{"id":"req_01j"}}"#,
            r#"{"id":"chatcmpl-1","model":"llama-3.3-70b-versatile","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#,
            r#"{"id":"chatcmpl-1","model":"llama-3.3-70b-versatile","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_01j","usage":{"queue_time":0.04,"prompt_tokens":38,"prompt_time":0.002,"completion_tokens":9,"completion_time":0.03,"total_tokens":47,"total_time":0.25}},"service_tier":"on_demand"}"#,
            "[DONE]",
        ]),
    );
    assert_eq!(facts.usage, Some(Usage::new(38, 9)));
    assert_eq!(facts.service_tier.as_deref(), Some("on_demand"));
    let head = facts.head.unwrap_or_default();
    assert_eq!(
        (head.request_id.as_deref(), head.processing),
        (Some("req_01j"), Some(Duration::from_millis(250)))
    );
}

#[test]
fn xai() {
    let reply = |completion: u64, total: u64| {
        format!(
            r#"{{"id":"x","model":"grok-4","choices":[{{"index":0,"message":{{"content":"Hi"}},"finish_reason":"stop"}}],
            "usage":{{"prompt_tokens":32,"completion_tokens":{completion},"total_tokens":{total},"prompt_tokens_details":
            {{"text_tokens":32,"audio_tokens":0,"image_tokens":0,"cached_tokens":6}},"completion_tokens_details":
            {{"reasoning_tokens":300,"audio_tokens":0}},"num_sources_used":2,"cost_in_usd_ticks":37756000}}}}"#
        )
    };
    let beside = read(Api::OpenAiChat, &reply(9, 341));
    assert_eq!((usage(&beside).output, usage(&beside).reasoning), (Some(309), Some(300)));
    assert_eq!(billing(&beside).stated_cost.as_deref(), Some("0.0037756"));
    assert_eq!(tools(&beside).web_search, Some(2));
    let within = read(Api::OpenAiChat, &reply(309, 341));
    assert_eq!(usage(&within).output, Some(309));

    // Responses state the tools.
    let facts = read(
        Api::OpenAiResponses,
        r#"{"id":"r","model":"grok-4","status":"completed","output":[],"usage":{"input_tokens":5,"output_tokens":6,
            "num_sources_used":4,"server_side_tool_usage_details":{"web_search_calls":3,"x_search_calls":1,
            "code_interpreter_calls":1,"file_search_calls":0},"cost_in_usd_ticks":158500}}"#,
    );
    let tools = tools(&facts);
    assert_eq!((tools.web_search, tools.code_interpreter, tools.file_search), (Some(3), Some(1), Some(0)));
    assert_eq!(billing(&facts).stated_cost.as_deref(), Some("0.00001585"));
}

#[test]
fn deepseek() {
    let facts = read(
        Api::OpenAiChat,
        &format!(
            ": keep-alive\n\n{}",
            stream(&[
                r#"{"id":"d","model":"deepseek-reasoner","choices":[{"index":0,"delta":{"content":null,"reasoning_content":"Hm"},"finish_reason":null}],"usage":null}"#,
                r#"{"id":"d","model":"deepseek-reasoner","choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":70,"completion_tokens":30,"total_tokens":100,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":20},"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":6}}"#,
                "[DONE]",
            ])
        ),
    );
    assert_eq!(facts.usage, Some(Usage::new(70, 30).with_cache_read(64).with_reasoning(20)));
    assert_eq!(facts.finish_reasons.as_slice(), ["stop"]);
}

#[test]
fn openrouter() {
    let last = |cost: &str| {
        format!(
            r#"{{"id":"gen-1","provider":"OpenAI","model":"openai/gpt-4o","object":"chat.completion.chunk","choices":[
            {{"index":0,"delta":{{"role":"assistant","content":""}},"finish_reason":null}}],"usage":{{"prompt_tokens":10,
            "completion_tokens":5,"total_tokens":15,{cost},"prompt_tokens_details":{{"cached_tokens":2,
            "cache_write_tokens":3,"audio_tokens":0,"video_tokens":4}},"completion_tokens_details":
            {{"reasoning_tokens":1,"image_tokens":2}},"server_tool_use":{{"web_search_requests":1}}}}}}"#
        )
        .replace('\n', " ")
    };
    let facts = |cost: &str| {
        let body = format!(": OPENROUTER PROCESSING\n\n{}", stream(&[&last(cost), "[DONE]"]));
        read(Api::OpenAiChat, &body)
    };
    let stated = facts(r#""cost":1.45e-05,"is_byok":false,"cost_details":{"upstream_inference_cost":null}"#);
    assert_eq!(billing(&stated).stated_cost.as_deref(), Some("1.45e-05"));
    assert_eq!(usage(&stated).cache_write, Some(3));
    let modalities = billing(&stated).modalities;
    assert_eq!((modalities.video_input, modalities.image_output), (Some(4), Some(2)));
    assert_eq!(tools(&stated).web_search, Some(1));
    let own = facts(r#""cost":0.00005,"is_byok":true,"cost_details":{"upstream_inference_cost":0.00095}"#);
    assert_eq!(billing(&own).stated_cost.as_deref(), Some("0.001"));
    assert_eq!(billing(&facts(r#""cost":0"#)).stated_cost.as_deref(), Some("0"));
}

#[test]
fn perplexity() {
    let facts = read(
        Api::OpenAiChat,
        r#"{"id":"p","model":"sonar-deep-research","object":"chat.completion","citations":["https://a.example"],
            "search_results":[],"usage":{"prompt_tokens":33,"completion_tokens":7163,"total_tokens":7196,
            "search_context_size":"low","citation_tokens":20016,"num_search_queries":30,"reasoning_tokens":73997,
            "cost":{"input_tokens_cost":0.0,"output_tokens_cost":0.057,"request_cost":0.005,"total_cost":0.434}},
            "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"},
            "delta":{"role":"assistant","content":""}}]}"#,
    );
    assert_eq!(facts.usage, Some(Usage::new(33, 81_160).with_reasoning(73_997)));
    assert_eq!(tools(&facts).web_search, Some(30));
    assert_eq!(billing(&facts).search_context_size.as_deref(), Some("low"));
    assert_eq!(billing(&facts).stated_cost.as_deref(), Some("0.434"));
}

#[test]
fn mistral() {
    let facts = read(
        Api::OpenAiChat,
        r#"{"id":"m","object":"chat.completion","model":"voxtral-small-latest","usage":{"prompt_audio_seconds":13,
            "prompt_tokens":406,"total_tokens":500,"completion_tokens":94,"prompt_tokens_details":null},
            "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}]}"#,
    );
    assert_eq!(facts.usage, Some(Usage::new(406, 94)));
    assert_eq!(billing(&facts).audio_input, Some(Duration::from_secs(13)));
}

#[test]
fn azure() {
    let facts = read(
        Api::OpenAiChat,
        &stream(&[
            r#"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}"#,
            r#"{"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","usage":null}"#,
            r#"{"choices":[{"content_filter_results":{},"delta":{"content":"Hi"},"finish_reason":null,"index":0,"logprobs":null}],"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","usage":null}"#,
            r#"{"choices":[{"content_filter_offsets":{"check_offset":0},"content_filter_results":{"hate":{"filtered":false}},"finish_reason":null,"index":0}],"id":"","model":""}"#,
            r#"{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"content_filter","index":0,"logprobs":null}],"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","usage":null}"#,
            r#"{"choices":[],"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}"#,
            "[DONE]",
        ]),
    );
    assert_eq!(
        (facts.id.as_deref(), facts.model.as_deref()),
        (Some("chatcmpl-1"), Some("gpt-4o-2024-08-06"))
    );
    assert_eq!((facts.usage, facts.events), (Some(Usage::new(9, 1)), 6));
    assert_eq!(facts.finish_reasons.as_slice(), ["content_filter"]);
    assert_eq!(facts.error, None);
}

#[test]
fn vllm_states_the_usage_so_far() {
    let chunk = |choices: &str, completion: u64| {
        format!(
            r#"{{"id":"v","object":"chat.completion.chunk","model":"qwen","choices":[{choices}],"usage":{{"prompt_tokens":11,"total_tokens":{},"completion_tokens":{completion},"prompt_tokens_details":null}}}}"#,
            11 + completion
        )
    };
    let text = r#"{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}"#;
    let end = r#"{"index":0,"delta":{"content":""},"finish_reason":"length","stop_reason":null}"#;
    let chunks = [chunk(text, 0), chunk(text, 1), chunk(text, 2), chunk(end, 3), chunk("", 3)];
    let data: Vec<_> = chunks.iter().map(String::as_str).chain(["[DONE]"]).collect();
    for cut in 1..=data.len() {
        let facts = read(Api::OpenAiChat, &stream(&data[..cut]));
        assert_eq!(facts.usage, Some(Usage::new(11, (cut as u64 - 1).min(3))), "{cut}");
    }
}

#[test]
fn the_usage_of_the_last_chunk_with_choices() {
    // Together and the Hugging Face router.
    let facts = read(
        Api::OpenAiChat,
        &stream(&[
            r#"{"id":"t","object":"chat.completion.chunk","choices":[{"index":0,"text":"Hi","logprobs":null,"finish_reason":null,"delta":{"token_id":1,"role":"assistant","content":"Hi","tool_calls":null}}],"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","usage":null}"#,
            r#"{"id":"t","object":"chat.completion.chunk","choices":[{"index":0,"text":"","finish_reason":"eos","delta":{"token_id":2,"content":""}}],"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","usage":{"prompt_tokens":36,"completion_tokens":2,"total_tokens":38,"cached_tokens":12}}"#,
            "[DONE]",
        ]),
    );
    assert_eq!(facts.usage, Some(Usage::new(36, 2).with_cache_read(12)));
    assert_eq!(facts.finish_reasons.as_slice(), ["eos"]);
}

#[test]
fn one_finish_reason_per_choice_in_their_order() {
    let chunk = |index: u64, reason: &str| {
        format!(
            r#"{{"id":"c","model":"m","choices":[{{"index":{index},"delta":{{}},"finish_reason":{reason}}}]}}"#
        )
    };
    let data = [
        chunk(2, r#""length""#),
        chunk(0, "null"),
        chunk(0, r#""stop""#),
        chunk(1, r#""tool_calls""#),
        chunk(2, r#""length""#),
    ];
    let data: Vec<_> = data.iter().map(String::as_str).collect();
    let facts = read(Api::OpenAiChat, &stream(&data));
    assert_eq!(facts.finish_reasons.as_slice(), ["stop", "tool_calls", "length"]);
}

#[test]
fn voyage_states_a_total_that_is_all_input() {
    for (api, body) in [
        (
            Api::OpenAiEmbeddings,
            r#"{"object":"list","data":[{"object":"embedding","embedding":[0.1],"index":0}],"model":"voyage-3-lite","usage":{"total_tokens":12}}"#,
        ),
        (
            Api::Rerank,
            r#"{"object":"list","data":[{"relevance_score":0.69,"index":0}],"model":"rerank-2-lite","usage":{"total_tokens":12}}"#,
        ),
    ] {
        let facts = read(api, body);
        assert_eq!(facts.usage, Some(Usage { input: Some(12), ..Usage::default() }), "{api:?}");
    }
    let openai = r#"{"object":"list","data":[],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":9}}"#;
    assert_eq!(usage(&read(Api::OpenAiEmbeddings, openai)).input, Some(8));
}
