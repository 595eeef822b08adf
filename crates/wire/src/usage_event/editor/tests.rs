use std::ops::Range;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::RequestEditor;
use crate::usage_event::{LARGEST_HELD, Output};

struct Sent<'a> {
    frame: &'a [u8],
    bytes: Vec<u8>,
}

impl Output for Sent<'_> {
    fn frame(&mut self, range: Range<usize>) {
        assert!(!range.is_empty());
        self.bytes.extend_from_slice(&self.frame[range]);
    }

    fn other(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

struct Outcome {
    bytes: Vec<u8>,
    edited: bool,
    has_options: bool,
}

fn edit_in(body: &[u8], size: usize) -> Outcome {
    let mut editor = RequestEditor::new();
    let mut sent = Sent { frame: &[], bytes: Vec::new() };
    for frame in body.chunks(size) {
        sent.frame = frame;
        editor.push(frame, &mut sent);
        assert!(editor.held.len() <= LARGEST_HELD);
    }
    sent.frame = &[];
    editor.finish(&mut sent);
    Outcome { bytes: sent.bytes, edited: editor.is_edited(), has_options: editor.has_options() }
}

/// The edited body; `None` when it was not edited.
fn edit(body: &str) -> Option<String> {
    let whole = edit_in(body.as_bytes(), body.len().max(1));
    for size in [1, 2, 3, 7, 50] {
        let split = edit_in(body.as_bytes(), size);
        assert_eq!((&split.bytes, split.edited), (&whole.bytes, whole.edited), "{body} by {size}");
    }
    let text = String::from_utf8(whole.bytes).unwrap();
    whole.edited.then_some(text)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn what_is_added() {
    for (body, edited) in [
        (r#"{"stream":true}"#, r#"{"stream":true,"stream_options":{"include_usage":true}}"#),
        (
            "{ \"a\" : [1],\n \"stream\" : true\n}\n",
            "{ \"a\" : [1],\n \"stream\" : true\n,\"stream_options\":{\"include_usage\":true}}\n",
        ),
        (
            r#"{"stream":false,"stream":true}"#,
            r#"{"stream":false,"stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (r#"{"str\u0065am":true}"#, r#"{"str\u0065am":true,"stream_options":{"include_usage":true}}"#),
        // What stood there moves to the end, wherever it stood.
        (
            r#"{"stream_options":null,"stream":true}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            r#"{"stream":true, "stream_options" : null ,"a":1}"#,
            r#"{"stream":true ,"a":1, "stream_options" : {"include_usage":true}}"#,
        ),
        (
            r#"{"stream":true,"stream_options":{}}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            r#"{"stream_options":{"include_usage":false,"include_obfuscation":false},"stream":true}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}"#,
        ),
        (
            r#"{"stream_options":{"include_usage":true,"x":1.50,"include_usage":null},"stream":true}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true,"x":1.50}}"#,
        ),
        // The last one counts, and the others stay.
        (
            r#"{"stream_options":{"include_usage":true},"stream_options":null,"stream":true}"#,
            r#"{"stream_options":{"include_usage":true},"stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            r#"{"stream_options":{"a":1},"stream_options":{"b":2},"stream":true}"#,
            r#"{"stream_options":{"a":1},"stream":true,"stream_options":{"include_usage":true,"b":2}}"#,
        ),
    ] {
        assert_eq!(edit(body).as_deref(), Some(edited), "{body}");
        json(edited);
    }
}

#[test]
fn what_is_left_alone() {
    for body in [
        "{}",
        "{ }",
        r#"{"stream":false}"#,
        r#"{"stream":true,"stream":false}"#,
        r#"{"stream":null}"#,
        r#"{"stream":"true"}"#,
        r#"{"stream":1}"#,
        r#"{"messages":[{"stream":true}],"x":{"stream":true},"y":"\"stream\":true"}"#,
        r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
        r#"{"stream_options":{"include_usage":true},"stream":true}"#,
        r#"{"stream_options":{"\u0069nclude_usage":true},"stream":true}"#,
        r#"{"stream":true,"stream_options":null,"stream_options":{"include_usage":true}}"#,
        // None that are understood: the upstream judges them.
        r#"{"stream":true,"stream_options":{"include_usage":"yes"}}"#,
        r#"{"stream":true,"stream_options":{"include_usage":1}}"#,
        r#"{"stream":true,"stream_options":[]}"#,
        r#"{"stream":true,"stream_options":{"a":tru}}"#,
        r#"[{"stream":true}]"#,
        "\"stream\"",
        "",
        "not json",
        r#"{"stream":true"#,
        r#"{"stream":true,"#,
        r#"{"stream":true,}"#,
        r#"{"stream":true;"#,
        r#"{"stream":true,"stream_options":{"a"#,
        "--boundary\r\ncontent-disposition: form-data",
    ] {
        assert_eq!(edit(body), None, "{body}");
        assert_eq!(edit_in(body.as_bytes(), 1).bytes, body.as_bytes(), "{body}");
    }
}

#[test]
fn what_was_held_back_comes_in_the_end() {
    for (body, sent) in [
        (r#"{"stream_options":null,"stream":false}"#, r#"{"stream":false,"stream_options":null}"#),
        (r#"{"stream_options":null}"#, r#"{"stream_options":null}"#),
        (r#"{"stream_options":null,}"#, r#"{"stream_options":null,}"#),
        (r#"{"stream_options":null,"a":[1"#, r#"{"a":[1,"stream_options":null"#),
    ] {
        let whole = edit_in(body.as_bytes(), body.len());
        assert_eq!((std::str::from_utf8(&whole.bytes).unwrap(), whole.edited), (sent, false));
        assert_eq!(edit_in(body.as_bytes(), 1).bytes, sent.as_bytes());
    }
}

#[test]
fn whose_options_they_are() {
    assert!(!edit_in(br#"{"stream":true}"#, 5).has_options);
    assert!(edit_in(br#"{"stream":true,"stream_options":null}"#, 5).has_options);
}

#[test]
fn no_more_is_held_back_than_allowed() {
    for padding in [LARGEST_HELD - 60, LARGEST_HELD, LARGEST_HELD * 3] {
        for body in [
            format!(r#"{{"stream":true,"stream_options":{{"a":"{}"}},"z":1}}"#, "x".repeat(padding)),
            format!(r#"{{"stream":true,{}"stream_options":{{}},"z":1}}"#, " ".repeat(padding)),
            format!(r#"{{"stream":true,{}"z":1}}"#, " ".repeat(padding)),
        ] {
            let whole = edit_in(body.as_bytes(), body.len());
            for size in [1000, LARGEST_HELD, LARGEST_HELD + 1] {
                let split = edit_in(body.as_bytes(), size);
                assert!((&split.bytes, split.edited) == (&whole.bytes, whole.edited), "{padding} by {size}");
            }
            assert_eq!(whole.edited, padding < LARGEST_HELD, "{padding}");
            assert!(whole.edited || whole.bytes == body.as_bytes(), "{padding}");
        }
    }
}

#[test]
fn a_large_body_with_stream_as_its_last_key() {
    let content = "a\\\"b".repeat(5_000_000);
    let body = format!(r#"{{"messages":[{{"content":"{content}"}}],"stream_options":null,"stream":true}}"#);
    let edited = edit_in(body.as_bytes(), 65_536);
    let expected = format!(
        r#"{{"messages":[{{"content":"{content}"}}],"stream":true,"stream_options":{{"include_usage":true}}}}"#
    );
    assert!(edited.edited && edited.bytes == expected.as_bytes());
}

/// An object as clients write it, with the keys that matter in any order and more than once.
fn requests() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        3 => Just("stream"), 3 => Just("stream_options"), 1 => Just("str\\u0065am"), 1 => Just("messages"), 1 => Just("a"),
    ];
    let value = prop_oneof![
        3 => Just("true".to_owned()),
        1 => Just("false".to_owned()),
        1 => Just("null".to_owned()),
        1 => Just("{}".to_owned()),
        1 => Just(r#"{"include_usage":true}"#.to_owned()),
        1 => Just(r#"{ "include_usage" : false , "x" : [ 1 ] }"#.to_owned()),
        1 => Just(r#"{"include_usage":null,"include_obfuscation":true}"#.to_owned()),
        1 => Just(r#"[{"stream":true,"stream_options":null}]"#.to_owned()),
        1 => "[a\"\\\\{},\u{e9}]{0,5}".prop_map(|text| json!(text).to_string()),
    ];
    let space = || proptest::sample::select(&["", "", " ", "\n  "][..]);
    let member = (space(), key, space(), space(), value, space());
    let members = proptest::collection::vec(
        member.prop_map(|(a, key, b, c, value, d)| format!("{a}\"{key}\"{b}:{c}{value}{d}")),
        0..6,
    );
    (space(), members, space())
        .prop_map(|(before, members, after)| format!("{before}{{{}}}{after}", members.join(",")))
}

proptest! {
    #[test]
    fn the_same_request_with_the_option(body in requests(), size in 1..40_usize) {
        let whole = edit_in(body.as_bytes(), body.len());
        let split = edit_in(body.as_bytes(), size);
        prop_assert_eq!(&split.bytes, &whole.bytes);
        prop_assert_eq!((split.edited, split.has_options), (whole.edited, whole.has_options));

        let mut before = json(&body);
        let after = json(std::str::from_utf8(&whole.bytes).unwrap());
        let options = before.get("stream_options");
        let understood = options.is_none_or(|options| options.is_null() || options.is_object());
        let asked = options.and_then(|options| options.get("include_usage")) == Some(&json!(true));
        prop_assert_eq!(whole.edited, before.get("stream") == Some(&json!(true)) && understood && !asked);
        prop_assert_eq!(whole.has_options, options.is_some());
        if whole.edited {
            if before.get("stream_options").is_none_or(Value::is_null) {
                before["stream_options"] = json!({});
            }
            before["stream_options"]["include_usage"] = json!(true);
        }
        prop_assert_eq!(after, before);
    }

    #[test]
    fn anything_goes(
        pieces in proptest::collection::vec(
            proptest::sample::select(
                &["{", "}", "[", ",", ",", ":", "\"", "\"stream\":true", "\"stream_options\":", "null", "\\", "{}", " "][..]
            ),
            0..20,
        ),
        size in 1..10_usize,
    ) {
        let body = pieces.concat();
        let (whole, split) = (edit_in(body.as_bytes(), body.len().max(1)), edit_in(body.as_bytes(), size));
        prop_assert_eq!((&whole.bytes, whole.edited), (&split.bytes, split.edited));
        prop_assert_eq!(whole.edited, whole.bytes.len() > body.len());
    }
}
