use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compress, Compression as Level, FlushCompress};

use super::{Compression, Messages, Receiver, Sender};

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

const BOTH: Compression = Compression::Deflate { client_keeps_window: true, server_keeps_window: true };
const NEITHER: Compression = Compression::Deflate { client_keeps_window: false, server_keeps_window: false };

/// What was said, and how.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    now: Vec<u8>,
    messages: Vec<Vec<u8>>,
    wire_bytes: Vec<u64>,
    closed: usize,
    deaf: bool,
}

impl Receiver for Heard {
    fn begin(&mut self) -> bool {
        self.now.clear();
        !self.deaf
    }

    fn part(&mut self, bytes: &[u8]) {
        self.now.extend_from_slice(bytes);
    }

    fn end(&mut self, wire_bytes: u64) {
        self.messages.push(std::mem::take(&mut self.now));
        self.wire_bytes.push(wire_bytes);
    }

    fn close(&mut self) {
        self.closed += 1;
    }
}

fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    let masked = if mask.is_some() { 0x80 } else { 0 };
    match payload.len() {
        len @ 0..=125 => frame.push(masked | u8::try_from(len).unwrap()),
        len @ 126..=0xffff => {
            frame.push(masked + 126);
            frame.extend_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            frame.push(masked + 127);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    frame.extend(mask.iter().flatten());
    frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask.map_or(0, |mask| mask[at % 4])));
    frame
}

/// The same bytes in one piece, byte by byte, and cut once at each place of the first thousand.
fn hear(sender: Sender, compression: Compression, bytes: &[u8]) -> (Heard, bool) {
    let read = |cuts: &mut dyn Iterator<Item = &[u8]>| {
        let (mut messages, mut heard) = (Messages::new(sender, compression), Heard::default());
        cuts.for_each(|piece| messages.push(piece, &mut heard));
        (heard, messages.is_broken())
    };
    let whole = read(&mut std::iter::once(bytes));
    let bytewise = read(&mut bytes.chunks(1));
    assert_eq!(whole.1, bytewise.1);
    assert_eq!(whole.0.messages, bytewise.0.messages);
    for cut in 0..bytes.len().min(1000) {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(read(&mut [first, second].into_iter()), whole, "cut at {cut}");
    }
    whole
}

/// A compressor that keeps its window from message to message.
struct Sending(Compress);

impl Sending {
    fn new() -> Self {
        Self(Compress::new(Level::default(), false))
    }

    fn message(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 1024);
        self.0.compress_vec(text, &mut out, FlushCompress::Sync).unwrap();
        assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
        out.truncate(out.len() - 4);
        out
    }
}

#[test]
fn masked_fragments_with_a_ping_between_them() {
    let mask = Some([0x11, 0x22, 0x33, 0xf4]);
    let long = b"0123456789".repeat(7000);
    let bytes = [
        frame(TEXT, mask, b"Hel"),
        frame(FIN | PING, mask, b"are you there?"),
        frame(0, Some([9, 8, 7, 6]), b""),
        frame(FIN, None, b"lo"),
        frame(FIN | BINARY, mask, &long[..300]),
        frame(FIN | TEXT, mask, b""),
        frame(BINARY, None, &long),
        frame(FIN, mask, &long[1..]),
        frame(FIN | CLOSE, mask, &[3, 0xe8]),
    ]
    .concat();
    let (heard, broken) = hear(Sender::Client, Compression::None, &bytes);
    assert!(!broken);
    assert_eq!(heard.messages.iter().map(Vec::len).collect::<Vec<_>>(), [5, 300, 0, 139_999]);
    assert_eq!(heard.messages[0], b"Hello");
    assert_eq!(heard.messages[3], [&long[..], &long[1..]].concat());
    assert_eq!((heard.wire_bytes, heard.closed), (vec![5, 300, 0, 139_999], 1));
}

#[test]
fn what_breaks_the_protocol_is_not_read_any_further() {
    let good = frame(FIN | TEXT, None, b"good");
    let mut absurd = vec![FIN | TEXT, 127];
    absurd.extend_from_slice(&u64::MAX.to_be_bytes());
    for (what, bad) in [
        ("an unknown opcode", frame(FIN | 3, None, b"x")),
        ("an unknown control frame", frame(FIN | 0x0b, None, b"x")),
        ("a continuation of nothing", frame(FIN, None, b"x")),
        ("a message within a message", [frame(TEXT, None, b"x"), frame(FIN | TEXT, None, b"x")].concat()),
        ("a control frame in parts", frame(PING, None, b"x")),
        ("a long control frame", frame(FIN | PING, None, &[0; 126])),
        ("a compressed control frame", frame(FIN | RSV1 | PING, None, b"x")),
        ("compression nobody agreed on", frame(FIN | RSV1 | TEXT, None, b"x")),
        ("a reserved bit", frame(FIN | 0x20 | TEXT, None, b"x")),
        ("another reserved bit", frame(FIN | 0x10 | TEXT, None, b"x")),
        ("a length without end", absurd),
    ] {
        let bytes = [&good[..], &bad, &good].concat();
        let (heard, broken) = hear(Sender::Server, Compression::None, &bytes);
        assert!(broken, "{what}");
        assert_eq!(heard.messages, [b"good"], "{what}");
    }
}

#[test]
fn compressed_with_and_without_a_window_that_is_kept() {
    let text = br#"{"type":"response.output_audio.delta","delta":"AAAA"}"#;
    let mut sending = Sending::new();
    let messages = [&text[..], text, b"", &b"x".repeat(100_000)].map(|text| sending.message(text));
    let lengths = [messages[0].len(), messages[1].len()];
    assert!(lengths[1] < lengths[0] / 2, "the second message refers to the first: {lengths:?}");
    let bytes: Vec<u8> = messages
        .iter()
        .flat_map(|message| {
            let (first, second) = message.split_at(message.len() / 2);
            [
                frame(RSV1 | TEXT, Some([1, 2, 3, 4]), first),
                frame(FIN | PING, None, b""),
                frame(FIN, None, second),
                // One that is sent as it is does not concern the window.
                frame(FIN | TEXT, None, b"plain"),
            ]
            .concat()
        })
        .collect();
    for sender in [Sender::Client, Sender::Server] {
        let (heard, broken) = hear(sender, BOTH, &bytes);
        assert!(!broken);
        assert_eq!(heard.messages.len(), 8);
        assert_eq!(heard.messages[2], text);
        assert_eq!(heard.messages[6], b"x".repeat(100_000));
        assert!(heard.messages.iter().skip(1).step_by(2).all(|message| message == b"plain"));
    }
    let alone = |text: &[u8]| frame(FIN | RSV1 | TEXT, None, &Sending::new().message(text));
    let bytes = [alone(text), alone(text)].concat();
    for compression in [BOTH, NEITHER] {
        assert_eq!(hear(Sender::Server, compression, &bytes).0.messages, [text, text]);
    }
}

#[test]
fn a_stream_that_ends_with_its_message() {
    // RFC 7692 section 7.2.3.4: what a compressor with an end of its own leaves, and one byte.
    let ended = |text: &[u8]| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Level::default());
        encoder.write_all(text).unwrap();
        let mut bytes = encoder.finish().unwrap();
        bytes.push(0);
        frame(FIN | RSV1 | TEXT, None, &bytes)
    };
    for compression in [BOTH, NEITHER] {
        let (heard, broken) = hear(Sender::Server, compression, &[ended(b"one"), ended(b"two")].concat());
        assert!(!broken);
        assert_eq!(heard.messages, [b"one", b"two"]);
    }
}

#[test]
fn a_message_nobody_wants_is_read_for_the_sake_of_the_next() {
    let mut sending = Sending::new();
    let bytes = frame(FIN | RSV1 | TEXT, None, &sending.message(b"the same, the same, the same"));
    let again = frame(FIN | RSV1 | TEXT, None, &sending.message(b"the same, the same, the same"));
    let (mut messages, mut heard) =
        (Messages::new(Sender::Server, BOTH), Heard { deaf: true, ..Heard::default() });
    messages.push(&bytes, &mut heard);
    heard.deaf = false;
    messages.push(&again, &mut heard);
    assert_eq!(heard.messages, [b"the same, the same, the same"]);
}

#[test]
fn what_grows_beyond_reason_is_not_read() {
    let bomb = frame(FIN | RSV1 | TEXT, None, &Sending::new().message(&vec![0; 64 << 20]));
    assert!(bomb.len() < 100_000);
    let (mut messages, mut heard) = (Messages::new(Sender::Server, BOTH), Heard::default());
    messages.push(&bomb, &mut heard);
    assert!(messages.is_broken());
    assert!(heard.messages.is_empty() && heard.now.len() < 32 << 20, "{}", heard.now.len());
}

#[test]
fn an_extension_that_is_not_known_is_not_read() {
    let (heard, broken) = hear(Sender::Server, Compression::Unknown, &frame(FIN | TEXT, None, b"x"));
    assert!(broken && heard.messages.is_empty());
}
