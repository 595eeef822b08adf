use smallvec::SmallVec;

/// How a body is cut into documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// One JSON document.
    Json,
    /// An array whose elements are events.
    Array,
    /// Server-sent events.
    Sse,
    /// A JSON document on each line.
    Lines,
    /// AWS's event stream.
    EventStream,
    /// Nothing that can be read.
    Other,
}

impl Framing {
    /// The framing that a content type leaves no doubt of.
    pub(super) fn of(content_type: Option<&str>) -> Option<Self> {
        essence(content_type).eq_ignore_ascii_case(EVENT_STREAM).then_some(Self::EventStream)
    }

    /// Whether this is a stream of events.
    pub(super) const fn is_stream(self) -> bool {
        matches!(self, Self::Array | Self::Sse | Self::Lines | Self::EventStream)
    }
}

/// Finds the framing from the first bytes, where the content type does not rule it out.
#[derive(Debug)]
pub(super) struct Sniffer {
    /// What the content type stands for.
    usual: Framing,
    /// Whether the elements of an array are events.
    streaming: bool,
    head: Head,
}

/// The first bytes of a body.
pub(super) type Head = SmallVec<[u8; 16]>;

/// What the first bytes have told.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) framing: Framing,
    /// What was held back, and is to be read first.
    pub(super) head: Head,
    /// What follows.
    pub(super) rest: &'a [u8],
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Content types under which JSON and event streams are found.
const READABLE: [&str; 5] =
    ["application/json", "text/json", "text/plain", "application/octet-stream", "binary/octet-stream"];

const SSE: &str = "text/event-stream";
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// Content types of newline-delimited JSON.
const LINES: [&str; 7] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/stream+json",
    "application/jsonl",
    "application/x-jsonlines",
    "application/jsonlines",
    "application/json-lines",
];

/// Whether a content type is that of a stream of events that is read here: server-sent events, newline-delimited JSON,
/// AWS's event stream.
///
/// ```
/// assert!(tower_genai_wire::is_stream_type("text/event-stream; charset=utf-8"));
/// assert!(tower_genai_wire::is_stream_type("application/x-ndjson"));
/// assert!(!tower_genai_wire::is_stream_type("application/json"));
/// ```
pub fn is_stream_type(content_type: &str) -> bool {
    let essence = essence(Some(content_type));
    let is = |name: &&str| essence.eq_ignore_ascii_case(name);
    is(&SSE) || is(&EVENT_STREAM) || LINES.iter().any(is)
}

/// Whether a content type is another that is JSON.
fn is_json(essence: &str) -> bool {
    let suffix = essence.len().checked_sub(5).and_then(|at| essence.get(at..));
    suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

/// A content type without its parameters.
fn essence(content_type: Option<&str>) -> &str {
    let content_type = content_type.unwrap_or_default();
    let end = content_type.bytes().position(|byte| byte == b';').unwrap_or(content_type.len());
    content_type.get(..end).unwrap_or_default().trim_ascii()
}

/// What an event stream can begin with.
const FIELDS: [&[u8]; 5] = [b"data", b"event", b"id:", b"retry:", b":"];

impl Sniffer {
    /// `None` where the content type says that this is no text that is read here.
    pub(super) fn new(content_type: Option<&str>, streaming: bool) -> Option<Self> {
        let essence = essence(content_type);
        let is = |name: &&str| essence.eq_ignore_ascii_case(name);
        let usual = if is(&SSE) {
            Framing::Sse
        } else if LINES.iter().any(is) {
            Framing::Lines
        } else if essence.is_empty() || READABLE.iter().any(is) || is_json(essence) {
            Framing::Json
        } else {
            return None;
        };
        Some(Self { usual, streaming, head: Head::new() })
    }

    /// Whether the content type is that of a stream of events.
    pub(super) fn is_stream(&self) -> bool {
        self.usual.is_stream()
    }

    /// What a body is that begins as JSON does.
    fn json(&self, first: u8) -> Framing {
        match self.usual {
            Framing::Lines => Framing::Lines,
            _ if self.streaming && first == b'[' => Framing::Array,
            _ => Framing::Json,
        }
    }

    /// What the first bytes of a body tell where they are as usual and come together, and the body from
    /// there.
    pub(super) fn at_once<'a>(&self, bytes: &'a [u8]) -> Option<(Framing, &'a [u8])> {
        let bytes = bytes.trim_ascii_start();
        let framing = match bytes {
            _ if !self.head.is_empty() => return None,
            [first @ (b'{' | b'['), ..] => self.json(*first),
            _ if bytes.starts_with(b"data:") || bytes.starts_with(b"event:") => Framing::Sse,
            _ => return None,
        };
        Some((framing, bytes))
    }

    /// Takes the next bytes, and says once what they tell.
    pub(super) fn push<'a>(&mut self, bytes: &'a [u8]) -> Option<Told<'a>> {
        let mut rest = bytes;
        loop {
            if self.head.is_empty() || self.head.as_slice() == BOM {
                // White space says nothing, and JSON and event streams alike do without it.
                rest = rest.trim_ascii_start();
            }
            if let Some(framing) = self.tell() {
                if self.head.starts_with(BOM) {
                    self.head.drain(..BOM.len());
                }
                return Some(Told { framing, head: std::mem::take(&mut self.head), rest });
            }
            let [first, behind @ ..] = rest else { return None };
            self.head.push(*first);
            rest = behind;
        }
    }

    /// The end of a body that was too short to tell.
    pub(super) fn finish(&mut self) -> Option<Told<'static>> {
        (!self.head.is_empty()).then(|| {
            let framing = if self.usual == Framing::Sse { Framing::Sse } else { Framing::Other };
            Told { framing, head: std::mem::take(&mut self.head), rest: &[] }
        })
    }

    fn tell(&self) -> Option<Framing> {
        let head = self.head.strip_prefix(BOM).unwrap_or(&self.head);
        match head {
            [] => None,
            [first @ (b'{' | b'['), ..] => Some(self.json(*first)),
            _ if self.usual == Framing::Sse && !BOM.starts_with(head) => Some(Framing::Sse),
            _ if FIELDS.iter().any(|field| head.starts_with(field)) => Some(Framing::Sse),
            _ if FIELDS.iter().any(|field| field.starts_with(head)) || BOM.starts_with(head) => None,
            _ => Some(Framing::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Framing, Sniffer};

    fn sniff(content_type: Option<&str>, body: &str) -> Option<Framing> {
        let mut sniffer = Sniffer::new(content_type, false)?;
        let whole = sniffer.push(body.as_bytes()).map(|told| told.framing);
        let mut sniffer = Sniffer::new(content_type, false)?;
        let bytewise = body.as_bytes().chunks(1).find_map(|byte| sniffer.push(byte)).map(|told| told.framing);
        assert_eq!(whole, bytewise);
        whole
    }

    #[test]
    fn the_first_bytes_tell() {
        for content_type in
            [None, Some("application/json"), Some("text/plain; charset=utf-8"), Some("text/event-stream")]
        {
            assert_eq!(sniff(content_type, " \r\n{}"), Some(Framing::Json));
            assert_eq!(sniff(content_type, "\u{feff} [1]"), Some(Framing::Json));
            assert_eq!(sniff(content_type, "data: {}"), Some(Framing::Sse));
            assert_eq!(sniff(content_type, "\u{feff}event: x"), Some(Framing::Sse));
            assert_eq!(sniff(content_type, ": hello"), Some(Framing::Sse));
        }
        assert_eq!(sniff(None, "dada"), Some(Framing::Other));
        assert_eq!(sniff(None, "\u{fefe}{}"), Some(Framing::Other));
        assert_eq!(sniff(Some("application/json"), "<html>"), Some(Framing::Other));
        assert_eq!(sniff(Some("text/event-stream"), "x"), Some(Framing::Sse));
        assert_eq!(sniff(None, "da"), None);
    }

    #[test]
    fn the_content_type_tells() {
        for content_type in
            ["application/x-ndjson", "application/stream+json; charset=utf-8", "Application/JSONL"]
        {
            assert_eq!(sniff(Some(content_type), "{}"), Some(Framing::Lines));
            assert_eq!(sniff(Some(content_type), "data: {}"), Some(Framing::Sse));
        }
        assert_eq!(Framing::of(Some("application/vnd.amazon.eventstream")), Some(Framing::EventStream));
        assert_eq!(Framing::of(Some("application/json")), None);
    }

    #[test]
    fn the_content_type_rules_out() {
        for content_type in ["text/html", "audio/mpeg", "image/png", "application/vnd.amazon.eventstream"] {
            assert!(Sniffer::new(Some(content_type), false).is_none(), "{content_type}");
        }
        assert!(Sniffer::new(Some("application/problem+json"), false).is_some());
    }
}
