use crc32fast::Hasher;
use smallvec::SmallVec;

use super::{
    chunk::Chunk,
    message::Message,
    prelude::{CHECKSUM, PRELUDE, Prelude},
};
use crate::framing::{Events, LARGEST, pending::extend};

/// The splitter. Of a message that straddles two pushes it keeps up to [`LARGEST`] bytes; of one that is larger it keeps
/// the headers, and hands its payload on in parts.
///
/// The checksum of a message is checked before its payload is read, but for those larger ones, whose facts are known by
/// then: both are counted as broken.
#[derive(Debug)]
pub(crate) struct EventStream {
    /// The beginning of a message that has not arrived whole.
    buffer: Vec<u8>,
    /// The larger message whose payload is arriving.
    large: Option<Box<Large>>,
    /// The vendor's event of a `chunk`.
    decoded: Vec<u8>,
}

/// A message larger than [`LARGEST`] behind its headers.
#[derive(Debug)]
struct Large {
    /// How much of the payload is still to come.
    payload: usize,
    /// The checksum of the message, as far as it has come.
    checksum: SmallVec<[u8; CHECKSUM]>,
    hasher: Hasher,
    content: Content,
}

/// What the payload of a larger message is.
#[derive(Debug)]
enum Content {
    Event,
    Chunk(Chunk),
    /// Not read.
    Other,
}

/// Where in a stream the next message begins is not known any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

impl EventStream {
    pub(crate) const fn new() -> Self {
        Self { buffer: Vec::new(), large: None, decoded: Vec::new() }
    }

    /// Reads the next bytes of the stream.
    pub(crate) fn push<E: Events>(&mut self, bytes: &[u8], events: &mut E) -> Result<(), Lost> {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = if let Some(large) = &mut self.large {
                let behind = large.push(rest, events);
                if large.is_over() {
                    self.large = None;
                }
                behind
            } else if self.buffer.is_empty() {
                match wanted(rest)? {
                    wanted if wanted <= rest.len() => {
                        let (head, behind) = rest.split_at(wanted);
                        self.take(head, events)?;
                        behind
                    }
                    _ => self.keep(rest, rest.len()),
                }
            } else {
                let wanted = wanted(&self.buffer)?;
                let behind = self.keep(rest, wanted - self.buffer.len());
                // The prelude, once it is here, may want more.
                if self.buffer.len() == wanted && wanted == self::wanted(&self.buffer)? {
                    let mut buffer = std::mem::take(&mut self.buffer);
                    self.take(&buffer, events)?;
                    buffer.clear();
                    self.buffer = buffer;
                }
                behind
            };
        }
        Ok(())
    }

    /// The stream has ended, maybe in the middle of a message.
    pub(crate) fn finish<E: Events>(&mut self, events: &mut E) {
        if let Some(large) = self.large.take() {
            large.cut(events);
        } else if !self.buffer.is_empty() {
            events.broken();
        }
        self.buffer = Vec::new();
    }

    fn keep<'a>(&mut self, bytes: &'a [u8], most: usize) -> &'a [u8] {
        let (kept, behind) = bytes.split_at(most.min(bytes.len()));
        extend(&mut self.buffer, kept);
        behind
    }

    /// A whole message, or of a larger one the prelude and the headers.
    fn take<E: Events>(&mut self, bytes: &[u8], events: &mut E) -> Result<(), Lost> {
        let prelude = Prelude::read(bytes).ok_or(Lost)?;
        if prelude.total > LARGEST {
            self.large = Some(Box::new(Large::new(prelude, bytes, events)));
            return Ok(());
        }
        let (Some((content, checksum)), Some(headers), Some(payload)) = (
            bytes.split_last_chunk::<CHECKSUM>(),
            bytes.get(PRELUDE..prelude.head()),
            bytes.get(prelude.head()..prelude.head() + prelude.payload()),
        ) else {
            return Err(Lost);
        };
        if crc32fast::hash(content) == u32::from_be_bytes(*checksum) {
            self.message(headers, payload, events);
        } else {
            events.broken();
        }
        Ok(())
    }

    fn message<E: Events>(&mut self, headers: &[u8], payload: &[u8], events: &mut E) {
        match Message::of(headers) {
            Some(Message::Event(_)) if payload.is_empty() => {}
            Some(Message::Event(kind)) => {
                events.kind(kind);
                events.event(payload);
            }
            Some(Message::Chunk) => {
                events.kind("");
                self.decoded.clear();
                let mut chunk = Chunk::new();
                chunk.push(payload, |bytes| extend(&mut self.decoded, bytes));
                if chunk.is_found() {
                    events.event(&self.decoded);
                } else {
                    events.broken();
                }
            }
            Some(Message::Failure(name)) => events.failure(name),
            Some(Message::Other) => {}
            None => events.broken(),
        }
    }
}

/// How many bytes from the beginning of a message are needed at once, as far as is known.
fn wanted(bytes: &[u8]) -> Result<usize, Lost> {
    if bytes.len() < PRELUDE {
        return Ok(PRELUDE);
    }
    let prelude = Prelude::read(bytes).ok_or(Lost)?;
    match if prelude.total > LARGEST { prelude.head() } else { prelude.total } {
        // More headers than any service sends.
        wanted if wanted > LARGEST => Err(Lost),
        wanted => Ok(wanted),
    }
}

impl Large {
    fn new<E: Events>(prelude: Prelude, head: &[u8], events: &mut E) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(head);
        let content = match Message::of(head.get(PRELUDE..).unwrap_or_default()) {
            Some(Message::Event(_)) if prelude.payload() == 0 => Content::Other,
            Some(Message::Event(kind)) => {
                events.kind(kind);
                Content::Event
            }
            Some(Message::Chunk) => {
                events.kind("");
                Content::Chunk(Chunk::new())
            }
            Some(Message::Failure(name)) => {
                events.failure(name);
                Content::Other
            }
            Some(Message::Other) => Content::Other,
            None => {
                events.broken();
                Content::Other
            }
        };
        Self { payload: prelude.payload(), checksum: SmallVec::new(), hasher, content }
    }

    fn push<'a, E: Events>(&mut self, bytes: &'a [u8], events: &mut E) -> &'a [u8] {
        let (payload, rest) = bytes.split_at(self.payload.min(bytes.len()));
        self.payload -= payload.len();
        self.hasher.update(payload);
        match &mut self.content {
            Content::Event if !payload.is_empty() => events.part(payload),
            Content::Chunk(chunk) => chunk.push(payload, |bytes| events.part(bytes)),
            Content::Event | Content::Other => {}
        }
        let (checksum, rest) = rest.split_at((CHECKSUM - self.checksum.len()).min(rest.len()));
        self.checksum.extend_from_slice(checksum);
        if self.is_over() {
            self.end(events);
        }
        rest
    }

    fn is_over(&self) -> bool {
        self.checksum.len() == CHECKSUM
    }

    fn end<E: Events>(&self, events: &mut E) {
        self.content_end(events);
        if self.checksum.as_slice() != self.hasher.clone().finalize().to_be_bytes() {
            events.broken();
        }
    }

    /// The stream ended in the middle of the message.
    fn cut<E: Events>(&self, events: &mut E) {
        events.cut();
        self.content_end(events);
        events.broken();
    }

    fn content_end<E: Events>(&self, events: &mut E) {
        match &self.content {
            Content::Event => events.parts_end(),
            Content::Chunk(chunk) => {
                events.parts_end();
                if !chunk.is_found() {
                    events.broken();
                }
            }
            Content::Other => {}
        }
    }
}
