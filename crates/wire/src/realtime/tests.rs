use std::time::Duration;

use proptest::prelude::*;

use super::{ClientEvent, ClientEvents, ServerEvent, ServerEvents};
use crate::{Api, Usage};

/// One unmasked frame, or several for one message.
fn message(text: &str, fragments: usize) -> Vec<u8> {
    let size = text.len().div_ceil(fragments).max(1);
    let parts: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
    let mut bytes = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let last = if at + 1 == parts.len() { 0x80 } else { 0 };
        bytes.extend([last | u8::from(at == 0), 127]);
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn server(api: Api, pieces: &mut dyn Iterator<Item = &[u8]>) -> Vec<ServerEvent> {
    let mut reader = ServerEvents::new(api, None);
    let mut heard = Vec::new();
    pieces.for_each(|piece| reader.push(piece, |event| heard.push(event)));
    heard
}

fn said(api: Api, events: &[&str]) -> Vec<ServerEvent> {
    let bytes: Vec<u8> = events.iter().flat_map(|event| message(event, 1)).collect();
    server(api, &mut std::iter::once(&bytes[..]))
}

const DONE: &str = r#"{"type":"response.done","event_id":"e","response":{"object":"realtime.response","id":"resp_1",
    "status":"completed","status_details":null,"output":[{"id":"item_1","type":"message","status":"incomplete",
    "content":[{"type":"output_audio","transcript":"{\"usage\":1}"}]}],"metadata":{"usage":{"input_tokens":1}},
    "usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,
    "input_token_details":{"text_tokens":119,"audio_tokens":13,"image_tokens":0,"cached_tokens":64,
        "cached_tokens_details":{"text_tokens":60,"audio_tokens":4}},
    "output_token_details":{"text_tokens":30,"audio_tokens":91}}}}"#;

#[test]
fn a_response_from_its_beginning_to_its_end() {
    let events = said(
        Api::OpenAiRealtime,
        &[
            r#"{"type":"session.created","session":{"id":"sess_1","model":"gpt-realtime",
                "audio":{"input":{"transcription":{"model":"whisper-1"}},"output":{"voice":"marin"}}}}"#,
            r#"{"type":"response.created","response":{"id":"resp_1","status":"in_progress","usage":null}}"#,
            r#"{"type":"response.output_item.added","response_id":"resp_1","item":{"id":"item_1"}}"#,
            r#"{"type":"response.output_audio.delta","response_id":"resp_1","item_id":"item_1","delta":"AAAA"}"#,
            DONE,
        ],
    );
    let [
        ServerEvent::Session(session),
        ServerEvent::Created { facts: created },
        ServerEvent::Output { response, .. },
        ServerEvent::Ended { facts, wire_bytes },
    ] = &events[..]
    else {
        panic!("{events:#?}")
    };
    assert_eq!(session.model.as_deref(), Some("gpt-realtime"));
    assert_eq!(session.transcription_model.as_deref(), Some("whisper-1"));
    assert_eq!((created.id.as_deref(), created.usage), (Some("resp_1"), None));
    assert!(created.finish_reasons.is_empty());
    assert_eq!(response.as_deref(), Some("resp_1"));
    assert_eq!((facts.id.as_deref(), *wire_bytes), (Some("resp_1"), DONE.len() as u64));
    assert_eq!(facts.finish_reasons[..], ["completed"]);
    let usage =
        Usage { audio_input: Some(13), audio_output: Some(91), ..Usage::new(132, 121).with_cache_read(64) };
    assert_eq!(facts.usage, Some(usage));
    assert_eq!(facts.billing.as_ref().and_then(|billing| billing.modalities.audio_cache_read), Some(4));
    assert_eq!(facts.error, None);
    assert!(facts.streamed && !facts.unreadable);
}

#[test]
fn how_a_response_ends() {
    for (details, reasons, error) in [
        (
            r#""status":"incomplete","status_details":{"type":"incomplete","reason":"max_output_tokens"}"#,
            "max_output_tokens",
            None,
        ),
        (
            r#""status":"cancelled","status_details":{"type":"cancelled","reason":"turn_detected"}"#,
            "cancelled",
            None,
        ),
        (
            r#""status":"failed","status_details":{"type":"failed","error":{"type":"server_error","code":"rate_limit_exceeded"}}"#,
            "failed",
            Some("rate_limit_exceeded"),
        ),
        (r#""status":"failed","status_details":null"#, "failed", Some("_OTHER")),
    ] {
        let event = format!(r#"{{"response":{{"id":"r",{details}}},"type":"response.done"}}"#);
        let events = said(Api::OpenAiRealtime, &[&event]);
        let [ServerEvent::Ended { facts, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(
            (&facts.finish_reasons[..], facts.error.as_deref()),
            (&[reasons.into()][..], error),
            "{event}"
        );
        assert_eq!(facts.usage, None);
    }
}

#[test]
fn what_the_user_said_is_transcribed() {
    let events = said(
        Api::OpenAiRealtime,
        &[
            r#"{"type":"input_audio_buffer.committed","item_id":"item_7"}"#,
            r#"{"type":"conversation.item.input_audio_transcription.delta","item_id":"item_7","delta":"Hel"}"#,
            r#"{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_7","transcript":"Hello",
                "usage":{"type":"tokens","total_tokens":26,"input_tokens":17,"input_token_details":
                {"text_tokens":0,"audio_tokens":17},"output_tokens":9}}"#,
            r#"{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_8","transcript":"Hi",
                "usage":{"type":"duration","seconds":2.5}}"#,
            r#"{"type":"conversation.item.input_audio_transcription.failed","item_id":"item_9",
                "error":{"type":"transcription_error","code":"audio_unintelligible","message":"..."}}"#,
        ],
    );
    let [
        ServerEvent::Committed { item },
        ServerEvent::Transcribed { facts: tokens, .. },
        ServerEvent::Transcribed { item: second, facts: seconds, .. },
        ServerEvent::Transcribed { facts: failed, .. },
    ] = &events[..]
    else {
        panic!("{events:#?}")
    };
    assert_eq!((&**item, &**second), ("item_7", "item_8"));
    assert_eq!(tokens.usage, Some(Usage { audio_input: Some(17), ..Usage::new(17, 9) }));
    let billing = seconds.billing.as_ref().unwrap();
    assert_eq!((seconds.usage, billing.audio_input), (None, Some(Duration::from_millis(2500))));
    assert_eq!(failed.error.as_deref(), Some("audio_unintelligible"));
}

#[test]
fn responses_over_a_socket() {
    let events = said(
        Api::OpenAiResponses,
        &[
            r#"{"type":"response.created","response":{"id":"resp_1","model":"gpt-5.2","status":"in_progress"}}"#,
            r#"{"type":"response.output_text.delta","item_id":"msg_1","delta":"Hi"}"#,
            r#"{"type":"response.completed","response":{"id":"resp_1","model":"gpt-5.2","status":"completed",
                "usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,
                "output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}}}"#,
            r#"{"type":"error","status":400,"error":{"type":"invalid_request_error","code":"previous_response_not_found"}}"#,
        ],
    );
    let [
        ServerEvent::Created { .. },
        ServerEvent::Output { response: None, .. },
        ServerEvent::Ended { facts, .. },
        ServerEvent::Failed { error, .. },
    ] = &events[..]
    else {
        panic!("{events:#?}")
    };
    assert_eq!(facts.usage, Some(Usage::new(10, 5).with_cache_read(4).with_reasoning(2)));
    assert_eq!(
        (facts.model.as_deref(), error.as_deref()),
        (Some("gpt-5.2"), Some("previous_response_not_found"))
    );
}

#[test]
fn a_client_asks_for_a_response() {
    let create =
        r#"{"type":"response.create","model":"gpt-5.2","previous_response_id":"resp_0","temperature":0.5}"#;
    let bytes =
        [message("{\"type\":\"other\"}", 1), message(create, 3), vec![0x88, 0x80, 1, 2, 3, 4]].concat();
    let mut heard = Vec::new();
    let mut reader = ClientEvents::new(Api::OpenAiResponses, Some("permessage-deflate"));
    bytes.chunks(1).for_each(|byte| reader.push(byte, |event| heard.push(event)));
    let [ClientEvent::Create { facts, wire_bytes }, ClientEvent::Closed] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!((facts.model.as_deref(), facts.temperature), (Some("gpt-5.2"), Some(0.5)));
    assert_eq!(facts.previous_response_id.as_deref(), Some("resp_0"));
    assert_eq!(*wire_bytes, create.len() as u64);

    // The audio of a realtime session is not read.
    let mut reader = ClientEvents::new(Api::OpenAiRealtime, Some("permessage-deflate"));
    let mut heard = Vec::new();
    let compressed = [0xc1, 0x85, 1, 1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff];
    reader.push(&[&compressed[..], &message(create, 2), &[0x88, 0]].concat(), |event| heard.push(event));
    assert!(matches!(heard[..], [ClientEvent::Closed]), "{heard:?}");
}

#[test]
fn the_first_of_two_types_counts_at_any_split() {
    let twice = r#"{"type":"response.output_text.delta","response":{"id":"a"},"type":"response.done"}"#;
    let bytes = message(twice, 1);
    for size in [1, 40, 1000] {
        let events = server(Api::OpenAiRealtime, &mut bytes.chunks(size));
        assert!(matches!(events[..], [ServerEvent::Output { .. }]), "{events:?}");
    }
}

#[test]
fn what_cannot_be_read() {
    let unreadable = |events: &[&str]| {
        let events = said(Api::OpenAiRealtime, events);
        events.iter().filter(|event| matches!(event, ServerEvent::Unreadable)).count()
    };
    assert_eq!(unreadable(&[r#"{"type":"response.done","response":{"id":"#, DONE]), 1);
    assert_eq!(unreadable(&["\u{0}\u{1}binary", "[]", "", "{}", r#"{"type":7}"#]), 0, "these say nothing");
    assert_eq!(unreadable(&["\u{feff}"]), 0);
    // A frame nobody can make sense of: told once, and what follows is not read.
    let bytes = [vec![0x83, 0], message(DONE, 1), message(DONE, 1)].concat();
    let events = server(Api::OpenAiRealtime, &mut bytes.chunks(7));
    assert!(matches!(events[..], [ServerEvent::Unreadable]), "{events:?}");
    let mut reader = ServerEvents::new(Api::OpenAiRealtime, Some("permessage-zstd"));
    let mut told = 0;
    bytes.chunks(9).for_each(|piece| reader.push(piece, |_| told += 1));
    assert_eq!(told, 1);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(
        cuts in prop::collection::vec(1_usize..400, 1..40),
        fragments in 1_usize..6,
        large in 0_usize..3000,
    ) {
        let audio = format!(r#"{{"type":"response.output_audio.delta","response_id":"resp_1","delta":"{}"}}"#, "A".repeat(large));
        let events = [
            r#"{"type":"session.updated","session":{"model":"gpt-realtime"}}"#,
            r#"{"type":"response.created","response":{"id":"resp_1"}}"#,
            &audio,
            DONE,
            r#"{"error":{"code":"session_expired"},"type":"error"}"#,
        ];
        let bytes: Vec<u8> = events.iter().flat_map(|event| message(event, fragments)).collect();
        let mut rest = &bytes[..];
        let mut pieces = Vec::new();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = behind;
        }
        let whole = server(Api::OpenAiRealtime, &mut std::iter::once(&bytes[..]));
        let split = server(Api::OpenAiRealtime, &mut pieces.into_iter());
        prop_assert_eq!(whole.len(), 5);
        prop_assert_eq!(format!("{whole:?}"), format!("{split:?}"));
    }
}
