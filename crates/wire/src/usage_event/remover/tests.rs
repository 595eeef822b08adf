use std::ops::Range;

use proptest::prelude::*;
use serde_json::Value;

use super::EventRemover;
use crate::usage_event::{LARGEST_HELD, Output};

const EXTRA: &str = r#"{"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}"#;

#[derive(Debug, Default, PartialEq)]
struct Split {
    passed: Vec<u8>,
    removed: Vec<u8>,
    all: Vec<u8>,
}

struct Receiver<'a> {
    frame: &'a [u8],
    split: Split,
}

impl Output for Receiver<'_> {
    fn frame(&mut self, range: Range<usize>) {
        assert!(!range.is_empty());
        self.other(&self.frame[range]);
    }

    fn other(&mut self, bytes: &[u8]) {
        self.split.passed.extend_from_slice(bytes);
        self.split.all.extend_from_slice(bytes);
    }

    fn removed(&mut self, bytes: &[u8]) {
        self.split.removed.extend_from_slice(bytes);
        self.split.all.extend_from_slice(bytes);
    }
}

fn split_by(stream: &[u8], mut size: impl FnMut() -> usize) -> Split {
    let mut remover = EventRemover::new();
    let mut receiver = Receiver { frame: &[], split: Split::default() };
    let mut rest = stream;
    while !rest.is_empty() {
        let (frame, behind) = rest.split_at(size().min(rest.len()));
        receiver.frame = frame;
        remover.push(frame, &mut receiver);
        assert!(remover.held.len() <= LARGEST_HELD && remover.held.capacity() <= 2 * LARGEST_HELD);
        rest = behind;
    }
    receiver.frame = &[];
    remover.finish(&mut receiver);
    assert_eq!(receiver.split.all, stream);
    receiver.split
}

fn split(stream: &str) -> (String, String) {
    let whole = split_by(stream.as_bytes(), || usize::MAX);
    for size in [1, 2, 3, 11, 100] {
        assert_eq!(split_by(stream.as_bytes(), || size), whole, "{stream:?} by {size}");
    }
    (String::from_utf8(whole.passed).unwrap(), String::from_utf8(whole.removed).unwrap())
}

/// The stream without its event, for each kind of line end.
fn without(stream: &str, event: &str) {
    for end in ["\n", "\r", "\r\n"] {
        let (stream, event) = (stream.replace('\n', end), event.replace('\n', end));
        assert!(stream.contains(&event));
        assert_eq!(split(&stream), (stream.replacen(&event, "", 1), event), "{stream:?}");
    }
}

fn untouched(stream: &str) {
    for end in ["\n", "\r", "\r\n"] {
        let stream = stream.replace('\n', end);
        assert_eq!(split(&stream), (stream.clone(), String::new()), "{stream:?}");
    }
}

#[test]
fn the_extra_event_goes() {
    let first = "data: {\"choices\":[{\"delta\":{\"content\":\"[]\"}}],\"usage\":null}\n\n";
    for extra in [
        format!("data: {EXTRA}\n\n"),
        format!("data:{EXTRA}\n\n"),
        format!("event: message\nid: 7\ndata: {EXTRA}\n\n"),
        format!("data: {EXTRA}\nretry: 10\n\n"),
        format!("data\ndata: {EXTRA}\ndata: \ndata\n\n"),
        "data: {\"usage\":{},\n\
         data: \"choices\":\n\
         data: [\n\
         data: ]}\n\n"
            .to_owned(),
        "data:  { \"usage\" : { \"a\" : [ {} ] } , \"choices\" : [ \t ] } \n\n".to_owned(),
        "data: {\"\\u0063hoices\":[],\"usage\":null,\"us\\u0061ge\":{\"x\":\"\\\"}\"}}\n\n".to_owned(),
    ] {
        without(&format!("{first}{extra}data: [DONE]\n\n"), &extra);
        without(&format!("{extra}data: [DONE]\n\n"), &extra);
        without(&format!(": keep-alive\n\n{extra}: keep-alive\n{first}"), &extra);
        without(&format!("\u{feff}{extra}\n\n{first}"), &extra);
        without(&format!("{first}{extra}"), &extra);
    }
}

#[test]
fn other_events_stay() {
    for data in [
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"total_tokens":9}}"#,
        r#"{"choices":[],"usage":null}"#,
        r#"{"choices":[],"prompt_filter_results":[{"prompt_index":0}],"id":""}"#,
        r#"{"choices":null,"usage":{"total_tokens":9}}"#,
        r#"{"choices":{},"usage":{"total_tokens":9}}"#,
        r#"{"usage":{"total_tokens":9}}"#,
        r#"{"choices":[],"usage":[]}"#,
        r#"{"choices":[],"usage":{},"usage":null}"#,
        r#"{"choices":[[]],"usage":{}}"#,
        r#"{"x":{"choices":[],"usage":{}}}"#,
        r#"[{"choices":[],"usage":{}}]"#,
        r#"{"choices":[],"usage":{}}x"#,
        r#"{"choices":[],"usage":{}}{}"#,
        r#"{"choices":[],"usage":{}"#,
        r#""choices[]usage{}""#,
        "[DONE]",
        "",
    ] {
        untouched(&format!("data: {data}\n\ndata: [DONE]\n\n"));
        untouched(&format!("event: x\ndata: {data}\n\n"));
    }
    for stream in [
        "",
        "\n\n\n",
        ": a comment\n\n",
        "event: ping\n\n",
        "id: 1\n\nretry: 5\n\n",
        "\u{feff}data: []\n\n",
        "\u{feff}",
        "dat: {\"choices\":[],\"usage\":{}}\n\n",
        "datas: {\"choices\":[],\"usage\":{}}\n\n",
        ": {\"choices\":[],\"usage\":{}}\n\n",
        "\u{feff}\u{feff}data: {\"choices\":[],\"usage\":{}}\n",
        "data: {\"choices\":[],\"usage\":{",
    ] {
        untouched(stream);
    }
}

#[test]
fn an_event_without_its_blank_line() {
    for end in ["", "\n", "\r", "\r\n"] {
        let stream = format!("data: x\n\ndata: {EXTRA}{end}");
        assert_eq!(split(&stream), ("data: x\n\n".to_owned(), format!("data: {EXTRA}{end}")), "{end:?}");
    }
}

#[test]
fn comments_stay_inside_the_extra_event_too() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!(": a\n: b\nevent: x\n: c\ndata: {EXTRA}\n: d\n\ndata: y\n\n").replace('\n', end);
        let (passed, removed) = split(&stream);
        assert_eq!(passed, ": a\n: b\n: c\n: d\ndata: y\n\n".replace('\n', end));
        assert_eq!(removed, format!("event: x\ndata: {EXTRA}\n\n").replace('\n', end));
    }
}

#[test]
fn events_up_to_the_largest() {
    for len in [LARGEST_HELD - 1, LARGEST_HELD, LARGEST_HELD + 1, 3 * LARGEST_HELD] {
        let (start, end) = (r#"data: {"choices":[],"x":""#, "\",\"usage\":{}}\n\n");
        let event = format!("{start}{}{end}", "x".repeat(len - start.len() - end.len()));
        assert_eq!(event.len(), len);
        let stream = format!("{event}data: [DONE]\n\n");
        let whole = split_by(stream.as_bytes(), || usize::MAX);
        assert_eq!(whole.removed.len(), if len <= LARGEST_HELD { len } else { 0 });
        for size in [1, 1000, LARGEST_HELD, LARGEST_HELD + 1] {
            assert!(split_by(stream.as_bytes(), || size) == whole, "{len} by {size}");
        }
    }
}

/// The frames that come out for those that go in, and what is left at the end.
fn frames(frames: &[&str]) -> Vec<String> {
    let mut remover = EventRemover::new();
    let mut passed = Vec::new();
    for frame in frames {
        let mut receiver = Receiver { frame: frame.as_bytes(), split: Split::default() };
        remover.push(frame.as_bytes(), &mut receiver);
        passed.push(String::from_utf8(receiver.split.passed).unwrap());
    }
    passed
}

#[test]
fn nothing_waits_that_is_decided() {
    let start = r#"data: {"id":"c","choices":[{"delta""#;
    let rest = ":{}}]}\n\n";
    assert_eq!(frames(&[start, rest]), [start, rest]);
    assert_eq!(frames(&[": keep", "-alive\n", "\n", "data: [D"]), [": keep", "-alive\n", "\n", "data: [D"]);
    assert_eq!(
        frames(&["data: {\"choices\":[]", ",\"x\":1", ",\"usage\":null}", "\n\n"]),
        ["", "", "data: {\"choices\":[],\"x\":1,\"usage\":null}", "\n\n"]
    );
    // A whole event passes before one that is cut, and after one that has gone.
    let whole = "data: {\"choices\":[{\"a\":[]}]}\n\n";
    let cut = format!("{whole}data: {{\"choi");
    assert_eq!(frames(&[&cut, "ces\":[{"]), [whole, "data: {\"choices\":[{"]);
    assert_eq!(frames(&[&format!("data: {EXTRA}\n\n{whole}")]), [whole]);
}

/// An event as the standard reads it: is it the extra one?
fn is_extra(event: &str) -> bool {
    let lines = event.split(['\n', '\r']).filter_map(|line| match line.split_once(':') {
        Some(("data", value)) => Some(value.strip_prefix(' ').unwrap_or(value)),
        None if line == "data" => Some(""),
        _ => None,
    });
    let data: Vec<&str> = lines.collect();
    let Ok(data) = serde_json::from_str::<Value>(&data.join("\n")) else { return false };
    data.get("choices").and_then(Value::as_array).is_some_and(Vec::is_empty)
        && data.get("usage").is_some_and(Value::is_object)
}

fn events() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => Just(format!("data: {EXTRA}\n")),
        2 => Just("data: {\"choices\":[{\"x\":[]}],\"usage\":null}\n".to_owned()),
        1 => Just("data: {\"choices\":[],\"usage\":null}\n".to_owned()),
        1 => Just("data:{\"choices\": [ ],\ndata:\"usage\":{\"a\":\"b\\\"\"}}\n".to_owned()),
        1 => Just("data: [DONE]\n".to_owned()),
        1 => Just("data\n".to_owned()),
        1 => Just("event: x\n".to_owned()),
        1 => Just("foo\n".to_owned()),
    ];
    proptest::collection::vec(line, 0..4).prop_map(|lines| lines.concat() + "\n")
}

proptest! {
    #[test]
    fn exactly_the_extra_events(
        events in proptest::collection::vec((events(), proptest::sample::select(&["\n", "\r", "\r\n"][..])), 0..8),
        sizes in proptest::collection::vec(1..60_usize, 1..10),
    ) {
        let mut expected = Split::default();
        for (event, end) in &events {
            let (extra, event) = (is_extra(event), event.replace('\n', end));
            let part = if extra { &mut expected.removed } else { &mut expected.passed };
            part.extend_from_slice(event.as_bytes());
            expected.all.extend_from_slice(event.as_bytes());
        }
        // A lone carriage return before a line feed would be one line end.
        let ambiguous = expected.all.windows(3).any(|three| three == b"\r\r\n");
        prop_assume!(!ambiguous);
        let mut sizes = sizes.iter().cycle();
        let split = split_by(&expected.all.clone(), || *sizes.next().unwrap());
        prop_assert_eq!(String::from_utf8(split.passed), String::from_utf8(expected.passed));
        prop_assert_eq!(split.removed, expected.removed);
    }

    #[test]
    fn any_split_gives_the_same(
        pieces in proptest::collection::vec(
            proptest::sample::select(
                &["\n", "\n", "\r", "\r\n", "data", "data: ", "data:", "event: x", ":", " ", "{\"choices\":[]", ",\"usage\":{}}", EXTRA, "\u{feff}"][..]
            ),
            0..30,
        ),
        sizes in proptest::collection::vec(1..20_usize, 1..10),
    ) {
        let stream = pieces.concat();
        let mut sizes = sizes.iter().cycle();
        let split = split_by(stream.as_bytes(), || *sizes.next().unwrap());
        prop_assert_eq!(split, split_by(stream.as_bytes(), || usize::MAX));
    }
}
