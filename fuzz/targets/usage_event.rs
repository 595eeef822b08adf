#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower_genai_fuzz::{Held, Splits};
use tower_genai_wire::usage_event::{EventRemover, LARGEST_HELD, Output, RequestEditor};

#[derive(Default)]
struct Passed<'a> {
    frame: &'a [u8],
    /// What was let through.
    out: Vec<u8>,
    /// That and what was taken out, in the order of the input.
    all: Vec<u8>,
}

impl Output for Passed<'_> {
    fn frame(&mut self, range: Range<usize>) {
        self.out.extend_from_slice(&self.frame[range.clone()]);
        self.all.extend_from_slice(&self.frame[range]);
    }

    fn other(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.all.extend_from_slice(bytes);
    }

    fn removed(&mut self, bytes: &[u8]) {
        self.all.extend_from_slice(bytes);
    }
}

fuzz_target!(|body: &[u8]| {
    let splits = Splits::new(body).all(body);
    let removed: Vec<_> = splits.iter().map(|frames| remove(body, frames)).collect();
    assert!(removed.iter().all(|out| *out == removed[0]));
    let edited: Vec<_> = splits.iter().map(|frames| edit(frames)).collect();
    assert!(edited.iter().all(|out| *out == edited[0]));
    if let Ok(before @ Value::Object(_)) = serde_json::from_slice::<Value>(body) {
        let after: Value = serde_json::from_slice(&edited[0].0).unwrap();
        if edited[0].1 {
            assert_eq!(after["stream_options"]["include_usage"], Value::Bool(true));
        } else {
            assert_eq!(after, before);
        }
    }
});

fn remove(body: &[u8], frames: &[&[u8]]) -> Vec<u8> {
    let mut passed = Passed { out: Vec::with_capacity(body.len()), all: Vec::with_capacity(body.len()), ..Passed::default() };
    let held = Held::new();
    let mut remover = EventRemover::new();
    let mut pushed = 0;
    for frame in frames {
        passed.frame = frame;
        remover.push(frame, &mut passed);
        pushed += frame.len();
        assert!(pushed - passed.all.len() <= LARGEST_HELD);
        held.check(0);
    }
    remover.finish(&mut passed);
    assert_eq!(passed.all, body);
    passed.out
}

fn edit(frames: &[&[u8]]) -> (Vec<u8>, bool) {
    let mut passed = Passed::default();
    let mut editor = RequestEditor::new();
    for frame in frames {
        passed.frame = frame;
        editor.push(frame, &mut passed);
    }
    editor.finish(&mut passed);
    (passed.out, editor.is_edited())
}
