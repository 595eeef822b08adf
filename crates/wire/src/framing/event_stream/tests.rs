use proptest::{collection::vec, prelude::*};

use super::{
    super::collected::Collected,
    EventStream,
    encode::{chunk, event, message, raw},
};
use crate::framing::LARGEST;

fn events<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> (Collected, bool) {
    let mut collected = Collected::default();
    let mut stream = EventStream::new();
    for frame in frames {
        if stream.push(frame, &mut collected).is_err() {
            return (collected, true);
        }
    }
    stream.finish(&mut collected);
    (collected, false)
}

fn at_any_split(stream: &[u8]) -> (Collected, bool) {
    let whole = events([stream]);
    let sizes: &[usize] =
        if stream.len() > LARGEST { &[13, 1000, 70_000] } else { &[1, 2, 3, 7, 13, 16, 50] };
    for size in sizes.iter().copied() {
        assert_eq!(events(stream.chunks(size)), whole, "by {size}");
    }
    whole
}

/// `payload_one_str_header` of the vectors that Amazon publishes for its implementations.
const VECTOR: &[u8] =
    b"\x00\x00\x00\x3d\x00\x00\x00\x20\x07\xfd\x83\x96\x0ccontent-type\x07\x00\x10application/json\
    {'foo':'bar'}\x8d\x9c\x08\xb1";

#[test]
fn a_published_message() {
    let (collected, lost) = at_any_split(VECTOR);
    assert_eq!(collected.events, [b"{'foo':'bar'}"]);
    assert!(!lost && !collected.broken);
    assert_eq!(raw(&VECTOR[12..44], b"{'foo':'bar'}"), VECTOR);
}

#[test]
fn kinds_of_messages() {
    let stream = [
        event("messageStart", br#"{"role":"assistant"}"#),
        event("initial-response", b""),
        chunk(br#"{"type":"message_stop"}"#),
        message(
            &[(":message-type", "exception"), (":exception-type", "throttlingException")],
            br#"{"message":"m"}"#,
        ),
        message(
            &[(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "m")],
            b"",
        ),
        message(&[(":message-type", "news")], b"{}"),
    ]
    .concat();
    let (collected, lost) = at_any_split(&stream);
    assert_eq!(collected.events, [&br#"{"role":"assistant"}"#[..], br#"{"type":"message_stop"}"#]);
    assert_eq!(collected.kinds, ["messageStart", ""]);
    assert_eq!(collected.failures, [&b"throttlingException"[..], b"InternalError"]);
    assert!(!lost && !collected.broken && !collected.cut);
}

#[test]
fn headers_of_every_type() {
    let mut headers = Vec::new();
    for (kind, len) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16)] {
        headers.extend_from_slice(&[1, b'x', kind]);
        headers.resize(headers.len() + len, 7);
    }
    headers.extend_from_slice(b"\x01y\x06\x00\x02\xff\xff\x0b:event-type\x07\x00\x01k");
    let (collected, _) = at_any_split(&raw(&headers, b"{}"));
    assert_eq!((collected.kinds, collected.broken), (vec!["k".to_owned()], false));
    for broken in [
        &b"\x01"[..],
        b"\x01x",
        b"\x01x\x07",
        b"\x01x\x07\x00\x02a",
        b"\x01x\x0a",
        b"\x01x\x05\x00",
        b"\xff:",
    ] {
        let stream = [raw(broken, b"{}"), event("after", b"{}")].concat();
        let (collected, lost) = at_any_split(&stream);
        assert_eq!((collected.events.len(), collected.broken, lost), (1, true, false), "{broken:?}");
    }
}

#[test]
fn checksums_are_checked() {
    let good = event("a", br#"{"a":1}"#);
    for at in 0..good.len() {
        let mut damaged = good.clone();
        damaged[at] ^= 0x10;
        let (collected, lost) = at_any_split(&[&good[..], &damaged, &good].concat());
        if at < 12 {
            assert_eq!((collected.events.len(), lost), (1, true), "byte {at}");
        } else {
            assert_eq!((collected.events.len(), collected.broken, lost), (2, true, false), "byte {at}");
        }
    }
}

#[test]
fn a_message_cut_short() {
    let stream = event("a", br#"{"a":1}"#);
    for len in 1..stream.len() {
        let (collected, lost) = events([&stream[..len]]);
        assert_eq!((collected.events.len(), collected.broken, lost), (0, true, false));
    }
}

#[test]
fn sizes_around_the_largest() {
    let overhead = event("a", b"").len();
    for len in [LARGEST - overhead, LARGEST - overhead + 1, LARGEST, 3 * LARGEST] {
        let payload = format!(r#"{{"a":"{}"}}"#, "x".repeat(len - 8));
        let mut stream = [event("a", payload.as_bytes()), event("b", b"{}")].concat();
        let (collected, lost) = at_any_split(&stream);
        assert_eq!(collected.events, [payload.as_bytes(), b"{}"]);
        assert!(!lost && !collected.broken);

        stream[1000] ^= 1;
        let (collected, lost) = at_any_split(&stream);
        assert!(collected.broken && !lost);
        assert_eq!(collected.events.last().map(Vec::as_slice), Some(&b"{}"[..]));
    }
}

#[test]
fn large_chunks() {
    let text = format!(r#"{{"a":"{}"}}"#, "xyz".repeat(50_000));
    let (collected, _) = at_any_split(&[chunk(text.as_bytes()), chunk(b"{}")].concat());
    assert_eq!(collected.events, [text.as_bytes(), b"{}"]);
    assert!(!collected.broken);
    let cut = chunk(text.as_bytes());
    let (collected, _) = at_any_split(&cut[..cut.len() / 2]);
    assert!(collected.broken && collected.cut);
}

#[test]
fn payloads_of_chunks() {
    for (payload, expected) in [
        (r#"{"bytes":"e30="}"#, Some("{}")),
        (r#"{"bytes":"e30"}"#, Some("{}")),
        (r#" { "p" : "a\"\\" , "x":{"bytes":"eA=="}, "n":[1,"bytes"], "bytes" : "e30=" }"#, Some("{}")),
        (r#"{"bytes":"\/\/8\u003d"}"#, Some("\u{0}")),
        (r#"{"bytes":""}"#, Some("")),
        (r#"{"bytes":"e30=e30="}"#, None),
        (r#"{"bytes":"e3!0"}"#, None),
        (r#"{"bytes":"e30==","#, Some("{}")),
        (r#"{"bytes":"e"}"#, None),
        (r#"{"bytes":"e3"#, None),
        (r#"{"bytes":7}"#, None),
        (r#"{"byte":"e30="}"#, None),
        (r#"{"bytesx":"e30="}"#, None),
        (r#"{"\u0062ytes":"e30="}"#, None),
        (r#"["bytes","e30="]"#, None),
        ("", None),
    ] {
        let (collected, _) = at_any_split(&event("chunk", payload.as_bytes()));
        assert_eq!(collected.events.len(), usize::from(expected.is_some()), "{payload}");
        assert_eq!(collected.broken, expected.is_none(), "{payload}");
        if let (Some(event), Some(expected)) = (collected.events.first(), expected) {
            let expected = if expected == "\u{0}" { &b"\xff\xff"[..] } else { expected.as_bytes() };
            assert_eq!(event, expected, "{payload}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..100)) {
        at_any_split(&bytes);
    }

    #[test]
    fn chunks_hold_what_was_put_into_them(bytes in vec(any::<u8>(), 1..5000), size in 1..3000_usize) {
        let stream = chunk(&bytes);
        let (collected, lost) = events(stream.chunks(size));
        prop_assert!(!lost && !collected.broken);
        prop_assert_eq!(collected.events, [bytes]);
    }
}
