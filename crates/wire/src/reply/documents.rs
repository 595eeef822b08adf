//! Bodies of JSON documents that stand in no lines: one, several, or the elements of an array.

use super::{collector::Kind, reading::Reading};
use crate::framing::Events;

/// One document. Where another follows it, the body is a stream after all, which its content type did not say.
#[derive(Debug)]
pub(super) struct Documents {
    /// Whether there have been several.
    several: bool,
    /// Whether the first one held the first output.
    first_output: bool,
}

impl Documents {
    pub(super) const fn new() -> Self {
        Self { several: false, first_output: false }
    }

    /// Reads the next bytes, and says whether to go on.
    pub(super) fn push(&mut self, bytes: &[u8], reading: &mut Reading) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            if reading.is_done() {
                match rest.trim_ascii_start() {
                    [] => return true,
                    [b'{' | b'[', ..] => self.next(reading),
                    _ => return false,
                }
            }
            let Some(behind) = reading.document(rest) else { return false };
            if reading.is_done() {
                self.end(reading);
            }
            rest = behind;
        }
        true
    }

    /// The body ended, maybe in the middle of a document.
    pub(super) fn finish(&self, reading: &mut Reading) {
        if reading.is_done() {
            return;
        }
        if self.several {
            reading.cut();
            reading.event_end();
        } else {
            reading.collector.end();
            reading.broken();
        }
    }

    fn end(&mut self, reading: &mut Reading) {
        if self.several {
            reading.event_end();
        } else {
            let event = reading.collector.end();
            self.first_output = event.first_output;
            reading.terminal(event.kind != Kind::Unfinished);
        }
    }

    /// Another document begins.
    fn next(&mut self, reading: &mut Reading) {
        if !self.several {
            self.several = true;
            let facts = &mut reading.collector.facts;
            facts.streamed = true;
            facts.events = 1;
            // What ended was not the reply.
            facts.terminal = false;
            reading.progress.first_output |= self.first_output;
        }
        reading.begin();
    }
}

/// An array whose elements are the events of a stream.
#[derive(Debug)]
pub(super) struct Array {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the bracket.
    Start,
    /// Behind it.
    ElementOrEnd,
    /// Behind a comma.
    Element,
    /// In an element.
    In,
    /// Behind an element.
    CommaOrEnd,
    /// Behind the bracket that closes.
    End,
}

impl Array {
    pub(super) const fn new() -> Self {
        Self { state: State::Start }
    }

    /// Reads the next bytes, and says whether to go on.
    pub(super) fn push(&mut self, bytes: &[u8], reading: &mut Reading) -> bool {
        let mut rest = bytes;
        loop {
            if self.state != State::In {
                rest = rest.trim_ascii_start();
            }
            let Some((first, behind)) = rest.split_first() else { return true };
            (self.state, rest) = match (self.state, first) {
                (State::Start, b'[') => (State::ElementOrEnd, behind),
                (State::ElementOrEnd | State::CommaOrEnd, b']') => {
                    reading.terminal(true);
                    (State::End, behind)
                }
                (State::CommaOrEnd, b',') => (State::Element, behind),
                (State::ElementOrEnd | State::Element, _) => {
                    reading.begin();
                    (State::In, rest)
                }
                (State::In, _) => {
                    let Some(behind) = reading.document(rest) else { return false };
                    if reading.is_done() {
                        reading.event_end();
                        (State::CommaOrEnd, behind)
                    } else {
                        (State::In, behind)
                    }
                }
                (State::Start | State::CommaOrEnd | State::End, _) => return false,
            };
        }
    }

    /// The body ended, maybe in the middle of an element.
    pub(super) fn finish(&self, reading: &mut Reading) {
        if self.state == State::In {
            reading.cut();
            reading.event_end();
        }
        if self.state != State::End {
            reading.broken();
        }
    }
}
