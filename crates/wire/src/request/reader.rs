use super::{
    RequestHead,
    collector::Collector,
    multipart::Multipart,
    schema::{Place, schema_of},
};
use crate::{
    Api, KeptText, RequestFacts,
    content::{Content, RequestContent},
    encoding::{Codings, Decoder, DecoderBudget},
    json::{Node, Skim},
    kept::Kept,
    text::RequestText,
};

/// Reads the facts of a request as its body arrives, at any split of the bytes.
///
/// Memory is bounded whatever the size of the body, and a body that is neither JSON nor a form
/// (`multipart/form-data`, whose files are passed over) yields no facts. A content-encoding is undone as that of a reply
/// is. The model that some paths name is not known here: see [`Api::path_model`].
///
/// ```
/// use tower_genai_wire::{Api, RequestHead, RequestReader};
///
/// let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::new(Some("application/json"), None));
/// reader.push(br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}],"str"#);
/// reader.push(br#"eam":true}"#);
///
/// assert_eq!(reader.facts().model.as_deref(), Some("gpt-4o-mini"));
/// assert_eq!(reader.facts().stream, Some(true));
/// ```
#[derive(Debug)]
pub struct RequestReader {
    schema: &'static Node<Place>,
    input: Input,
    collector: Collector,
    encoding: Option<Box<Encoding>>,
}

/// How the body of a request is decoded, for the few that are encoded.
#[derive(Debug)]
struct Encoding {
    codings: Codings,
    budget: DecoderBudget,
    /// `None` once it has failed.
    decoder: Option<Decoder>,
}

#[derive(Debug)]
enum Input {
    Json(Skim<Place>),
    Form(Box<Multipart>),
    /// Encoded in a way that is not known.
    Closed,
}

impl RequestReader {
    /// A reader for the body of a call of `api`, with a budget of its own for its decoder.
    pub fn new(api: Api, head: &RequestHead<'_>) -> Self {
        let mut reader = Self::of(api, head);
        if head.content_encoding.is_some() {
            reader.decode(head, &DecoderBudget::default());
        }
        reader
    }

    /// A reader whose decoder shares the budget of others.
    pub fn with_budget(api: Api, head: &RequestHead<'_>, budget: &DecoderBudget) -> Self {
        let mut reader = Self::of(api, head);
        if head.content_encoding.is_some() {
            reader.decode(head, budget);
        }
        reader
    }

    fn of(api: Api, head: &RequestHead<'_>) -> Self {
        let schema = schema_of(api);
        let input = match head.content_type.and_then(Multipart::new) {
            Some(form) => Input::Form(Box::new(form)),
            None => Input::Json(Skim::new(schema)),
        };
        Self { schema, input, collector: Collector::new(api), encoding: None }
    }

    #[inline(never)]
    fn decode(&mut self, head: &RequestHead<'_>, budget: &DecoderBudget) {
        match Codings::of(head.content_encoding) {
            Some(codings) => {
                let decoder = Decoder::new(&codings, budget);
                let encoding = |decoder| Encoding { codings, budget: budget.clone(), decoder: Some(decoder) };
                self.encoding = decoder.map(|decoder| Box::new(encoding(decoder)));
            }
            None => self.input = Input::Closed,
        }
    }

    /// Also keeps the text of the request, up to so many bytes: of OpenAI's chat and text completions, and of the servers
    /// that speak them. To be said before the first byte.
    pub fn keep_text(&mut self, api: Api, limit: usize) {
        let kept = self.collector.kept.take().map(|kept| *kept).unwrap_or_default();
        self.collector.kept = Kept { text: RequestText::new(api, limit), ..kept }.boxed();
    }

    /// Takes out the text that was kept; `None` where none was to be, or the API's text is not understood.
    pub fn take_text(&mut self) -> Option<KeptText> {
        self.collector.kept.as_mut()?.text.take().map(RequestText::take)
    }

    /// Also keeps what the model is given, up to so many bytes: instructions, messages and tools of OpenAI's chat and text
    /// completions and responses, Anthropic's messages, Gemini and Bedrock. To be said before the first byte.
    pub fn keep_content(&mut self, api: Api, limit: usize) {
        let kept = self.collector.kept.take().map(|kept| *kept).unwrap_or_default();
        self.collector.kept = Kept { content: RequestContent::new(api, limit), ..kept }.boxed();
    }

    /// Takes out the content that was kept; `None` where none was to be, or the API's messages are not understood.
    pub fn take_content(&mut self) -> Option<Content> {
        self.collector.kept.as_mut()?.content.take().map(RequestContent::take)
    }

    /// Forgets what was read: the same request is sent again, from its first byte.
    pub fn restart(&mut self) {
        if let Some(encoding) = &mut self.encoding {
            encoding.decoder = Decoder::new(&encoding.codings, &encoding.budget);
        }
        match &mut self.input {
            Input::Json(skim) => skim.restart(self.schema),
            Input::Form(form) => form.restart(),
            Input::Closed => {}
        }
        self.collector.restart();
    }

    /// Takes the next bytes of the body, as they go over the wire.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        match &mut self.encoding {
            None => self.input.read(bytes, self.schema, &mut self.collector),
            Some(encoding) => {
                let (input, schema, collector) = (&mut self.input, self.schema, &mut self.collector);
                if let Some(decoder) = &mut encoding.decoder
                    && (decoder.push(bytes, |decoded| input.read(decoded, schema, collector)).is_err()
                        || input.is_over())
                {
                    encoding.decoder = None;
                }
            }
        }
    }

    /// What is known so far.
    pub fn facts(&self) -> &RequestFacts {
        &self.collector.facts
    }

    /// Takes out what is known: for a reader in a larger whole, which is not worth moving for it.
    pub fn take_facts(&mut self) -> RequestFacts {
        std::mem::take(&mut self.collector.facts)
    }

    /// What is known.
    pub fn into_facts(self) -> RequestFacts {
        self.collector.facts
    }
}

impl Input {
    /// Whether nothing that follows says anything.
    fn is_over(&self) -> bool {
        match self {
            Self::Json(skim) => skim.is_done() || skim.is_failed(),
            Self::Form(form) => form.is_done(),
            Self::Closed => true,
        }
    }

    #[inline]
    fn read(&mut self, bytes: &[u8], schema: &'static Node<Place>, collector: &mut Collector) {
        match self {
            Self::Json(skim) => {
                skim.push(bytes, collector);
                if let Some(kept) = &mut collector.kept {
                    kept.push(bytes);
                }
            }
            Self::Form(form) => form.push(bytes, |name, value| {
                if let Some(place) = schema.member(name).and_then(|node| node.place) {
                    collector.field(place, value);
                }
            }),
            Self::Closed => {}
        }
    }
}
