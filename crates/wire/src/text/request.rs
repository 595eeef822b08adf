use super::{KeptText, unescape::Unescape};
use crate::{
    Api,
    json::{Node, Scalar, Sink, Skim},
    kept::Keep,
};

/// Keeps the text of a request.
#[derive(Debug)]
pub(crate) struct RequestText {
    skim: Skim<Place>,
    kept: Kept,
}

#[derive(Debug)]
struct Kept {
    limit: usize,
    text: Vec<u8>,
    /// Where the strings end.
    ends: Vec<usize>,
    unescape: Unescape,
    messages: u64,
    names: u64,
    is_whole: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Message,
    Text,
    Name,
    /// What kind of content a part of a message is.
    PartType,
    /// Something beside text that the model is given, or that it is to do beside answering in text.
    Other,
}

const fn leaf(place: Place) -> Node<Place> {
    Node::leaf(place)
}

/// Chat and text completions.
static REQUEST: Node<Place> = Node::object(&[
    ("messages", &Node::array(&MESSAGE)),
    ("prompt", &TEXTS),
    ("tools", &leaf(Place::Other)),
    ("functions", &leaf(Place::Other)),
    ("response_format", &Node::object(&[("json_schema", &leaf(Place::Other))])),
    ("audio", &leaf(Place::Other)),
    ("prediction", &leaf(Place::Other)),
    ("web_search_options", &leaf(Place::Other)),
    ("suffix", &leaf(Place::Other)),
    ("best_of", &leaf(Place::Other)),
]);

static MESSAGE: Node<Place> = Node::object(&[
    ("role", &Node::passing(Place::Text)),
    ("content", &Node::passing(Place::Text).each(&PART)),
    ("name", &Node::passing(Place::Name)),
    ("tool_calls", &leaf(Place::Other)),
    ("function_call", &leaf(Place::Other)),
    ("audio", &leaf(Place::Other)),
])
.marked(Place::Message);

static PART: Node<Place> =
    Node::object(&[("type", &leaf(Place::PartType)), ("text", &Node::passing(Place::Text))]);

/// A string, an array of strings, or tokens.
static TEXTS: Node<Place> = Node::passing(Place::Text).each(&Node::passing(Place::Text));

impl RequestText {
    /// For the APIs whose requests are understood.
    pub(crate) fn new(api: Api, limit: usize) -> Option<Self> {
        let understood = matches!(api, Api::OpenAiChat | Api::OpenAiCompletions);
        understood.then(|| Self { skim: Skim::new(&REQUEST), kept: Kept::new(limit) })
    }

    pub(crate) fn take(self) -> KeptText {
        let Kept { text, ends, messages, names, is_whole, .. } = self.kept;
        let Some(text) = String::from_utf8(text)
            .ok()
            .filter(|_| is_whole && self.skim.is_done() && !self.skim.is_failed())
        else {
            return KeptText::default();
        };
        KeptText { text, ends, messages, names, is_whole }
    }
}

impl Keep for RequestText {
    fn restart(&mut self) {
        self.skim.restart(&REQUEST);
        self.kept = Kept::new(self.kept.limit);
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.kept.is_whole {
            self.skim.push(bytes, &mut self.kept);
        }
    }
}

impl Kept {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            text: Vec::new(),
            ends: Vec::new(),
            unescape: Unescape::default(),
            messages: 0,
            names: 0,
            is_whole: true,
        }
    }

    /// There is more than is kept.
    fn give_up(&mut self) {
        self.is_whole = false;
        self.text = Vec::new();
        self.ends = Vec::new();
    }
}

impl Sink<Place> for Kept {
    fn open(&mut self, place: Place) {
        match place {
            Place::Message => self.messages += 1,
            Place::Name => self.names += 1,
            Place::Other => self.give_up(),
            Place::Text | Place::PartType => {}
        }
    }

    fn close(&mut self, place: Place) {
        if matches!(place, Place::Text | Place::Name) && self.is_whole {
            self.unescape.end(&mut self.text);
            if self.ends.last().copied().unwrap_or(0) < self.text.len() {
                self.ends.push(self.text.len());
            }
        }
    }

    fn piece(&mut self, _: Place, bytes: &[u8]) {
        if self.is_whole {
            self.unescape.push(bytes, &mut self.text);
            // An end costs as much as the characters of a short word.
            if self.text.len() + self.ends.len() * size_of::<usize>() > self.limit {
                self.give_up();
            }
        }
    }

    fn scalar(&mut self, place: Place, value: Scalar<'_>) {
        let expected = match (place, value) {
            (_, Scalar::Null | Scalar::Bool(false)) => true,
            (Place::PartType, Scalar::Text(kind)) => kind.is("text"),
            _ => false,
        };
        if !expected {
            self.give_up();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KeptText, RequestText};
    use crate::Api;
    use crate::kept::Keep;

    fn kept(body: &str, limit: usize) -> KeptText {
        let read = |size| {
            let mut text = RequestText::new(Api::OpenAiChat, limit).unwrap();
            text.push(b"{\"messages\":[{\"role\":\"system\"");
            text.restart();
            body.as_bytes().chunks(size).for_each(|piece| text.push(piece));
            text.take()
        };
        let whole = read(body.len());
        for size in 1..9 {
            assert_eq!(read(size), whole, "in pieces of {size}");
        }
        whole
    }

    #[test]
    fn messages_are_kept_string_by_string() {
        let text = kept(
            r#"{"model":"m","stream":true,"tools":null,"messages":[{"role":"system","content":"Be \"brief\"."},
            {"role":"user","name":"ada","content":[{"type":"text","text":"caf\u00e9"},{"text":"☕","type":"text"}]},
            {"role":"assistant","content":null},{"role":"user","content":""}]}"#,
            1000,
        );
        let pieces: Vec<_> = text.pieces().collect();
        assert_eq!(pieces, ["system", "Be \"brief\".", "user", "ada", "café", "☕", "assistant", "user"]);
        assert_eq!((text.messages(), text.names(), text.is_whole()), (4, 1, true));
        assert!(!format!("{text:?}").contains("brief"));
    }

    #[test]
    fn prompts() {
        let pieces = |body| kept(body, 1000).pieces().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(pieces(r#"{"prompt":"once"}"#), ["once"]);
        assert_eq!(pieces(r#"{"prompt":["once","upon"]}"#), ["once", "upon"]);
        assert!(!kept(r#"{"prompt":[1,2,3]}"#, 1000).is_whole());
    }

    #[test]
    fn what_is_not_all_text_is_not_whole() {
        for body in [
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#,
            r#"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}"#,
            r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"x"}]}]}"#,
            r#"{"response_format":{"type":"json_schema","json_schema":{"name":"x"}},"messages":[]}"#,
            r#"{"messages":[{"role":"user","content":"cut"#,
            "not json",
        ] {
            let text = kept(body, 1000);
            assert_eq!((text.is_whole(), text.pieces().len()), (false, 0), "{body}");
        }
    }

    #[test]
    fn beyond_the_limit_nothing_is_kept() {
        let body =
            |bytes: usize| format!(r#"{{"messages":[{{"role":"user","content":"{}"}}]}}"#, "x".repeat(bytes));
        assert!(kept(&body(80), 100).is_whole());
        assert_eq!(kept(&body(200), 100), KeptText::default());
    }
}
