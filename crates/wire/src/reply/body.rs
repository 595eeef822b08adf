use super::{
    Progress, ReplyHead,
    collector::Collector,
    framing::{Framing, Sniffer, Told},
};
use crate::{
    dialect::{Dialect, Place},
    framing::{EventStream, Events, Lines, Sse},
    json::Skim,
    shape::Shape,
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
    Json,
    Sse(Sse),
    Lines(Lines),
    EventStream(EventStream),
    /// Not read, or not any further.
    Closed,
}

/// Reads the documents of a body.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) collector: Collector,
    skim: Skim<Place>,
    /// The shape of the events that hold nothing new, once there has been one.
    shape: Option<Box<Shape>>,
    /// Whether `skim` is in the middle of an event that comes in parts.
    in_parts: bool,
    /// Whether the event that comes next was cut by the end of the stream.
    cut: bool,
    progress: Progress,
}

impl Body {
    #[inline]
    pub(super) fn new(dialect: &'static Dialect, head: &ReplyHead<'_>) -> Self {
        let mut reading = Reading {
            collector: Collector::new(dialect, head.status >= 400),
            skim: Skim::new(dialect.schema),
            shape: None,
            in_parts: false,
            cut: false,
            progress: Progress::default(),
        };
        let input = match Sniffer::new(head.content_type) {
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
            Input::Json => {
                if !self.reading.document(bytes) {
                    self.input = Input::Closed;
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
            Input::Json => self.reading.document_cut(),
            Input::Unknown(_) | Input::Closed => {}
        }
        self.input = Input::Closed;
    }

    /// Whether more bytes are read.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.input, Input::Closed)
    }

    /// Gives up: the bytes that follow cannot be read.
    pub(super) fn give_up(&mut self) {
        self.input = Input::Closed;
        self.reading.collector.facts.unreadable = true;
    }

    fn begin(&mut self, framing: Framing) {
        self.reading.collector.facts.streamed = framing.is_stream();
        self.input = match framing {
            Framing::Json => Input::Json,
            Framing::Sse => Input::Sse(Sse::new()),
            Framing::Lines => Input::Lines(Lines::new()),
            Framing::EventStream => Input::EventStream(EventStream::new()),
            Framing::Other => Input::Closed,
        };
    }
}

impl Reading {
    /// Reads more of a whole document, and says whether to go on.
    fn document(&mut self, bytes: &[u8]) -> bool {
        let was_done = self.skim.is_done();
        self.skim.push(bytes, &mut self.collector);
        if self.skim.is_done() && !was_done {
            self.collector.end();
            self.collector.facts.terminal = true;
            self.progress.terminal = true;
        }
        self.collector.facts.unreadable |= self.skim.is_failed();
        !self.skim.is_failed()
    }

    /// The body ended, maybe in the middle of its document.
    fn document_cut(&mut self) {
        if !self.skim.is_done() {
            self.collector.end();
            self.collector.facts.unreadable = true;
        }
    }

    fn read(&mut self, data: &[u8]) {
        match data.trim_ascii() {
            [] => self.cut = false,
            b"[DONE]" => self.terminal(true),
            data => {
                self.skim.restart(self.collector.dialect.schema);
                self.skim.push(data, &mut self.collector);
                self.event_end();
            }
        }
    }

    /// An event has been read.
    fn event_end(&mut self) {
        let whole = self.skim.is_done() && !self.skim.is_failed();
        let event = self.collector.end();
        let cut = std::mem::take(&mut self.cut);
        self.collector.facts.unreadable |= !whole;
        self.collector.facts.events += u64::from(!event.ping && (whole || !cut));
        self.progress.first_output |= event.first_output;
        self.terminal(event.terminal);
    }

    fn terminal(&mut self, terminal: bool) {
        self.collector.facts.terminal |= terminal;
        self.progress.terminal |= terminal;
    }
}

impl Events for Reading {
    #[inline]
    fn known(&mut self, bytes: &[u8]) -> Option<usize> {
        let len = self.shape.as_ref()?.matches(bytes)?;
        self.collector.facts.events += 1;
        Some(len)
    }

    fn whole(&mut self, event: &[u8], data: &[u8]) {
        if self.collector.is_quiet(data) {
            self.collector.facts.events += 1;
            self.shape.get_or_insert_with(|| Box::new(Shape::new())).learn(event);
        } else {
            self.read(data);
        }
    }

    fn event(&mut self, data: &[u8]) {
        if self.collector.is_quiet(data) && !self.cut {
            self.collector.facts.events += 1;
        } else {
            self.read(data);
        }
    }

    fn part(&mut self, data: &[u8]) {
        if !self.in_parts {
            self.in_parts = true;
            self.skim.restart(self.collector.dialect.schema);
        }
        self.skim.push(data, &mut self.collector);
    }

    fn parts_end(&mut self) {
        if std::mem::take(&mut self.in_parts) {
            self.event_end();
        }
    }

    fn cut(&mut self) {
        self.cut = true;
    }

    fn kind(&mut self, kind: &str) {
        self.collector.event_type(kind);
    }

    fn failure(&mut self, name: &[u8]) {
        self.collector.failure(name);
        self.collector.facts.events += 1;
        self.terminal(true);
    }

    fn broken(&mut self) {
        self.collector.facts.unreadable = true;
    }
}
