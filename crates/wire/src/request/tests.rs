use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::{Api, DecoderBudget, RequestFacts, RequestHead, RequestReader};

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
            "text":{"format":{"type":"text"}},"previous_response_id":"resp_1","safety_identifier":"s-1",
            "prompt":{"id":"pmpt_1","version":"2","variables":{"id":"x"}},"conversation":"conv_1"}"#,
    );
    let references = facts.references.unwrap_or_default();
    assert_eq!(
        (
            references.conversation.as_deref(),
            references.prompt.as_deref(),
            references.prompt_version.as_deref()
        ),
        (Some("conv_1"), Some("pmpt_1"), Some("2"))
    );
    let within = read(Api::OpenAiResponses, r#"{"conversation":{"id":"conv_2"},"prompt":null}"#);
    assert_eq!(within.references.unwrap_or_default().conversation.as_deref(), Some("conv_2"));
    assert_eq!(read(Api::OpenAiResponses, r#"{"conversation":null}"#).references, None);
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

fn read_form(api: Api, boundary: &str, body: &str) -> RequestFacts {
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let head = RequestHead::new(Some(&content_type), None);
    let mut whole = RequestReader::new(api, &head);
    whole.push(body.as_bytes());
    for size in 1..40 {
        let mut parts = RequestReader::new(api, &head);
        body.as_bytes().chunks(size).for_each(|part| parts.push(part));
        assert_eq!(whole.facts(), parts.facts(), "{size}");
    }
    whole.into_facts()
}

#[test]
fn a_transcription() {
    let facts = read_form(
        Api::OpenAiTranscriptions,
        "0f8e1d",
        "--0f8e1d\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-4o-transcribe\r\n--0f8e1d\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"speech.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\n\
        \u{0}\"model\"\r\n--0f8e1\r\n\r\n--0f8e1d\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\n\
        true\r\n--0f8e1d\r\nContent-Disposition: form-data; name=\"temperature\"\r\n\r\n0.2\r\n--0f8e1d\r\n\
        Content-Disposition: form-data; name=\"response_format\"\r\n\r\njson\r\n--0f8e1d--\r\n",
    );
    assert_eq!(facts.model.as_deref(), Some("gpt-4o-transcribe"));
    assert_eq!((facts.stream, facts.temperature), (Some(true), Some(0.2)));
    assert_eq!((facts.output_type, facts.billing), (Some("text"), None));
}

#[test]
fn images() {
    let edit = read_form(
        Api::OpenAiImages,
        "b",
        "--b\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\n\r\n\u{89}PNG\r\n\r\n--b\r\n\
        Content-Disposition: form-data; name=\"size\"\r\n\r\n1024x1536\r\n--b\r\n\
        Content-Disposition: form-data; name=\"quality\"\r\n\r\nhigh\r\n--b\r\n\
        Content-Disposition: form-data; name=\"n\"\r\n\r\n3\r\n--b--\r\n",
    );
    let generation =
        read(Api::OpenAiImages, r#"{"prompt":"a cat","n":3,"size":"1024x1536","quality":"high"}"#);
    assert_eq!(edit, generation);
    let billing = generation.billing.unwrap_or_default();
    assert_eq!((billing.images, billing.image_size.as_deref()), (Some(3), Some("1024x1536")));
    assert_eq!(billing.image_quality.as_deref(), Some("high"));
    assert_eq!((generation.choice_count, generation.output_type), (Some(3), Some("image")));
    // Elsewhere these are other things.
    assert_eq!(read(Api::OpenAiChat, r#"{"n":3,"size":"x"}"#).billing, None);
}

#[test]
fn speech() {
    let characters =
        |body: &str| read(Api::OpenAiSpeech, body).billing.and_then(|billing| billing.input_characters);
    let facts = read(
        Api::OpenAiSpeech,
        r#"{"model":"tts-1-hd","voice":"alloy","input":"Grüße, \ud83d\ude00\n","stream_format":"sse"}"#,
    );
    assert_eq!(facts.billing.as_ref().and_then(|billing| billing.input_characters), Some(9));
    assert_eq!((facts.model.as_deref(), facts.stream), (Some("tts-1-hd"), Some(true)));
    assert_eq!(facts.output_type, Some("speech"));
    assert_eq!(characters(r#"{"input":""}"#), Some(0));
    assert_eq!(characters(r#"{"input":["a"],"voice":"input"}"#), None);
    // Longer than is kept, with a fact behind it; a text that is cut is not counted.
    let long = "é".repeat(100_000);
    let facts = read(Api::OpenAiSpeech, &format!(r#"{{"input":"{long}","model":"tts-1"}}"#));
    assert_eq!(facts.billing.and_then(|billing| billing.input_characters), Some(100_000));
    assert_eq!(facts.model.as_deref(), Some("tts-1"));
    assert_eq!(characters(&format!(r#"{{"input":"{long}"#)), None);
}

#[test]
fn how_a_search_and_a_message_are_billed() {
    let size = |api, body| read(api, body).billing.and_then(|billing| billing.search_context_size);
    let chat = r#"{"model":"gpt-4o-search-preview","web_search_options":{"search_context_size":"high"}}"#;
    assert_eq!(size(Api::OpenAiChat, chat).as_deref(), Some("high"));
    let responses = r#"{"tools":[{"type":"function","parameters":{"a":[1]}},{"type":"web_search","search_context_size":"low"}]}"#;
    assert_eq!(size(Api::OpenAiResponses, responses).as_deref(), Some("low"));
    assert_eq!(size(Api::OpenAiResponses, r#"{"tools":[{"type":"web_search"}]}"#), None);

    let facts = read(
        Api::AnthropicMessages,
        r#"{"model":"claude-opus-4-6","service_tier":"auto","inference_geo":"us","speed":"fast","max_tokens":1}"#,
    );
    assert_eq!(facts.service_tier.as_deref(), Some("auto"));
    let billing = facts.billing.unwrap_or_default();
    assert_eq!((billing.inference_geo.as_deref(), billing.speed.as_deref()), (Some("us"), Some("fast")));
}

#[test]
fn a_request_that_is_sent_again() {
    for (content_type, body) in [
        ("application/json", r#"{"model":"a","stop":["x"]}"#),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=model\r\n\r\na\r\n--b--",
        ),
    ] {
        let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::new(Some(content_type), None));
        reader.push(body.as_bytes());
        let first = reader.facts().clone();
        assert_eq!(first.model.as_deref(), Some("a"));
        for cut in 0..body.len() {
            reader.restart();
            assert_eq!(*reader.facts(), RequestFacts::default());
            reader.push(&body.as_bytes()[..cut]);
        }
        reader.restart();
        reader.push(body.as_bytes());
        assert_eq!(*reader.facts(), first);
    }
}

#[test]
fn encoded_bodies() {
    let body = br#"{"model":"m","stream":true}"#;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body).unwrap();
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    brotli.write_all(body).unwrap();
    let mut zstd = Vec::with_capacity(1000);
    zstd_safe::compress(&mut zstd, body, 3).unwrap();
    for (encoding, bytes) in [("gzip", gzip.finish().unwrap()), ("br", brotli.into_inner()), ("zstd", zstd)] {
        let budget = DecoderBudget::default();
        let head = RequestHead::new(Some("application/json"), Some(encoding));
        let mut reader = RequestReader::with_budget(Api::OpenAiChat, &head, &budget);
        // The second time after a first that broke off.
        for size in [bytes.len() - 1, bytes.len()] {
            reader.restart();
            bytes[..size].chunks(3).for_each(|frame| reader.push(frame));
        }
        assert_eq!(
            (reader.facts().model.as_deref(), reader.facts().stream),
            (Some("m"), Some(true)),
            "{encoding}"
        );
        reader.restart();
        reader.push(body);
        assert_eq!(reader.into_facts(), RequestFacts::default(), "{encoding}");
        assert_eq!(budget.in_use(), 0);
    }
    let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::new(None, Some("compress")));
    reader.push(body);
    assert_eq!(reader.into_facts(), RequestFacts::default());
}

#[test]
fn gemini() {
    for body in [
        r#"{"contents":[{"parts":[{"text":"Hi"}]}],"model":"models/ignored","generationConfig":{"temperature":0.5,"topP":0.9,"topK":40.0,
            "maxOutputTokens":100,"candidateCount":2,"seed":7,"stopSequences":["a","b"],"responseMimeType":"application/json",
            "responseSchema":{"type":"OBJECT"},"frequencyPenalty":-0.5,"presencePenalty":1,"thinkingConfig":{"thinkingBudget":-1}},"serviceTier":"flex"}"#,
        r#"{"generation_config":{"temperature":0.5,"top_p":0.9,"top_k":40,"max_output_tokens":100,"candidate_count":2,"seed":7,
            "stop_sequences":["a","b"],"response_mime_type":"application/json","frequency_penalty":-0.5,"presence_penalty":1,
            "thinking_config":{"thinking_budget":-1}},"service_tier":"flex"}"#,
    ] {
        let expected = RequestFacts {
            temperature: Some(0.5),
            top_p: Some(0.9),
            top_k: Some(40),
            frequency_penalty: Some(-0.5),
            presence_penalty: Some(1.0),
            max_tokens: Some(100),
            seed: Some(7),
            choice_count: Some(2),
            stop_sequences: vec!["a".into(), "b".into()],
            output_type: Some("json"),
            reasoning_level: Some("-1".into()),
            service_tier: Some("flex".into()),
            ..RequestFacts::default()
        };
        assert_eq!(read(Api::GeminiGenerate, body), expected);
    }
    let image = read(Api::GeminiGenerate, r#"{"generationConfig":{"imageConfig":{"imageSize":"2K"}}}"#);
    assert_eq!(image.billing.unwrap().image_size.as_deref(), Some("2K"));
    let batch = r#"{"requests":[{"model":"models/m","content":{},"outputDimensionality":768}]}"#;
    assert_eq!(read(Api::GeminiEmbed, batch).dimensions, Some(768));
    let images =
        read(Api::VertexPredict, r#"{"instances":[{"prompt":"x"}],"parameters":{"sampleCount":4,"seed":1}}"#);
    assert_eq!((images.choice_count, images.seed), (Some(4), Some(1)));
}

#[test]
fn bedrock() {
    let facts = read(
        Api::BedrockConverse,
        r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{"maxTokens":100,"temperature":0.5,"topP":0.9,
            "stopSequences":["a"]},"additionalModelRequestFields":{"top_k":40},"serviceTier":{"type":"priority"},
            "guardrailConfig":{"guardrailIdentifier":"gr-1","guardrailVersion":"DRAFT"}}"#,
    );
    assert_eq!(facts.references.unwrap_or_default().guardrail.as_deref(), Some("gr-1"));
    assert_eq!((facts.max_tokens, facts.temperature, facts.top_p), (Some(100), Some(0.5), Some(0.9)));
    assert_eq!((facts.top_k, facts.stop_sequences.as_slice()), (Some(40), &["a".into()][..]));
    assert_eq!((facts.service_tier.as_deref(), facts.model), (Some("priority"), None));
    for body in [
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"temperature":0.5,"top_p":0.9,"messages":[]}"#,
        r#"{"messages":[],"inferenceConfig":{"max_new_tokens":100,"temperature":0.5,"topP":0.9}}"#,
        r#"{"inputText":"Hi","textGenerationConfig":{"maxTokenCount":100,"temperature":0.5,"topP":0.9}}"#,
        r#"{"prompt":"Hi","max_gen_len":100,"temperature":0.5,"top_p":0.9}"#,
        r#"{"prompt":"Hi","max_tokens_to_sample":100,"temperature":0.5,"top_p":0.9}"#,
        r#"{"prompt":"Hi","max_tokens":100,"temperature":0.5,"p":0.9}"#,
        r#"{"prompt":"Hi","maxTokens":100,"temperature":0.5,"topP":0.9}"#,
    ] {
        let facts = read(Api::BedrockInvoke, body);
        assert_eq!(
            (facts.max_tokens, facts.temperature, facts.top_p),
            (Some(100), Some(0.5), Some(0.9)),
            "{body}"
        );
    }
    let image =
        read(Api::BedrockInvoke, r#"{"imageGenerationConfig":{"numberOfImages":2,"quality":"premium"}}"#);
    assert_eq!(
        (image.choice_count, image.billing.unwrap().image_quality.as_deref()),
        (Some(2), Some("premium"))
    );
}

#[test]
fn cohere_and_ollama() {
    let facts = read(
        Api::Chat,
        r#"{"model":"command-a","message":"Hi","p":0.9,"k":40,"max_tokens":100,"stop_sequences":["a"],"seed":7,"stream":true,
            "response_format":{"type":"json_object"}}"#,
    );
    assert_eq!((facts.model.as_deref(), facts.top_p, facts.top_k), (Some("command-a"), Some(0.9), Some(40)));
    assert_eq!((facts.max_tokens, facts.seed, facts.stream), (Some(100), Some(7), Some(true)));
    assert_eq!(facts.output_type, Some("json"));
    let facts = read(
        Api::CohereEmbed,
        r#"{"model":"embed-v4.0","texts":["a"],"embedding_types":["int8"],"output_dimension":256}"#,
    );
    assert_eq!((facts.encoding_format.as_deref(), facts.dimensions), (Some("int8"), Some(256)));

    let facts = read(
        Api::OllamaChat,
        r#"{"model":"llama3","messages":[],"stream":false,"think":"high","format":{"type":"object"},"options":{"temperature":0.5,
            "top_p":0.9,"top_k":40,"num_predict":100,"seed":7,"stop":["a"],"frequency_penalty":1,"presence_penalty":-1}}"#,
    );
    let expected = RequestFacts {
        model: Some("llama3".into()),
        stream: Some(false),
        temperature: Some(0.5),
        top_p: Some(0.9),
        top_k: Some(40),
        frequency_penalty: Some(1.0),
        presence_penalty: Some(-1.0),
        max_tokens: Some(100),
        seed: Some(7),
        stop_sequences: vec!["a".into()],
        output_type: Some("json"),
        reasoning_level: Some("high".into()),
        ..RequestFacts::default()
    };
    assert_eq!(facts, expected);
    let plain =
        read(Api::OllamaGenerate, r#"{"model":"m","prompt":"Hi","format":"","think":true,"options":{}}"#);
    assert_eq!((plain.output_type, plain.reasoning_level, plain.stream), (None, None, None));
}
