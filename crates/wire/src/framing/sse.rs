//! Server-sent events, cut out of any split of the bytes.
//!
//! Line ends, comments, fields and the byte order mark are those of the [HTML
//! standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream); only
//! `data` is looked at. Unlike there, an event whose blank line is missing at the end of the stream is handed
//! out.

use memchr::memchr2;

use super::{Events, LARGEST, Pending};

/// The splitter. It keeps the data of one event, where that straddles two pushes or has several lines.
#[derive(Debug)]
pub(crate) struct Sse {
    line: Line,
    /// The last byte was a carriage return, so that a line feed belongs to it.
    after_cr: bool,
    /// The data so far of the event that has not ended.
    data: Pending,
    /// Whether the event has had a data line.
    has_data: bool,
}

/// Where in a line the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// This far into the name `data`.
    Name(usize),
    /// Behind `data:`, where one space is not part of the value.
    Colon,
    /// In the value of `data`.
    Data,
    /// In a comment or another field.
    Other,
}

const NAME: &[u8] = b"data";

impl Sse {
    pub(crate) const fn new() -> Self {
        Self { line: Line::Name(0), after_cr: false, data: Pending::new(), has_data: false }
    }

    /// Reads the next bytes of the stream.
    pub(crate) fn push<E: Events>(&mut self, bytes: &[u8], events: &mut E) {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            rest = match self.line {
                Line::Name(0) if !self.has_data => {
                    if let Some(behind) = events.known(rest).and_then(|len| rest.get(len..)) {
                        behind
                    } else if let Some(whole) = Whole::first(rest) {
                        events.whole(whole.event, whole.data);
                        whole.rest
                    } else {
                        self.name(0, rest, events)
                    }
                }
                Line::Name(matched) => self.name(matched, rest, events),
                Line::Colon => {
                    self.begin_data(events);
                    rest.strip_prefix(b" ").unwrap_or(rest)
                }
                Line::Data => {
                    let end = memchr2(b'\n', b'\r', rest);
                    let (value, behind) = rest.split_at(end.unwrap_or(rest.len()));
                    self.data.keep(value, events);
                    match end {
                        Some(_) => self.line_end(behind),
                        None => behind,
                    }
                }
                Line::Other => match memchr2(b'\n', b'\r', rest) {
                    Some(end) => self.line_end(&rest[end..]),
                    None => &[],
                },
            };
        }
    }

    /// The stream has ended.
    pub(crate) fn finish<E: Events>(&mut self, events: &mut E) {
        match self.line {
            Line::Name(4) | Line::Colon => self.begin_data(events),
            _ => {}
        }
        if self.has_data {
            events.cut();
            self.dispatch(events);
        }
        *self = Self::new();
    }

    /// In the name of a field, `matched` bytes of which were those of `data`.
    fn name<'a, E: Events>(&mut self, matched: usize, rest: &'a [u8], events: &mut E) -> &'a [u8] {
        match (rest.first(), NAME.get(matched)) {
            (Some(b'\n' | b'\r'), _) => {
                match matched {
                    0 if self.has_data => self.dispatch(events),
                    // `data` without a colon is a field without a value.
                    4 => self.begin_data(events),
                    _ => {}
                }
                self.line_end(rest)
            }
            (Some(b':'), None) => {
                self.line = Line::Colon;
                &rest[1..]
            }
            (Some(byte), Some(expected)) if byte == expected => {
                self.line = Line::Name(matched + 1);
                &rest[1..]
            }
            _ => {
                self.line = Line::Other;
                rest
            }
        }
    }

    /// Takes the line end that `rest` begins with.
    fn line_end<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        self.line = Line::Name(0);
        self.after_cr = rest.first() == Some(&b'\r');
        rest.get(1..).unwrap_or_default()
    }

    fn begin_data<E: Events>(&mut self, events: &mut E) {
        if self.has_data {
            self.data.keep(b"\n", events);
        }
        self.has_data = true;
        self.line = Line::Data;
    }

    fn dispatch<E: Events>(&mut self, events: &mut E) {
        self.data.dispatch(events);
        self.has_data = false;
    }
}

/// An event that has arrived whole.
struct Whole<'a> {
    event: &'a [u8],
    data: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Whole<'a> {
    /// The event that `bytes` begins with, if it is of the plainest kind and all here: maybe a name, one line
    /// of data, a blank line. Most are.
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let mut data = bytes;
        if data.starts_with(b"event:") {
            let end = memchr2(b'\n', b'\r', data)?;
            let line_end = &data[end..];
            data = line_end.strip_prefix(b"\n").or_else(|| line_end.strip_prefix(b"\r\n"))?;
        }
        let data = data.strip_prefix(b"data:")?;
        let data = data.strip_prefix(b" ").unwrap_or(data);
        let (data, rest) = data.split_at(memchr2(b'\n', b'\r', data)?);
        let rest = rest.strip_prefix(b"\n\n").or_else(|| rest.strip_prefix(b"\r\n\r\n"))?;
        let event = bytes.get(..bytes.len() - rest.len())?;
        (data.len() <= LARGEST).then_some(Self { event, data, rest })
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::{super::collected::Collected, LARGEST, Sse};

    fn events(stream: &[u8], size: usize) -> Collected {
        let mut collected = Collected::default();
        let mut sse = Sse::new();
        stream.chunks(size).for_each(|frame| sse.push(frame, &mut collected));
        sse.finish(&mut collected);
        collected
    }

    /// The standard's algorithm, line by line.
    fn expected(stream: &str) -> Collected {
        let mut collected = Collected::default();
        let mut data: Option<String> = None;
        for line in stream.replace("\r\n", "\n").replace('\r', "\n").split('\n') {
            if line.is_empty() {
                collected.events.extend(data.take().map(String::into_bytes));
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            if field == "data" {
                let value = value.strip_prefix(' ').unwrap_or(value);
                data = Some(data.map_or_else(|| value.to_owned(), |data| format!("{data}\n{value}")));
            }
        }
        collected
    }

    #[test]
    fn line_ends() {
        for stream in [
            "data: a\ndata:b\n\n",
            "data: a\r\ndata:b\r\n\r\n",
            "data: a\rdata:b\r\r",
            ":x\nid\ndata: a\r\ndata:b\r\n\n",
        ] {
            for size in 1..=stream.len() {
                assert_eq!(events(stream.as_bytes(), size).events, [b"a\nb"], "{stream:?} by {size}");
            }
        }
    }

    #[test]
    fn an_event_cut_short() {
        for stream in ["data: a", "data: a\n", "data: a\r\n"] {
            let collected = events(stream.as_bytes(), 1);
            assert_eq!((collected.events, collected.cut), (vec![b"a".to_vec()], true), "{stream:?}");
        }
        for stream in ["", "dat", "event: x\n", "data: a\n\n"] {
            assert!(!events(stream.as_bytes(), 1).cut, "{stream:?}");
        }
    }

    #[test]
    fn sizes_around_the_largest() {
        for len in [LARGEST - 1, LARGEST, LARGEST + 1] {
            let text = "x".repeat(len);
            for stream in
                [format!("data: {text}\n\n"), format!("data: {}\ndata: {text}\n\n", &text[len - 5..])]
            {
                let data = expected(&stream);
                assert_eq!(events(stream.as_bytes(), stream.len()), data);
                assert_eq!(events(stream.as_bytes(), 1000), data);
            }
        }
    }

    proptest! {
        #[test]
        fn like_the_standard(
            pieces in vec(
                select(&["\n", "\n", "\r", "\r\n", "data", "data: ", "data:", "event: x", "id", ":", " ", "{\"a\":1}", "é"][..]),
                0..40,
            ),
            size in 1..20_usize,
        ) {
            let stream = pieces.concat() + "\n\n";
            prop_assert_eq!(events(stream.as_bytes(), size), expected(&stream));
        }
    }
}
