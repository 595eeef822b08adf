#![no_main]

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};
use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::{Held, Splits};
use tower_genai_wire::Api;
use tower_genai_wire::realtime::{ClientEvents, ServerEvents};

const DEFLATE: Option<&str> = Some("permessage-deflate");

// Messages, one a line, in frames as both sides send them; and the input as it is.
fuzz_target!(|script: &[u8]| {
    for api in [Api::OpenAiRealtime, Api::OpenAiResponses] {
        for extensions in [None, DEFLATE] {
            let mut random = Splits::new(script);
            let mut frames = |mask: bool| -> Vec<u8> {
                let lines = script.split(|byte| *byte == b'\n');
                lines.flat_map(|line| message(line, mask, extensions.is_some(), &mut random)).collect()
            };
            let (from_server, from_client) = (frames(false), frames(true));
            for bytes in [&from_server[..], &from_client, script] {
                check(bytes, |frames| {
                    let mut events = Vec::new();
                    let mut server = ServerEvents::new(api, extensions);
                    pushed(frames, |frame| server.push(frame, |event| events.push(format!("{event:?}"))));
                    events
                });
                check(bytes, |frames| {
                    let mut events = Vec::new();
                    let mut client = ClientEvents::new(api, extensions);
                    pushed(frames, |frame| client.push(frame, |event| events.push(format!("{event:?}"))));
                    events
                });
            }
        }
    }
});

/// Besides its window of 32 KiB, twice what is held while a buffer grows.
fn pushed(frames: &[&[u8]], mut push: impl FnMut(&[u8])) {
    let held = Held::new();
    for frame in frames {
        push(frame);
    }
    held.check(frames.iter().map(|frame| frame.len()).sum::<usize>() * 8);
}

fn check(bytes: &[u8], read: impl Fn(&[&[u8]]) -> Vec<String>) {
    let splits = Splits::new(bytes).all(bytes);
    let whole = read(&splits[0]);
    for frames in &splits[1..] {
        assert_eq!(read(frames), whole);
    }
}

/// A message in one frame or two.
fn message(text: &[u8], mask: bool, deflate: bool, random: &mut Splits) -> Vec<u8> {
    let compressed = deflate && random.below(2) == 1;
    let payload = if compressed { deflated(text) } else { text.to_vec() };
    let cut = random.below(payload.len() * 2 + 1).min(payload.len());
    let (first, second) = payload.split_at(cut);
    let opcode = if compressed { 0x41 } else { 0x01 };
    if second.is_empty() {
        frame(0x80 | opcode, first, mask)
    } else {
        [frame(opcode, first, mask), frame(0x89, b"ping", mask), frame(0x80, second, mask)].concat()
    }
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.flush().unwrap();
    let mut bytes = encoder.get_ref().clone();
    bytes.truncate(bytes.len().saturating_sub(4));
    bytes
}

fn frame(head: u8, payload: &[u8], mask: bool) -> Vec<u8> {
    let masked = if mask { 0x80 } else { 0 };
    let mut frame = vec![head];
    match payload.len() {
        len @ 0..126 => frame.push(masked | len as u8),
        len @ 126..65_536 => {
            frame.push(masked | 126);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            frame.push(masked | 127);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    let key = [1, 2, 3, 4];
    if mask {
        frame.extend_from_slice(&key);
    }
    frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| if mask { byte ^ key } else { *byte }));
    frame
}
