use super::{Progress, ReplyHead, body::Body, headers::Header};
use crate::{
    Api, KeptText, ReplyFacts,
    content::{Content, ReplyContent},
    dialect::Dialect,
    encoding::{Codings, Decoder, DecoderBudget},
    kept::Kept,
    text::ReplyText,
};

/// Reads the facts of a reply as its body arrives, at any split of the bytes.
///
/// Memory is bounded whatever the size of the body: up to 64 KiB for an event that is split over pushes, about 130 KiB
/// more where `gzip` or `deflate` is undone, and for `br` and `zstd` what a [`DecoderBudget`] grants.
///
/// ```
/// use tower_genai_wire::{Api, ReplyHead, ReplyReader};
///
/// let head = ReplyHead::new(200, Some("text/event-stream"), None);
/// let mut reader = ReplyReader::new(Api::OpenAiChat, &head);
/// reader.push(b"data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-mini\",\"choices\":[],");
/// reader.push(b"\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n");
/// reader.finish();
///
/// let facts = reader.into_facts();
/// assert_eq!(facts.model.as_deref(), Some("gpt-4o-mini"));
/// assert_eq!(facts.usage.and_then(|usage| usage.input), Some(12));
/// assert!(facts.terminal);
/// ```
#[derive(Debug)]
pub struct ReplyReader {
    decoder: Option<Box<Decoder>>,
    body: Body,
}

impl ReplyReader {
    /// A reader for the reply to a call of `api`, with a budget of its own for its decoder.
    pub fn new(api: Api, head: &ReplyHead<'_>) -> Self {
        let body = Body::new(Dialect::of(api), head);
        let mut reader = Self { decoder: None, body };
        if head.content_encoding.is_some() {
            reader.decode(head, &DecoderBudget::default());
        }
        reader
    }

    /// A reader whose decoder shares the budget of others.
    pub fn with_budget(api: Api, head: &ReplyHead<'_>, budget: &DecoderBudget) -> Self {
        let body = Body::new(Dialect::of(api), head);
        let mut reader = Self { decoder: None, body };
        if head.content_encoding.is_some() {
            reader.decode(head, budget);
        }
        reader
    }

    #[inline(never)]
    fn decode(&mut self, head: &ReplyHead<'_>, budget: &DecoderBudget) {
        if !self.body.is_open() {
            return;
        }
        match Codings::of(head.content_encoding) {
            Some(codings) => self.decoder = Decoder::new(&codings, budget).map(Box::new),
            None => self.body.give_up(),
        }
    }

    /// Also keeps the text of the reply, up to so many bytes: of OpenAI's chat and text completions, and of the servers
    /// that speak them. To be said before the first byte; every event is then read, which takes longer.
    ///
    /// ```
    /// use tower_genai_wire::{Api, ReplyHead, ReplyReader};
    ///
    /// let api = Api::OpenAiChat;
    /// let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some("text/event-stream"), None));
    /// reader.keep_text(api, 1024);
    /// reader.push(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n");
    /// reader.push(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}]}\n\n");
    ///
    /// let text = reader.take_text().unwrap_or_default();
    /// assert!(text.is_whole());
    /// assert_eq!(text.pieces().collect::<Vec<_>>(), ["Hello"]);
    /// ```
    pub fn keep_text(&mut self, api: Api, limit: usize) {
        let kept = self.body.reading.kept.take().map(|kept| *kept).unwrap_or_default();
        self.body.reading.kept = Kept { text: ReplyText::new(api, limit), ..kept }.boxed();
    }

    /// Takes out the text that was kept; `None` where none was to be, or the API's text is not understood.
    pub fn take_text(&mut self) -> Option<KeptText> {
        self.body.reading.kept.as_mut()?.text.take().map(ReplyText::take)
    }

    /// Also keeps what the model said, up to so many bytes, of OpenAI's chat and text completions and responses,
    /// Anthropic's messages, Gemini and Bedrock. To be said before the first byte; every event is then read, which takes
    /// longer.
    ///
    /// ```
    /// use tower_genai_wire::{Api, ReplyHead, ReplyReader, content::Part};
    ///
    /// let api = Api::AnthropicMessages;
    /// let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some("application/json"), None));
    /// reader.keep_content(api, 1024);
    /// reader.push(br#"{"type":"message","role":"assistant","content":[{"type":"text","text":"Hello"}],"#);
    /// reader.push(br#""stop_reason":"end_turn"}"#);
    ///
    /// let content = reader.take_content().unwrap_or_default();
    /// assert_eq!(content.output_messages[0].finish_reason.as_deref(), Some("stop"));
    /// assert_eq!(content.output_messages[0].parts, [Part::Text { content: "Hello".to_owned() }]);
    /// ```
    pub fn keep_content(&mut self, api: Api, limit: usize) {
        let kept = self.body.reading.kept.take().map(|kept| *kept).unwrap_or_default();
        self.body.reading.kept = Kept { content: ReplyContent::new(api, limit), ..kept }.boxed();
    }

    /// Takes out the content that was kept; `None` where none was to be, or the API's messages are not understood.
    pub fn take_content(&mut self) -> Option<Content> {
        self.body.reading.kept.as_mut()?.content.take().map(ReplyContent::take)
    }

    /// Takes a header of the reply, for what it says beside the body ([`ReplyFacts::head`]). All of them may be given,
    /// in any order and before the body: those that say nothing are dismissed by their length.
    ///
    /// ```
    /// use tower_genai_wire::{Api, ReplyHead, ReplyReader};
    ///
    /// let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(429, None, None));
    /// for (name, value) in [("server", "cloudflare"), ("x-request-id", "req_1"), ("retry-after", "20")] {
    ///     reader.read_header(name, value.as_bytes());
    /// }
    ///
    /// let head = reader.into_facts().head.unwrap_or_default();
    /// assert_eq!(head.request_id.as_deref(), Some("req_1"));
    /// assert_eq!(head.limits.retry_after.map(|wait| wait.as_secs()), Some(20));
    /// ```
    #[inline]
    pub fn read_header(&mut self, name: &str, value: &[u8]) {
        if let Some(header) = Header::of(name) {
            self.known_header(header, value);
        }
    }

    fn known_header(&mut self, header: Header, value: &[u8]) {
        let Ok(value) = std::str::from_utf8(value).map(str::trim) else { return };
        let collector = &mut self.body.reading.collector;
        match header {
            _ if value.is_empty() => {}
            Header::Tokens(tokens) => collector.count_in_head(tokens, value),
            Header::Fault if collector.is_refusal => collector.failure(value.as_bytes()),
            Header::ServiceTier => collector.facts.service_tier = Some(value.into()),
            header => collector.headers.read(header, value, collector.facts.head.get_or_insert_default()),
        }
    }

    /// Takes the next bytes of the body, as they came over the wire.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) -> Progress {
        match &mut self.decoder {
            None => self.body.push(bytes),
            Some(decoder) => {
                let body = &mut self.body;
                if decoder.push(bytes, |decoded| body.push(decoded)).is_err() {
                    self.body.give_up();
                    self.decoder = None;
                }
            }
        }
        self.body.take_progress()
    }

    /// The body has ended: reads what was still waiting for more. Later pushes are ignored.
    pub fn finish(&mut self) {
        self.decoder = None;
        self.body.finish();
    }

    /// Reads what was put off: where each event of a stream replaces the counts of the one before, only the last is
    /// read, and not before it must be.
    pub fn catch_up(&mut self) {
        self.body.reading.catch_up();
    }

    /// What is known so far. In the middle of a stream the counts may be those of an event before the last, unless they
    /// are made to [catch up](Self::catch_up).
    pub fn facts(&self) -> &ReplyFacts {
        &self.body.reading.collector.facts
    }

    /// Takes out what is known: for a reader in a box, which is not worth moving for it.
    pub fn take_facts(&mut self) -> ReplyFacts {
        std::mem::take(&mut self.body.reading.collector.facts)
    }

    /// What is known.
    pub fn into_facts(self) -> ReplyFacts {
        self.body.reading.collector.facts
    }
}
