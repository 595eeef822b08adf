use super::{Progress, ReplyHead, body::Body};
use crate::{
    Api, ReplyFacts,
    dialect::Dialect,
    encoding::{Decoder, Encoding},
};

/// Reads the facts of a reply as its body arrives, at any split of the bytes.
///
/// Memory is bounded whatever the size of the body: up to 64 KiB for an event that is split over pushes, and
/// about 130 KiB more where a content-encoding is undone.
///
/// ```
/// use tower_genai_wire::{Api, ReplyHead, ReplyReader};
///
/// let head = ReplyHead::new(200, Some("text/event-stream"), None);
/// let mut reader = ReplyReader::new(Api::OpenAiChat, &head);
/// reader.push(b"data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-mini\",\"choices\":[],");
/// reader.push(b"\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n");
/// reader.finish();
///
/// let facts = reader.into_facts();
/// assert_eq!(facts.model.as_deref(), Some("gpt-4o-mini"));
/// assert_eq!(facts.usage.and_then(|usage| usage.input), Some(12));
/// assert!(facts.terminal);
/// ```
#[derive(Debug)]
pub struct ReplyReader {
    decoder: Option<Decoder>,
    body: Body,
}

impl ReplyReader {
    /// A reader for the reply to a call of `api`.
    pub fn new(api: Api, head: &ReplyHead<'_>) -> Self {
        let mut body = Body::new(Dialect::of(api), head);
        let encoding = Encoding::of(head.content_encoding);
        if encoding == Encoding::Unknown && body.is_open() {
            body.give_up();
        }
        let decoder = if body.is_open() { Decoder::new(encoding) } else { None };
        Self { decoder, body }
    }

    /// Takes the next bytes of the body, as they came over the wire.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) -> Progress {
        match &mut self.decoder {
            None => self.body.push(bytes),
            Some(decoder) => {
                let body = &mut self.body;
                if decoder.push(bytes, |decoded| body.push(decoded)).is_err() {
                    self.body.give_up();
                    self.decoder = None;
                }
            }
        }
        self.body.take_progress()
    }

    /// The body has ended: reads what was still waiting for more. Later pushes are ignored.
    pub fn finish(&mut self) {
        self.decoder = None;
        self.body.finish();
    }

    /// What is known so far.
    pub fn facts(&self) -> &ReplyFacts {
        &self.body.reading.collector.facts
    }

    /// Takes out what is known: for a reader in a box, which is not worth moving for it.
    pub fn take_facts(&mut self) -> ReplyFacts {
        std::mem::take(&mut self.body.reading.collector.facts)
    }

    /// What is known.
    pub fn into_facts(self) -> ReplyFacts {
        self.body.reading.collector.facts
    }
}
