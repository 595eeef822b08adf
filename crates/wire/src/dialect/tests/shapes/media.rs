use std::time::Duration;

use super::{billing, read, stream, usage};
use crate::{Api, ReplyHead, ReplyReader, Usage};

#[test]
fn images_by_tokens() {
    let facts = read(
        Api::OpenAiImages,
        r#"{"created":1713833628,"background":"opaque","output_format":"png","quality":"high","size":"1024x1536",
            "data":[{"b64_json":"aGk="},{"b64_json":"aGk="}],"usage":{"total_tokens":100,"input_tokens":50,
            "output_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40}}}"#,
    );
    assert_eq!(facts.usage, Some(Usage::new(50, 50)));
    let billing = billing(&facts);
    assert_eq!((billing.images, billing.modalities.image_input), (Some(2), Some(40)));
    assert_eq!(billing.modalities.image_output, Some(50));
    assert_eq!(billing.image_size.as_deref(), Some("1024x1536"));
    assert_eq!(billing.image_quality.as_deref(), Some("high"));
}

#[test]
fn a_part_of_what_an_image_model_writes_may_be_text() {
    for details in [
        r#""output_tokens":60,"output_tokens_details":{"image_tokens":50,"text_tokens":10}"#,
        r#""output_tokens_details":{"image_tokens":50,"text_tokens":10},"output_tokens":60"#,
    ] {
        let body = format!(
            r#"{{"created":1,"data":[{{"b64_json":"aGk="}}],"usage":{{"input_tokens":5,{details}}}}}"#
        );
        let facts = read(Api::OpenAiImages, &body);
        assert_eq!((usage(&facts).output, billing(&facts).modalities.image_output), (Some(60), Some(50)));
    }
}

#[test]
fn images_by_number() {
    let facts = read(
        Api::OpenAiImages,
        r#"{"created":1709033847,"data":[{"url":"https://a.example/1","revised_prompt":"{\"data\":[{}]}"}]}"#,
    );
    assert_eq!((facts.usage, billing(&facts).images), (None, Some(1)));
    assert_eq!(read(Api::OpenAiImages, r#"{"created":1,"data":[]}"#).billing, None);
}

#[test]
fn a_stream_of_images() {
    for name in ["image_generation", "image_edit"] {
        let partial = format!(
            r#"{{"type":"{name}.partial_image","b64_json":"aGk=","partial_image_index":0,"size":"1024x1024","quality":"low"}}"#
        );
        let completed = format!(
            r#"{{"type":"{name}.completed","b64_json":"aGk=","size":"1024x1024","quality":"low","usage":{{"total_tokens":100,"input_tokens":40,"output_tokens":60,"input_tokens_details":{{"text_tokens":40,"image_tokens":0}}}}}}"#
        );
        let facts = read(Api::OpenAiImages, &stream(&[&partial, &partial, &completed]));
        assert_eq!((facts.usage, facts.terminal), (Some(Usage::new(40, 60)), true));
        let billing = billing(&facts);
        assert_eq!((billing.images, billing.modalities.image_output), (Some(1), Some(60)));
        assert_eq!(
            (billing.image_size.as_deref(), billing.image_quality.as_deref()),
            (Some("1024x1024"), Some("low"))
        );
    }
}

#[test]
fn transcriptions() {
    let tokens = r#"{"text":"Hi.","usage":{"type":"tokens","total_tokens":28,"input_tokens":14,"input_token_details":{"text_tokens":2,"audio_tokens":12},"output_tokens":14}}"#;
    let facts = read(Api::OpenAiTranscriptions, tokens);
    assert_eq!(facts.usage, Some(Usage { audio_input: Some(12), ..Usage::new(14, 14) }));

    for (body, seconds) in [
        (r#"{"text":"Hi.","usage":{"type":"duration","seconds":9}}"#, 9.0),
        (
            r#"{"task":"transcribe","language":"english","duration":8.47,"text":"Hi.","segments":[{"id":0,"end":3.0}]}"#,
            8.47,
        ),
        (r#"{"task":"transcribe","duration":"8.47","text":"Hi."}"#, 8.47),
        // What is billed comes before what was measured.
        (r#"{"duration":8.47,"text":"Hi.","usage":{"type":"duration","seconds":9}}"#, 9.0),
        (r#"{"usage":{"type":"duration","seconds":9},"text":"Hi.","duration":8.47}"#, 9.0),
    ] {
        let facts = read(Api::OpenAiTranscriptions, body);
        assert_eq!(billing(&facts).audio_input, Some(Duration::from_secs_f64(seconds)), "{body}");
        // Seconds are a usage where they are stated as one.
        assert_eq!(facts.usage, body.contains("usage").then(Usage::default), "{body}");
    }
    let mistral = r#"{"model":"voxtral-mini-2507","text":"Hi.","language":null,"segments":[],"usage":{"prompt_audio_seconds":203,"prompt_tokens":4,"total_tokens":3264,"completion_tokens":635}}"#;
    let facts = read(Api::OpenAiTranscriptions, mistral);
    assert_eq!((facts.usage, facts.model.as_deref()), (Some(Usage::new(4, 635)), Some("voxtral-mini-2507")));
    assert_eq!(billing(&facts).audio_input, Some(Duration::from_secs(203)));
}

#[test]
fn a_stream_of_a_transcription() {
    let facts = read(
        Api::OpenAiTranscriptions,
        &stream(&[
            r#"{"type":"transcript.text.delta","delta":"I"}"#,
            r#"{"type":"transcript.text.delta","delta":" see"}"#,
            r#"{"type":"transcript.text.done","text":"I see","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59}}"#,
        ]),
    );
    assert_eq!(facts.usage, Some(Usage { audio_input: Some(14), ..Usage::new(14, 45) }));
    assert!(facts.terminal);
}

#[test]
fn speech() {
    let facts = read(
        Api::OpenAiSpeech,
        &stream(&[
            r#"{"type":"speech.audio.delta","audio":"aGk="}"#,
            r#"{"type":"speech.audio.delta","audio":"aGk="}"#,
            r#"{"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":101,"total_tokens":115}}"#,
        ]),
    );
    assert_eq!((facts.usage, facts.terminal), (Some(Usage::new(14, 101)), true));

    let mut reader = ReplyReader::new(Api::OpenAiSpeech, &ReplyHead::new(200, Some("audio/mpeg"), None));
    reader.push(b"ID3\x04{\"usage\":{\"input_tokens\":1}}");
    reader.finish();
    let facts = reader.into_facts();
    assert_eq!((facts.usage, facts.unreadable, facts.streamed), (None, false, false));
}

#[test]
fn moderations() {
    let facts = read(
        Api::OpenAiModerations,
        r#"{"id":"modr-1","model":"omni-moderation-latest","results":[{"flagged":true,"categories":{"hate":false}}]}"#,
    );
    assert_eq!(
        (facts.id.as_deref(), facts.model.as_deref()),
        (Some("modr-1"), Some("omni-moderation-latest"))
    );
    assert_eq!((facts.usage, facts.billing, facts.error), (None, None, None));
}
