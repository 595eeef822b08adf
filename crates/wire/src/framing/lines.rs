//! Newline-delimited JSON: each line is an event.

use memchr::memchr;

use super::{Events, LARGEST, Pending};

/// The splitter. It keeps one line, where that straddles two pushes. A line feed ends a line; the carriage return that
/// some put before it, and lines that are empty, are white space to whoever reads the line.
#[derive(Debug)]
pub(crate) struct Lines {
    line: Pending,
}

impl Lines {
    pub(crate) const fn new() -> Self {
        Self { line: Pending::new() }
    }

    /// Reads the next bytes of the stream.
    pub(crate) fn push<E: Events>(&mut self, bytes: &[u8], events: &mut E) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let at_start = self.line.is_empty();
            if at_start && let Some(behind) = events.known(rest).and_then(|len| rest.get(len..)) {
                rest = behind;
                continue;
            }
            let Some(end) = memchr(b'\n', rest) else {
                self.line.keep(rest, events);
                return;
            };
            let (line, behind) = rest.split_at(end);
            if at_start && line.len() <= LARGEST {
                events.whole(rest.get(..=end).unwrap_or(rest), line);
            } else {
                self.line.keep(line, events);
                self.line.dispatch(events);
            }
            rest = behind.get(1..).unwrap_or_default();
        }
    }

    /// The stream has ended, maybe in the middle of a line.
    pub(crate) fn finish<E: Events>(&mut self, events: &mut E) {
        if !self.line.is_empty() {
            events.cut();
            self.line.dispatch(events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::collected::Collected, LARGEST, Lines};

    fn events(stream: &[u8], size: usize) -> Collected {
        let mut collected = Collected::default();
        let mut lines = Lines::new();
        stream.chunks(size).for_each(|frame| lines.push(frame, &mut collected));
        lines.finish(&mut collected);
        collected
    }

    #[test]
    fn each_line_is_an_event() {
        let stream = b"{\"a\":1}\n\n{\"b\":2}\r\n{\"c\":3}";
        for size in 1..=stream.len() {
            let collected = events(stream, size);
            let lines = collected.events.iter().map(|line| line.trim_ascii()).filter(|line| !line.is_empty());
            assert_eq!(lines.collect::<Vec<_>>(), [b"{\"a\":1}", b"{\"b\":2}", b"{\"c\":3}"], "by {size}");
            assert!(collected.cut);
        }
        assert!(!events(b"{}\n", 1).cut);
    }

    #[test]
    fn sizes_around_the_largest() {
        for len in [LARGEST - 1, LARGEST, LARGEST + 1] {
            let line = vec![b'x'; len];
            let stream = [&line[..], b"\ny\n"].concat();
            for size in [stream.len(), 1000] {
                assert_eq!(events(&stream, size).events, [&line[..], b"y"], "{len} by {size}");
            }
        }
    }
}
