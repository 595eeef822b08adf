use super::{
    Progress,
    collector::{Collector, Kind},
};
use crate::{
    content::ReplyContent,
    dialect::{Dialect, Place},
    framing::Events,
    json::Skim,
    kept::Kept,
    shape::Shape,
    text::ReplyText,
};

/// Reads the documents of a body.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) collector: Collector,
    skim: Skim<Place>,
    /// The shape of the events that hold nothing new, once there has been one.
    shape: Option<Box<Shape>>,
    /// Where there is any, no event is passed over.
    pub(super) kept: Option<Box<Kept<ReplyText, ReplyContent>>>,
    /// Whether `skim` is in the middle of an event that comes in parts.
    in_parts: bool,
    /// Whether the event that comes next was cut by the end of the stream.
    cut: bool,
    pub(super) progress: Progress,
}

impl Reading {
    #[inline]
    pub(super) fn new(dialect: &'static Dialect, status: u16) -> Self {
        Self {
            collector: Collector::new(dialect, status),
            skim: Skim::new(dialect.schema),
            shape: None,
            kept: None,
            in_parts: false,
            cut: false,
            progress: Progress::default(),
        }
    }

    /// Begins a document.
    pub(super) fn begin(&mut self) {
        self.skim.restart(self.collector.dialect.schema);
        if let Some(kept) = &mut self.kept {
            kept.restart();
        }
    }

    /// Reads more of a document, and returns what follows its end; `None` where it is not JSON.
    pub(super) fn document<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let rest = self.skim.push_one(bytes, &mut self.collector);
        if let Some(kept) = &mut self.kept {
            kept.push(bytes.get(..bytes.len() - rest.len()).unwrap_or_default());
        }
        (!self.skim.is_failed()).then_some(rest)
    }

    /// Whether the document has ended.
    pub(super) fn is_done(&self) -> bool {
        self.skim.is_done()
    }

    /// Reads the event that was only kept, since another of its shape might have replaced it. It is counted already.
    pub(super) fn catch_up(&mut self) {
        let Some(unread) = self.shape.as_mut().and_then(|shape| shape.take_unread()) else { return };
        let start = memchr::memchr(b'{', &unread).unwrap_or(unread.len());
        self.begin();
        self.skim.push_one(unread.get(start..).unwrap_or_default(), &mut self.collector);
        self.collector.end();
        if let Some(shape) = &mut self.shape {
            shape.give_back(unread);
        }
    }

    fn keep(&mut self, data: &[u8]) {
        if let Some(kept) = &mut self.kept {
            kept.restart();
            kept.push(data);
        }
    }

    fn read(&mut self, data: &[u8]) {
        match data.trim_ascii() {
            [] => self.cut = false,
            b"[DONE]" => self.terminal(true),
            data => {
                self.begin();
                self.skim.push(data, &mut self.collector);
                self.event_end();
            }
        }
    }

    /// An event has been read.
    pub(super) fn event_end(&mut self) {
        let whole = self.skim.is_done() && !self.skim.is_failed();
        let event = self.collector.end();
        let cut = std::mem::take(&mut self.cut);
        self.collector.facts.unreadable |= !whole;
        self.collector.facts.events += u64::from(event.kind != Kind::Ping && (whole || !cut));
        self.progress.first_output |= event.first_output;
        self.progress.outputs += u32::from(event.output);
        self.terminal(event.terminal);
    }

    /// An event that holds nothing new has arrived.
    #[inline]
    fn passed_over(&mut self) {
        self.collector.facts.events += 1;
        self.progress.outputs += 1;
    }

    pub(super) fn terminal(&mut self, terminal: bool) {
        // Cohere's streams end twice, with an event of their own and as OpenAI's do.
        self.progress.terminal |= terminal && !self.collector.facts.terminal;
        self.collector.facts.terminal |= terminal;
    }
}

impl Events for Reading {
    #[inline]
    fn known(&mut self, bytes: &[u8]) -> Option<usize> {
        let shape = self.shape.as_mut().filter(|_| self.kept.is_none())?;
        let len = shape.matches(bytes)?;
        shape.keep(bytes.get(..len).unwrap_or_default());
        self.passed_over();
        Some(len)
    }

    fn whole(&mut self, event: &[u8], data: &[u8]) {
        self.catch_up();
        self.keep(data);
        if self.collector.is_quiet(data) {
            self.passed_over();
            self.shape.get_or_insert_with(|| Box::new(Shape::new())).learn(event);
            return;
        }
        let replaced = self.collector.is_replaced(data);
        self.read(data);
        if replaced {
            self.shape.get_or_insert_with(|| Box::new(Shape::new())).learn_counting(event);
        }
    }

    fn event(&mut self, data: &[u8]) {
        self.catch_up();
        self.keep(data);
        if self.collector.is_quiet(data) && !self.cut {
            self.passed_over();
        } else {
            self.read(data);
        }
    }

    fn part(&mut self, data: &[u8]) {
        if !self.in_parts {
            self.catch_up();
            self.in_parts = true;
            self.begin();
        }
        self.skim.push(data, &mut self.collector);
        if let Some(kept) = &mut self.kept {
            kept.push(data);
        }
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
        self.catch_up();
        self.collector.event_type(kind);
    }

    fn failure(&mut self, name: &[u8]) {
        self.catch_up();
        self.collector.failure(name);
        self.collector.facts.events += 1;
        self.terminal(true);
    }

    fn broken(&mut self) {
        self.collector.facts.unreadable = true;
    }
}
