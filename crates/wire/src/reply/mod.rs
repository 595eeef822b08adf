//! What a reply says.
use crate::{Api, ReplyFacts};

/// What the head of a reply tells about its body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReplyHead<'a> {
    /// The status code.
    pub status: u16,
    /// `content-type`.
    pub content_type: Option<&'a str>,
    /// `content-encoding`.
    pub content_encoding: Option<&'a str>,
}

impl<'a> ReplyHead<'a> {
    /// The head of a reply, from its status code and two of its headers.
    pub const fn new(status: u16, content_type: Option<&'a str>, content_encoding: Option<&'a str>) -> Self {
        Self { status, content_type, content_encoding }
    }
}

/// What one push brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// This push carried the first event with output: text, a tool call, reasoning, audio. Streams only; a role, a ping
    /// or metadata is not output.
    pub first_output: bool,
    /// This push carried the event that ends the stream, or the end of the document.
    pub terminal: bool,
}

/// Reads the facts out of a reply, incrementally.
#[derive(Debug)]
pub struct ReplyReader {
    facts: ReplyFacts,
}

impl ReplyReader {
    /// A reader for the reply to a call of `api`.
    pub fn new(api: Api, head: &ReplyHead<'_>) -> Self {
        let _ = (api, head);
        Self { facts: ReplyFacts::default() }
    }

    /// Takes the next bytes of the body.
    pub fn push(&mut self, bytes: &[u8]) -> Progress {
        let _ = bytes;
        Progress::default()
    }

    /// The body has ended: reads what was still waiting for more.
    pub fn finish(&mut self) {}

    /// What is known so far.
    pub fn facts(&self) -> &ReplyFacts {
        &self.facts
    }

    /// What is known.
    pub fn into_facts(self) -> ReplyFacts {
        self.facts
    }
}
