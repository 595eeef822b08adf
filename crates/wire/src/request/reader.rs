use super::{
    RequestHead,
    collector::Collector,
    multipart::Multipart,
    schema::{Place, schema_of},
};
use crate::{
    Api, RequestFacts,
    json::{Node, Skim},
};

/// Reads the facts of a request as its body arrives, at any split of the bytes.
///
/// Memory is bounded whatever the size of the body, and a body that is neither JSON nor a form
/// (`multipart/form-data`, whose files are passed over) yields no facts. The model
/// that some paths name is not known here: see [`Api::path_model`].
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
}

#[derive(Debug)]
enum Input {
    Json(Skim<Place>),
    Form(Box<Multipart>),
}

impl RequestReader {
    /// A reader for the body of a call of `api`.
    pub fn new(api: Api, head: &RequestHead<'_>) -> Self {
        let schema = schema_of(api);
        let input = match head.content_type.and_then(Multipart::new) {
            Some(form) => Input::Form(Box::new(form)),
            None => Input::Json(Skim::new(schema)),
        };
        Self { schema, input, collector: Collector::new(api) }
    }

    /// Forgets what was read: the same request is sent again, from its first byte.
    pub fn restart(&mut self) {
        match &mut self.input {
            Input::Json(skim) => skim.restart(self.schema),
            Input::Form(form) => form.restart(),
        }
        self.collector.restart();
    }

    /// Takes the next bytes of the body.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        match &mut self.input {
            Input::Json(skim) => skim.push(bytes, &mut self.collector),
            Input::Form(form) => form.push(bytes, |name, value| {
                if let Some(place) = self.schema.member(name).and_then(|node| node.place) {
                    self.collector.field(place, value);
                }
            }),
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
