use super::{
    Progress, ReplyHead,
    documents::{Array, Documents},
    framing::{Framing, Sniffer, Told},
    reading::Reading,
};
use crate::{
    dialect::Dialect,
    framing::{EventStream, Lines, Sse},
};

/// Reads a decoded body.
#[derive(Debug)]
pub(super) struct Body {
    input: Input,
    pub(super) reading: Reading,
}

#[derive(Debug)]
enum Input {
    Unknown(Sniffer),
    Json(Documents),
    Array(Array),
    Sse(Sse),
    Lines(Lines),
    EventStream(EventStream),
    /// Not read, or not any further.
    Closed,
}

impl Body {
    #[inline]
    pub(super) fn new(dialect: &'static Dialect, head: &ReplyHead<'_>) -> Self {
        let mut reading = Reading::new(dialect, head.status);
        let input = match Sniffer::new(head.content_type, head.streaming) {
            Some(sniffer) => {
                reading.collector.facts.streamed = sniffer.is_stream();
                Input::Unknown(sniffer)
            }
            None => Input::Closed,
        };
        let mut body = Self { input, reading };
        if let Some(framing) = Framing::of(head.content_type) {
            body.begin(framing);
        }
        body
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        match &mut self.input {
            Input::Sse(sse) => sse.push(bytes, &mut self.reading),
            Input::Lines(lines) => lines.push(bytes, &mut self.reading),
            Input::EventStream(stream) => {
                if stream.push(bytes, &mut self.reading).is_err() {
                    self.give_up();
                }
            }
            Input::Json(documents) => {
                if !documents.push(bytes, &mut self.reading) {
                    self.give_up();
                }
            }
            Input::Array(array) => {
                if !array.push(bytes, &mut self.reading) {
                    self.give_up();
                }
            }
            Input::Unknown(sniffer) => {
                if let Some((framing, bytes)) = sniffer.at_once(bytes) {
                    self.begin(framing);
                    self.push(bytes);
                } else if let Some(Told { framing, head, rest }) = sniffer.push(bytes) {
                    self.begin(framing);
                    self.push(&head);
                    self.push(rest);
                }
            }
            Input::Closed => {}
        }
    }

    /// What was seen since the last call.
    pub(super) fn take_progress(&mut self) -> Progress {
        std::mem::take(&mut self.reading.progress)
    }

    pub(super) fn finish(&mut self) {
        if let Input::Unknown(sniffer) = &mut self.input
            && let Some(Told { framing, head, .. }) = sniffer.finish()
        {
            self.begin(framing);
            self.push(&head);
        }
        match &mut self.input {
            Input::Sse(sse) => sse.finish(&mut self.reading),
            Input::Lines(lines) => lines.finish(&mut self.reading),
            Input::EventStream(stream) => stream.finish(&mut self.reading),
            Input::Json(documents) => documents.finish(&mut self.reading),
            Input::Array(array) => array.finish(&mut self.reading),
            Input::Unknown(_) | Input::Closed => {}
        }
        self.reading.catch_up();
        self.input = Input::Closed;
    }

    /// Whether more bytes are read.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.input, Input::Closed)
    }

    /// Gives up: the bytes that follow cannot be read.
    pub(super) fn give_up(&mut self) {
        self.reading.catch_up();
        self.input = Input::Closed;
        self.reading.collector.facts.unreadable = true;
    }

    fn begin(&mut self, framing: Framing) {
        // A refusal of a call that asked for an array is an array too.
        let refusal = framing == Framing::Array && self.reading.collector.is_refusal;
        self.reading.collector.facts.streamed = framing.is_stream() && !refusal;
        self.input = match framing {
            Framing::Json => Input::Json(Documents::new()),
            Framing::Array => Input::Array(Array::new()),
            Framing::Sse => Input::Sse(Sse::new()),
            Framing::Lines => Input::Lines(Lines::new()),
            Framing::EventStream => Input::EventStream(EventStream::new()),
            Framing::Other => Input::Closed,
        };
    }
}
