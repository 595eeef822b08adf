//! What a request asks for.
use crate::{Api, RequestFacts};

/// Reads the facts out of a request's body, incrementally.
#[derive(Debug)]
pub struct RequestReader {
    facts: RequestFacts,
}

impl RequestReader {
    /// A reader for the body of a call of `api`.
    pub fn new(api: Api) -> Self {
        let _ = api;
        Self { facts: RequestFacts::default() }
    }

    /// Takes the next bytes of the body.
    pub fn push(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// What is known so far.
    pub fn facts(&self) -> &RequestFacts {
        &self.facts
    }

    /// What is known.
    pub fn into_facts(self) -> RequestFacts {
        self.facts
    }
}
