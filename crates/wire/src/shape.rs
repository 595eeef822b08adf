//! Events that look like the last one.

use smallvec::SmallVec;

use crate::json;

/// The last event that held nothing new, and where others may differ from it and still hold nothing new: the
/// events of a stream mostly repeat each other but for a few strings and numbers.
///
/// Which of its values vary is learnt from the events that follow. An event of the same shape is recognised
/// by comparing what is fixed, without searching through it.
#[derive(Debug)]
pub(crate) struct Shape {
    event: Vec<u8>,
    /// The values in `event` that may vary.
    values: SmallVec<[Value; 16]>,
    /// How often the shape may still change before this is given up.
    patience: u8,
    /// Whether events of this shape state something that each replaces.
    counting: bool,
    /// The last event of such a shape, which has not been read.
    unread: Vec<u8>,
}

/// A stretch of the event that may vary.
#[derive(Clone, Copy, Debug)]
struct Value {
    start: u16,
    end: u16,
    kind: Kind,
    varies: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A string between its quotes.
    Text,
    /// A run of digits.
    Digits,
    /// Blanks, or none, before a closing bracket: Anthropic pads its events with a varying number of them.
    Padding,
}

/// Larger events are not kept.
const LARGEST: usize = 1024;

/// Events with more values are not kept.
const MOST_VALUES: usize = 32;

/// Longer strings do not match, so that an event that does is not a large one.
const LONGEST: usize = 4096;

const PATIENCE: u8 = 32;

/// What the values of these keys say decides whether an event holds something.
const TELLING: [&[u8]; 3] = [b"type", b"object", b"modality"];

/// How far an event agrees with the shape.
enum Match {
    /// An event of this many bytes.
    Whole(usize),
    /// They differ at this place of the shape.
    Differs(usize),
}

impl Shape {
    pub(crate) fn new() -> Self {
        Self {
            event: Vec::new(),
            values: SmallVec::new(),
            patience: PATIENCE,
            counting: false,
            unread: Vec::new(),
        }
    }

    /// The length of the event that `bytes` begins with, if it has this shape.
    #[inline]
    pub(crate) fn matches(&self, bytes: &[u8]) -> Option<usize> {
        if self.event.is_empty() {
            return None;
        }
        match self.compare(bytes) {
            Match::Whole(len) => Some(len),
            Match::Differs(_) => None,
        }
    }

    /// Keeps an event of this shape in the place of the one before, if there is something in it to be read.
    #[inline]
    pub(crate) fn keep(&mut self, event: &[u8]) {
        if self.counting {
            self.unread.clear();
            self.unread.extend_from_slice(event);
        }
    }

    /// Takes out the JSON of the event that is to be read; the room for it can be given [back](Self::give_back).
    pub(crate) fn take_unread(&mut self) -> Option<Vec<u8>> {
        (!self.unread.is_empty()).then(|| std::mem::take(&mut self.unread))
    }

    /// Keeps the room of an event that has been read.
    pub(crate) fn give_back(&mut self, mut room: Vec<u8>) {
        room.clear();
        self.unread = room;
    }

    /// Takes note of an event that states what the next of its shape will state anew, and did not match.
    pub(crate) fn learn_counting(&mut self, event: &[u8]) {
        self.learn_shape(event, true);
    }

    /// Takes note of an event of one `data` line, blank line included, that held nothing new and did not
    /// match.
    pub(crate) fn learn(&mut self, event: &[u8]) {
        self.learn_shape(event, false);
    }

    fn learn_shape(&mut self, event: &[u8], counting: bool) {
        if self.patience == 0 || event.len() > LARGEST {
            return;
        }
        loop {
            match self.compare(event) {
                Match::Whole(_) => return,
                Match::Differs(at) => {
                    // A shorter or longer string differs at its closing quote at the latest.
                    let differs =
                        |value: &&mut Value| !value.varies && (value.start()..=value.end()).contains(&at);
                    match self.values.iter_mut().find(differs) {
                        Some(value) => value.varies = true,
                        None => break,
                    }
                }
            }
        }
        self.patience -= 1;
        self.counting = counting;
        self.event.clear();
        self.values.clear();
        if let Some(values) = values(event) {
            self.event.extend_from_slice(event);
            self.values = values;
        }
    }

    fn compare(&self, bytes: &[u8]) -> Match {
        let mut at = 0;
        let mut rest = bytes;
        for value in self.values.iter().filter(|value| value.varies) {
            let Some(fixed) = self.event.get(at..value.start()) else { return Match::Differs(at) };
            let Some(behind) = rest.strip_prefix(fixed) else {
                return Match::Differs(at + agreement(fixed, rest));
            };
            let Some(len) = value.take(behind) else { return Match::Differs(value.end()) };
            rest = behind.get(len..).unwrap_or_default();
            at = value.end();
        }
        let fixed = self.event.get(at..).unwrap_or_default();
        match rest.strip_prefix(fixed) {
            Some(behind) if !self.event.is_empty() => Match::Whole(bytes.len() - behind.len()),
            _ => Match::Differs(at + agreement(fixed, rest)),
        }
    }
}

impl Value {
    fn start(self) -> usize {
        self.start.into()
    }

    fn end(self) -> usize {
        self.end.into()
    }

    /// The length of a value of the same kind that `bytes` begins with and that cannot make the event a
    /// telling one.
    #[inline]
    fn take(self, bytes: &[u8]) -> Option<usize> {
        match self.kind {
            Kind::Text => {}
            Kind::Digits => {
                let len = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
                return (len > 0).then_some(len);
            }
            Kind::Padding => return bytes.iter().position(|byte| *byte != b' '),
        }
        let len = json::plain_text_len(bytes)?;
        let text = bytes.get(..len)?;
        // With its closing quote this would look like a key that tells.
        let marks = text.ends_with(b"_tokens") || text.ends_with(b"finish_reason") || text == b"error";
        (bytes.get(len) == Some(&b'"') && len <= LONGEST && !marks).then_some(len)
    }
}

fn agreement(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

/// The values of the JSON in an event that may vary; `None` where there are too many or there is something
/// odd.
fn values(event: &[u8]) -> Option<SmallVec<[Value; 16]>> {
    let mut values = SmallVec::new();
    let mut key: &[u8] = b"";
    let mut at = memchr::memchr(b'{', event)?;
    while let Some(byte) = event.get(at) {
        let value = match byte {
            b'"' => {
                let start = at + 1;
                let end = start + json::plain_text_len(event.get(start..)?)?;
                if event.get(end) != Some(&b'"') {
                    return None;
                }
                at = end + 1;
                if event.get(at..)?.trim_ascii_start().starts_with(b":") {
                    key = event.get(start..end)?;
                    continue;
                }
                (start, end, Kind::Text)
            }
            b'0'..=b'9' => {
                let start = at;
                while event.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
                (start, at, Kind::Digits)
            }
            b'}' => {
                let padding = event.get(..at)?.iter().rev().take_while(|byte| **byte == b' ').count();
                key = b"";
                at += 1;
                (at - 1 - padding, at - 1, Kind::Padding)
            }
            _ => {
                at += 1;
                continue;
            }
        };
        if !TELLING.contains(&key) {
            let (start, end, kind) = value;
            values.push(Value {
                start: start.try_into().ok()?,
                end: end.try_into().ok()?,
                kind,
                varies: false,
            });
            if values.len() > MOST_VALUES {
                return None;
            }
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::Shape;

    fn learnt(events: &[&str]) -> Shape {
        let mut shape = Shape::new();
        for event in events {
            shape.learn(event.as_bytes());
        }
        shape
    }

    #[test]
    fn what_varies_is_learnt() {
        let shape = learnt(&[
            "data: {\"type\":\"a\",\"n\":1,\"text\":\"one\",\"model\":\"m\"}\n\n",
            "data: {\"type\":\"a\",\"n\":2,\"text\":\"\",\"model\":\"m\"}\n\n",
        ]);
        let matches = |event: &str| shape.matches(event.as_bytes());
        let event = "data: {\"type\":\"a\",\"n\":345,\"text\":\"a longer one\",\"model\":\"m\"}\n\n";
        assert_eq!(matches(&format!("{event}da")), Some(event.len()));
        for other in [
            // Neither learnt to vary.
            "data: {\"type\":\"a\",\"n\":3,\"text\":\"one\",\"model\":\"x\"}\n\n",
            "data: {\"type\":\"b\",\"n\":3,\"text\":\"one\",\"model\":\"m\"}\n\n",
            // Another structure.
            "data: {\"type\":\"a\",\"n\":3,\"text\":null,\"model\":\"m\"}\n\n",
            "data: {\"type\":\"a\",\"n\":3,\"text\":\"\",\"usage\":\"\",\"model\":\"m\"}\n\n",
            // Not simply text.
            "data: {\"type\":\"a\",\"n\":3,\"text\":\"a\\\"b\",\"model\":\"m\"}\n\n",
            "data: {\"type\":\"a\",\"n\":3,\"text\":\"a\nb\",\"model\":\"m\"}\n\n",
            "data: {\"type\":\"a\",\"n\":3,\"text\":\"prompt_tokens\",\"model\":\"m\"}\n\n",
            // Not whole.
            "data: {\"type\":\"a\",\"n\":3,\"text\":\"one\",\"model\":\"m\"}\n",
            "data: {\"type\":\"a\",\"n\":3,\"text\":\"on",
            "",
        ] {
            assert_eq!(matches(other), None, "{other}");
        }
    }

    #[test]
    fn padding_varies() {
        let event = |text: &str, padding: usize| {
            let padding = " ".repeat(padding);
            format!("event: x\ndata: {{\"type\":\"a\",\"d\":{{\"text\":\"{text}\"}}{padding}}}\n\n")
        };
        for (first, second) in [(0, 4), (4, 0), (2, 4)] {
            let shape = learnt(&[&event("a", first), &event("bc", second)]);
            for padding in 0..10 {
                let event = event("def", padding);
                assert_eq!(shape.matches(event.as_bytes()), Some(event.len()));
            }
        }
    }

    #[test]
    fn the_type_never_varies() {
        let shape = learnt(&["data: {\"type\":\"a\"}\n\n", "data: {\"type\":\"b\"}\n\n"]);
        assert_eq!(shape.matches(b"data: {\"type\":\"a\"}\n\n"), None);
        assert_eq!(shape.matches(b"data: {\"type\":\"b\"}\n\n"), Some(20));
        assert_eq!(shape.matches(b"data: {\"type\":\"c\"}\n\n"), None);
    }

    #[test]
    fn what_never_settles_is_given_up() {
        let mut shape = Shape::new();
        for keys in 0..100 {
            shape.learn(format!("data: {{{}}}\n\n", "\"a\":1,".repeat(keys)).as_bytes());
        }
        assert_eq!(shape.patience, 0);
        assert_eq!(Shape::new().matches(b""), None);
    }

    #[test]
    fn an_event_too_large_to_learn_does_not_change_what_the_shape_is_for() {
        let event = "data: {\"text\":\"a\",\"usage\":1}\n\n";
        let mut shape = Shape::new();
        shape.learn_counting(event.as_bytes());
        shape.learn(format!("data: {{\"text\":\"{}\"}}\n\n", "a".repeat(2000)).as_bytes());
        assert_eq!(shape.matches(event.as_bytes()), Some(event.len()));
        shape.keep(event.as_bytes());
        assert_eq!(shape.take_unread().as_deref(), Some(event.as_bytes()));
    }
}
