use super::{KeptText, unescape::Unescape};
use crate::{
    Api,
    json::{Node, Scalar, Sink, Skim},
    kept::Keep,
};

/// Keeps the text of a reply, choice by choice.
#[derive(Debug)]
pub(crate) struct ReplyText {
    skim: Skim<Place>,
    kept: Kept,
}

#[derive(Debug)]
struct Kept {
    limit: usize,
    choices: Vec<Choice>,
    /// The choice that is being read: its index may come last.
    now: Choice,
    unescape: Unescape,
    bytes: usize,
    is_whole: bool,
}

#[derive(Debug, Default)]
struct Choice {
    index: u64,
    text: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Choice,
    Index,
    Text,
    /// Output beside text.
    Other,
}

/// More choices than any provider serves.
const MOST_CHOICES: usize = 128;

/// Chat and text completions, whole and in events.
static REPLY: Node<Place> = Node::object(&[("choices", &Node::array(&CHOICE))]);

static CHOICE: Node<Place> = Node::object(&[
    ("index", &Node::leaf(Place::Index)),
    ("delta", &MESSAGE),
    ("message", &MESSAGE),
    ("text", &TEXT),
])
.marked(Place::Choice);

static MESSAGE: Node<Place> = Node::object(&[
    ("content", &TEXT),
    ("refusal", &TEXT),
    ("tool_calls", &Node::array(&Node::object(&[("function", &FUNCTION)]))),
    ("function_call", &FUNCTION),
    ("audio", &Node::leaf(Place::Other)),
]);

static FUNCTION: Node<Place> = Node::object(&[("name", &TEXT), ("arguments", &TEXT)]);
static TEXT: Node<Place> = Node::passing(Place::Text);

impl ReplyText {
    /// For the APIs whose replies are understood.
    pub(crate) fn new(api: Api, limit: usize) -> Option<Self> {
        let understood = matches!(api, Api::OpenAiChat | Api::OpenAiCompletions);
        let kept = Kept {
            limit,
            choices: Vec::new(),
            now: Choice::default(),
            unescape: Unescape::default(),
            bytes: 0,
            is_whole: true,
        };
        understood.then(|| Self { skim: Skim::new(&REPLY), kept })
    }

    pub(crate) fn take(self) -> KeptText {
        let Kept { choices, is_whole, .. } = self.kept;
        let mut all = Vec::new();
        let mut end = |choice: Choice| {
            all.extend_from_slice(&choice.text);
            all.len()
        };
        let ends = choices.into_iter().map(&mut end).collect();
        match String::from_utf8(all) {
            Ok(text) if is_whole => KeptText { text, ends, messages: 0, names: 0, is_whole },
            _ => KeptText::default(),
        }
    }
}

impl Keep for ReplyText {
    fn restart(&mut self) {
        self.skim.restart(&REPLY);
        self.kept.now = Choice::default();
        self.kept.unescape = Unescape::default();
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.kept.is_whole {
            self.skim.push(bytes, &mut self.kept);
        }
    }
}

impl Kept {
    /// There is more than is kept.
    fn give_up(&mut self) {
        self.is_whole = false;
        self.choices = Vec::new();
        self.now = Choice::default();
    }
}

impl Sink<Place> for Kept {
    fn open(&mut self, place: Place) {
        match place {
            Place::Choice => self.now = Choice::default(),
            Place::Other => self.give_up(),
            Place::Index | Place::Text => {}
        }
    }

    fn close(&mut self, place: Place) {
        match place {
            Place::Text => self.unescape.end(&mut self.now.text),
            Place::Choice if self.is_whole => {
                let now = std::mem::take(&mut self.now);
                if let Some(choice) = self.choices.iter_mut().find(|choice| choice.index == now.index) {
                    choice.text.extend_from_slice(&now.text);
                } else if self.choices.len() == MOST_CHOICES {
                    self.give_up();
                } else {
                    self.choices.push(now);
                }
            }
            _ => {}
        }
    }

    fn piece(&mut self, _: Place, bytes: &[u8]) {
        if self.is_whole {
            let before = self.now.text.len();
            self.unescape.push(bytes, &mut self.now.text);
            self.bytes += self.now.text.len() - before;
            if self.bytes > self.limit {
                self.give_up();
            }
        }
    }

    fn scalar(&mut self, place: Place, value: Scalar<'_>) {
        match (place, value) {
            (Place::Index, value) => self.now.index = value.count().unwrap_or(0),
            (_, Scalar::Null) => {}
            _ => self.give_up(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::{Api, KeptText, ReplyHead, ReplyReader};

    fn kept(content_type: &str, body: &str, limit: usize) -> KeptText {
        let read = |size| {
            let head = ReplyHead::new(200, Some(content_type), None);
            let mut reader = ReplyReader::new(Api::OpenAiChat, &head);
            reader.keep_text(Api::OpenAiChat, limit);
            body.as_bytes().chunks(size).for_each(|piece| {
                reader.push(piece);
            });
            reader.finish();
            let text = reader.take_text().unwrap();
            (text, reader.into_facts())
        };
        let (whole, facts) = read(body.len());
        for size in [1, 2, 3, 7, 64] {
            assert_eq!(read(size), (whole.clone(), facts.clone()), "in pieces of {size}");
        }
        let mut without = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, Some(content_type), None));
        without.push(body.as_bytes());
        without.finish();
        assert_eq!(without.into_facts(), facts, "the facts are the same");
        whole
    }

    fn pieces(text: &KeptText) -> Vec<&str> {
        text.pieces().collect()
    }

    /// Events alike enough to be told by their shape.
    fn stream(events: &[(u64, &str)]) -> String {
        let mut body = String::new();
        for (index, text) in events {
            let text = serde_json::to_string(text).unwrap();
            let start = r#"{"id":"c","model":"m","choices":[{"index":"#;
            let _ = write!(
                body,
                r#"data: {start}{index},"delta":{{"content":{text}}},"finish_reason":null}}]}}"#
            );
            body.push_str("\n\n");
        }
        body
    }

    #[test]
    fn the_events_of_a_choice_make_one_text() {
        let events = stream(&[(0, "Hel"), (0, "lo"), (0, ", "), (0, "w\u{f6}rld"), (0, "!"), (0, "")]);
        let text = kept("text/event-stream", &(events + "data: [DONE]\n\n"), 1000);
        assert_eq!((pieces(&text), text.is_whole()), (vec!["Hello, w\u{f6}rld!"], true));
        let text = kept("text/event-stream", &stream(&[(0, "a"), (1, "x"), (0, "b"), (1, "y")]), 1000);
        assert_eq!(pieces(&text), ["ab", "xy"]);
        // An index may stand behind the text.
        let last = "data: {\"choices\":[{\"delta\":{\"content\":\"c\"},\"index\":1}]}\n\n";
        let text = kept("text/event-stream", &(stream(&[(0, "a"), (1, "b")]) + last), 1000);
        assert_eq!(pieces(&text), ["a", "bc"]);
    }

    #[test]
    fn a_whole_reply() {
        let body = r#"{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi",
            "tool_calls":[{"function":{"name":"look","arguments":"{\"x\":1}"}}]},"finish_reason":"stop"}]}"#;
        assert_eq!(pieces(&kept("application/json", body, 1000)), [r#"Hilook{"x":1}"#]);
        let long = format!(r#"{{"choices":[{{"message":{{"content":"{}"}}}}]}}"#, "long ".repeat(1000));
        assert_eq!(pieces(&kept("application/json", &long, 10_000)), ["long ".repeat(1000)]);
    }

    #[test]
    fn beyond_the_limit_and_beside_text_nothing_is_kept() {
        let events = stream(&[(0, "0123456789"), (0, "0123456789")]);
        assert!(kept("text/event-stream", &events, 20).is_whole());
        assert_eq!(kept("text/event-stream", &events, 19), KeptText::default());
        let audio = r#"{"choices":[{"message":{"content":"x","audio":{"data":"AAAA"}}}]}"#;
        assert!(!kept("application/json", audio, 1000).is_whole());
    }

    #[test]
    fn other_apis_have_no_text() {
        let mut reader = ReplyReader::new(Api::AnthropicMessages, &ReplyHead::new(200, None, None));
        reader.keep_text(Api::AnthropicMessages, 1000);
        assert_eq!(reader.take_text(), None);
    }
}
