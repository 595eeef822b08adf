mod cost;
mod items;
mod rare;
mod special;
mod stated;

use compact_str::CompactString;

use self::{
    items::Items,
    rare::{Detail, ErrorName, Rare},
};
use super::{counts::Counts, headers::Headers};
use crate::{
    ErrorClass, ReplyFacts,
    dialect::{Dialect, Place, Tokens},
    json::{Scalar, Sink, Text},
};

/// Turns what stands at the places of a schema into facts.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) facts: ReplyFacts,
    pub(super) dialect: &'static Dialect,
    pub(super) headers: Headers,
    status: u16,
    /// Whether the status says that this is an error, whatever its shape.
    pub(super) is_refusal: bool,
    /// Whether an event with output has been seen.
    pub(super) had_output: bool,
    /// The document or event that is being read.
    now: Now,
    counts: Counts,
    /// The uses of the provider's tools among the items of a response, once there has been one.
    items: Option<Box<Items>>,
}

/// What is known of the document or event that is being read.
#[derive(Debug, Default)]
struct Now {
    kind: Kind,
    output: bool,
    /// Whether something has shown that this is a model's reply.
    evidence: bool,
    /// The dialect that this can only be.
    is: Option<&'static Dialect>,
    choices: Choices,
    usage: Counting,
    detail: Detail,
    /// Whether the items of a whole response are being read.
    in_items: bool,
    rare: Option<Box<Rare>>,
}

#[derive(Debug, Default)]
struct Choices {
    /// How many there have been.
    seen: u32,
    /// Whether one of them has not come to its end.
    go_on: bool,
    /// The one that is being read.
    now: Option<Choice>,
}

#[derive(Debug, Default)]
struct Choice {
    index: u32,
    finish_reason: Option<CompactString>,
}

/// The usage that is being read.
#[derive(Debug, Default)]
struct Counting {
    counts: Counts,
    /// How many usages stand around each other.
    depth: u8,
    /// Whether it states what is billed.
    billed: bool,
}

/// What an event is for, by its `type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Other,
    Ping,
    Error,
    Terminal,
    /// It says itself that others follow.
    Unfinished,
    /// An item of a response is done.
    ItemDone,
    /// An image is done, and the stream with it.
    ImageDone,
}

/// What an event was.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Event {
    pub(super) first_output: bool,
    pub(super) output: bool,
    pub(super) terminal: bool,
    pub(super) kind: Kind,
}

/// `error.type` of an error that has no usable name.
const OTHER: &str = "_OTHER";

/// More choices than any provider serves.
const MOST_CHOICES: usize = 128;

impl Collector {
    #[inline]
    pub(super) fn new(dialect: &'static Dialect, status: u16) -> Self {
        let is_refusal = status >= 400;
        let error_class = if is_refusal { ErrorClass::of_status(status) } else { None };
        Self {
            headers: Headers::new(),
            status,
            is_refusal,
            facts: ReplyFacts { error_class, ..ReplyFacts::default() },
            dialect,
            had_output: false,
            now: Now::default(),
            counts: Counts::default(),
            items: None,
        }
    }

    /// A count that stands in the head of the reply: it is replaced by a usage in the body.
    pub(super) fn count_in_head(&mut self, tokens: Tokens, value: &str) {
        if let Ok(count) = value.parse() {
            self.counts.set(tokens, count);
            self.facts.usage = Some(self.counts.usage());
        }
    }

    /// The document or event is over.
    pub(super) fn end(&mut self) -> Event {
        if let Some(rare) = self.now.rare.take() {
            self.end_rare(*rare);
        }
        if self.now.kind == Kind::Error {
            self.set_error(ErrorName::default());
        }
        if self.now.kind == Kind::ImageDone {
            self.image_done();
        }
        let is_over = self.dialect.ends_with_choices && self.now.choices.seen > 0 && !self.now.choices.go_on;
        if self.dialect.settles {
            if let Some(dialect) = self.now.is {
                self.dialect = dialect;
            } else if self.dialect.is_any() && self.knows_nothing() {
                // Some other JSON, whose `id` and `model` are its own affair.
                self.facts.id = None;
                self.facts.model = None;
            }
        }
        let event = Event {
            first_output: self.now.output && !self.had_output,
            output: self.now.output,
            kind: self.now.kind,
            terminal: is_over || matches!(self.now.kind, Kind::Terminal | Kind::Error | Kind::ImageDone),
        };
        self.had_output |= self.now.output;
        self.now.kind = Kind::Other;
        self.now.output = false;
        self.now.evidence = false;
        self.now.is = None;
        self.now.choices = Choices::default();
        self.now.usage.depth = 0;
        self.now.in_items = false;
        event
    }

    fn knows_nothing(&self) -> bool {
        !self.now.evidence && self.facts.usage.is_none() && self.facts.error.is_none()
    }

    #[cold]
    fn end_rare(&mut self, mut rare: Rare) {
        rare.bill(&mut self.facts.billing);
        if self.now.kind == Kind::ItemDone {
            self.item_of_event(std::mem::take(&mut rare.item));
        }
        let is_vague = matches!(self.facts.error_class, None | Some(ErrorClass::InvalidRequest));
        if self.is_refusal && is_vague && rare.root.class.is_some() {
            self.facts.error_class = rare.root.class;
        }
        if rare.is_error || self.now.kind == Kind::Error || self.is_refusal && rare.root.is_some() {
            self.set_error(rare.error.or(rare.root));
        }
        if let Some(status) = rare.status.filter(|status| is_final(status)) {
            let reason = if status == "incomplete" { rare.incomplete.unwrap_or(status) } else { status };
            self.set_finish_reason(0, reason);
        }
    }

    /// Whether an event can hold nothing new, which most do.
    pub(super) fn is_quiet(&self, data: &[u8]) -> bool {
        self.had_output
            && self.now.kind == Kind::Other
            && data.starts_with(b"{")
            && self.dialect.quiet.is_quiet(data, self.facts.model.is_some() && self.facts.id.is_some())
    }

    /// Whether an event holds nothing that the next event of the same shape does not state anew.
    pub(super) fn is_replaced(&self, data: &[u8]) -> bool {
        self.had_output
            && self.now.kind == Kind::Other
            && data.starts_with(b"{")
            && self.dialect.quiet.is_replaced(data, self.facts.model.is_some() && self.facts.id.is_some())
    }

    /// What kind of event this is, by its own words or by what stands around it.
    pub(super) fn event_type(&mut self, kind: &str) {
        self.now.kind = match kind {
            "ping" => Kind::Ping,
            "error" => Kind::Error,
            "response.output_item.done" => Kind::ItemDone,
            "image_generation.completed" | "image_edit.completed" => Kind::ImageDone,
            _ if self.dialect.terminal.contains(&kind) => Kind::Terminal,
            _ => Kind::Other,
        };
        if self.dialect.settles {
            self.now.is = match kind {
                "message" => {
                    self.now.evidence = true;
                    None
                }
                "message_start" => Some(Dialect::ANTHROPIC_MESSAGES),
                "message-start" | "stream-start" => Some(Dialect::COHERE_CHAT),
                _ if kind.starts_with("response.") => Some(Dialect::OPENAI_RESPONSES),
                _ => None,
            };
        }
    }

    fn set_finish_reason(&mut self, choice: u32, reason: CompactString) {
        match self.facts.finished.binary_search(&choice) {
            Ok(at) => {
                if let Some(slot) = self.facts.finish_reasons.get_mut(at) {
                    *slot = reason;
                }
            }
            Err(at) if self.facts.finished.len() < MOST_CHOICES => {
                self.facts.finished.insert(at, choice);
                self.facts.finish_reasons.insert(at, reason);
            }
            Err(_) => {}
        }
    }

    fn set_error(&mut self, code: ErrorName) {
        if self.facts.error.is_none() {
            self.facts.error_class = code.class(self.status).or(self.facts.error_class);
            self.facts.error = Some(code.code.or(code.kind).unwrap_or(CompactString::const_new(OTHER)));
        }
    }
}

impl Collector {
    /// The name of a fault, which stands in the head of the reply or is all that an event says.
    pub(super) fn failure(&mut self, fault: &[u8]) {
        self.set_error(ErrorName {
            code: name(Scalar::Text(Text::new(fault, false))),
            ..ErrorName::default()
        });
    }
}

impl Sink<Place> for Collector {
    fn open(&mut self, place: Place) {
        match place {
            Place::Choice => {
                let index = self.now.choices.seen;
                self.now.choices.seen = index.saturating_add(1);
                self.now.choices.now = Some(Choice { index, finish_reason: None });
                self.now.evidence = true;
                self.now.is = Some(Dialect::OPENAI_CHAT);
            }
            Place::Usage | Place::CumulativeUsage | Place::FinalUsage => {
                if place == Place::Usage {
                    self.now.usage.counts = Counts::default();
                } else if self.now.usage.depth == 0 {
                    self.now.usage.counts = self.counts;
                }
                if place == Place::FinalUsage {
                    self.now.kind = Kind::Terminal;
                }
                self.now.usage.depth = self.now.usage.depth.saturating_add(1);
                self.now.usage.billed = false;
            }
            Place::Error => self.now.rare().error = ErrorName::default(),
            Place::Output => self.now.output = true,
            Place::Detail(_) => self.now.detail = Detail::default(),
            Place::EachUse(tool) => self.now.rare().count_use(tool),
            Place::AnyUse(tool) => self.now.rare().note_use(tool),
            Place::Terminal => self.now.kind = Kind::Terminal,
            Place::Image => self.now.rare().count_image(),
            Place::Items => self.items_begin(),
            _ => {}
        }
    }

    fn close(&mut self, place: Place) {
        match place {
            Place::Choice => match self.now.choices.now.take() {
                Some(Choice { index, finish_reason: Some(reason) }) => self.set_finish_reason(index, reason),
                _ => self.now.choices.go_on = true,
            },
            Place::Usage | Place::CumulativeUsage | Place::FinalUsage => {
                self.now.usage.depth = self.now.usage.depth.saturating_sub(1);
                if !self.now.usage.counts.is_empty() || self.now.usage.billed {
                    self.counts = self.now.usage.counts;
                    self.facts.usage = Some(self.usage());
                }
            }
            Place::Detail(side) => self.detail(side),
            Place::Items => self.now.in_items = false,
            Place::Item if self.now.in_items => self.item_of_array(),
            Place::Error => {
                let code = std::mem::take(&mut self.now.rare().error);
                self.set_error(code);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, place: Place, value: Scalar<'_>) {
        match place {
            Place::Model => keep_first(&mut self.facts.model, value),
            Place::Id => keep_first(&mut self.facts.id, value),
            Place::SystemFingerprint => keep_first(&mut self.facts.system_fingerprint, value),
            Place::ServiceTier => {
                if let Some(tier) = value.string() {
                    self.facts.service_tier = Some(tier);
                }
            }
            Place::EventType => {
                if let Scalar::Text(text) = value
                    && let Some(kind) = text.get()
                {
                    self.event_type(&kind);
                }
            }
            Place::ObjectKind => {
                if matches!(value, Scalar::Text(text) if text.is("error")) {
                    self.now.rare().is_error = true;
                }
            }
            Place::RootCode => self.now.rare().root.code = name(value),
            Place::RootType => self.now.rare().root.kind = name(value),
            Place::ErrorCode => self.now.rare().error.code = name(value),
            Place::ErrorType => self.now.rare().error.kind = name(value),
            Place::Error => match value {
                Scalar::Text(text) if text.is_empty() => {}
                Scalar::Text(_) | Scalar::LongText => {
                    self.set_error(ErrorName {
                        code: name(value),
                        class: class(value),
                        ..ErrorName::default()
                    });
                }
                _ => {}
            },
            Place::ChoiceIndex => {
                if let (Some(choice), Some(index)) = (&mut self.now.choices.now, value.count()) {
                    choice.index = index.try_into().unwrap_or(u32::MAX);
                }
            }
            Place::FinishReason => {
                if let Some(reason) = value.string() {
                    match &mut self.now.choices.now {
                        Some(choice) => choice.finish_reason = Some(reason),
                        None => self.set_finish_reason(0, reason),
                    }
                }
            }
            Place::Status => self.now.rare().status = value.string(),
            Place::IncompleteReason => self.now.rare().incomplete = value.string(),
            Place::Output => {
                self.now.output |= match value {
                    Scalar::Text(text) => !text.is_empty(),
                    Scalar::LongText => true,
                    _ => false,
                };
            }
            Place::Tokens(tokens) => {
                if let Some(count) = value.count() {
                    self.now.usage.counts.set(tokens, count);
                }
            }
            place => self.special(place, value),
        }
    }
}

impl Now {
    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}

/// Azure's first chunk has an empty model and id: the first that says something is kept.
fn keep_first(slot: &mut Option<CompactString>, value: Scalar<'_>) {
    if slot.is_none() {
        *slot = value.string();
    }
}

/// The name of an error, if it looks like one: a short identifier or a number, never a sentence.
fn name(value: Scalar<'_>) -> Option<CompactString> {
    let name = match value {
        Scalar::Text(_) => value.string()?,
        Scalar::Number(number) => number.as_str()?.into(),
        _ => return None,
    };
    let name = within_namespace(&name);
    let is_name = name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    (is_name && !name.is_empty()).then(|| name.into())
}

/// Amazon's names may have a namespace before them and an address behind: `com.amazon.coral#Name:http://...`.
fn within_namespace(name: &str) -> &str {
    if name.contains(char::is_whitespace) {
        return name;
    }
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    name.rsplit_once('#').map_or(name, |(_, name)| name)
}

/// What kind of error a message tells of.
fn class(value: Scalar<'_>) -> Option<ErrorClass> {
    let Scalar::Text(text) = value else { return None };
    ErrorClass::of_message(&text.get()?)
}

/// Whether a response is over with this status.
fn is_final(status: &str) -> bool {
    matches!(status, "completed" | "incomplete" | "failed" | "cancelled")
}
