use super::{
    Content, Json, Message, Part,
    dialect::arguments,
    finish,
    string::{Piece, boundary, mark_cut},
};

/// The messages of a reply, put together from what its events add.
#[derive(Debug)]
pub(super) struct Assembly {
    /// How much more text is kept.
    room: usize,
    choices: Vec<Choice>,
    truncated: bool,
}

#[derive(Debug)]
pub(super) struct Choice {
    index: u64,
    role: Option<String>,
    drafts: Vec<Draft>,
    finish_reason: Option<String>,
}

/// A part that may grow.
#[derive(Debug)]
struct Draft {
    slot: Slot,
    kind: Kind,
    text: String,
    cut: bool,
}

/// Which part of a choice an event is about.
pub(super) type Slot = (u64, u64);

/// What a part is.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Reasoning,
    /// A call of a tool, whose text is its arguments.
    Call {
        id: Option<String>,
        name: String,
    },
    /// The same of a tool of the provider's.
    ServerCall {
        id: Option<String>,
        name: String,
    },
    /// Media in pieces, of which the bytes are counted.
    Media {
        modality: &'static str,
        size: u64,
    },
    /// A part that came whole.
    Whole(Part),
}

/// More than any provider serves.
const MOST_CHOICES: usize = 128;

/// What a part takes up beside its text.
const DRAFT: usize = 128;

impl Assembly {
    pub(super) const fn new(room: usize) -> Self {
        Self { room, choices: Vec::new(), truncated: false }
    }

    /// How much more is kept.
    pub(super) const fn room(&self) -> usize {
        self.room
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    /// Something is missing.
    pub(super) const fn set_truncated(&mut self) {
        self.truncated = true;
    }

    /// The choice with that index, for what follows.
    fn choice(&mut self, index: u64) -> Option<&mut Choice> {
        let at = match self.choices.iter().position(|choice| choice.index == index) {
            Some(at) => at,
            None if self.choices.len() == MOST_CHOICES => {
                self.truncated = true;
                return None;
            }
            None => {
                self.choices.push(Choice { index, role: None, drafts: Vec::new(), finish_reason: None });
                self.choices.len() - 1
            }
        };
        self.choices.get_mut(at)
    }

    fn known(&self, index: u64) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.index == index)
    }

    pub(super) fn role(&mut self, choice: u64, role: Option<String>) {
        if let Some(choice) = self.choice(choice)
            && role.is_some()
        {
            choice.role = role;
        }
    }

    pub(super) fn finish(&mut self, choice: u64, reason: Option<&str>) {
        if let Some(reason) = reason.map(finish::reason)
            && let Some(choice) = self.choice(choice)
        {
            choice.finish_reason = Some(reason.to_owned());
        }
    }

    /// Whether something is known of that part.
    pub(super) fn has(&self, choice: u64, slot: u64) -> bool {
        let choice = self.known(choice);
        choice.is_some_and(|choice| choice.drafts.iter().any(|draft| draft.slot.0 == slot))
    }

    /// Whether the model wants a tool to be used.
    pub(super) fn has_call(&self, choice: u64) -> bool {
        let choice = self.known(choice);
        choice.is_some_and(|choice| {
            let is_call =
                |draft: &Draft| matches!(draft.kind, Kind::Call { .. } | Kind::Whole(Part::ToolCall { .. }));
            choice.drafts.iter().any(is_call)
        })
    }

    /// A number for a part that no event names: that of the last one, if it is of this kind.
    pub(super) fn last_or_next(&self, choice: u64, kind: &Kind) -> Slot {
        let choice = self.known(choice);
        let drafts = choice.map(|choice| choice.drafts.as_slice()).unwrap_or_default();
        match drafts.last() {
            Some(last) if last.kind.is(kind) => last.slot,
            _ => (drafts.len() as u64, 0),
        }
    }

    /// A number for a part that comes whole.
    pub(super) fn next(&self, choice: u64) -> Slot {
        let choice = self.known(choice);
        (choice.map_or(0, |choice| choice.drafts.len() as u64), 0)
    }

    /// Adds to what a tool is called with, ours or the provider's.
    pub(super) fn input(&mut self, choice: u64, slot: Slot, text: Option<Piece>) {
        if text.is_none() {
            return;
        }
        let (id, name) = (None, String::new());
        let is_server = self.is_server_call(choice, slot);
        let kind = if is_server { Kind::ServerCall { id, name } } else { Kind::Call { id, name } };
        self.add(choice, slot, kind, text);
    }

    fn is_server_call(&self, choice: u64, slot: Slot) -> bool {
        let choice = self.known(choice);
        let is_server = |draft: &Draft| draft.slot == slot && matches!(draft.kind, Kind::ServerCall { .. });
        choice.is_some_and(|choice| choice.drafts.iter().any(is_server))
    }

    /// Adds a text to a part, which begins with it if there is none. What a call is called is said once, with its first
    /// text or later.
    pub(super) fn add(&mut self, choice: u64, slot: Slot, kind: Kind, text: Option<Piece>) {
        let room = self.room;
        let Some(choice) = self.choice(choice) else { return };
        let known = choice.drafts.iter_mut().find(|draft| draft.slot == slot && draft.kind.is(&kind));
        let mut taken = 0;
        let draft = match known {
            Some(draft) => {
                draft.kind.learn(kind);
                draft
            }
            None if room < DRAFT => {
                self.fill();
                return;
            }
            None => {
                taken = DRAFT;
                choice.drafts.push(Draft { slot, kind, text: String::new(), cut: false });
                let Some(draft) = choice.drafts.last_mut() else { return };
                draft
            }
        };
        let Some(Piece { text, cut, .. }) = text else {
            self.room -= taken;
            return;
        };
        let kept = text.get(..boundary(&text, room - taken)).unwrap_or_default();
        draft.push(kept, room - taken);
        taken += kept.len();
        if cut || kept.len() < text.len() {
            draft.cut = true;
            self.fill();
        } else {
            self.room -= taken;
        }
    }

    /// Adds a part that is whole; `size` is what it takes up.
    pub(super) fn whole(&mut self, choice: u64, slot: Slot, part: Part, size: usize) {
        let size = size + DRAFT;
        if size > self.room {
            self.fill();
        } else if let Some(choice) = self.choice(choice) {
            choice.drafts.push(Draft { slot, kind: Kind::Whole(part), text: String::new(), cut: false });
            self.room -= size;
        }
    }

    /// There is more than is kept, and what follows a gap is not kept either.
    const fn fill(&mut self) {
        self.room = 0;
        self.truncated = true;
    }

    pub(super) fn into_content(mut self) -> Content {
        self.choices.sort_by_key(|choice| choice.index);
        for choice in &mut self.choices {
            self.truncated |= choice.break_off();
        }
        let output_messages = self.choices.into_iter().map(Choice::into_message).collect();
        Content { output_messages, truncated: self.truncated, ..Content::default() }
    }
}

impl Choice {
    /// Where nobody said that it was all, the last part may have been broken off.
    fn break_off(&mut self) -> bool {
        let last = self.drafts.last_mut().filter(|draft| self.finish_reason.is_none() && draft.grows());
        last.is_some_and(|draft| {
            draft.cut = true;
            true
        })
    }

    fn into_message(self) -> Message {
        let parts = self.drafts.into_iter().filter_map(Draft::into_part).collect();
        let mut message = Message::new(self.role.unwrap_or_else(|| "assistant".to_owned()), parts);
        message.finish_reason = Some(self.finish_reason.unwrap_or_else(|| finish::ERROR.to_owned()));
        message
    }
}

impl Draft {
    /// Adds a text; the memory grows by a fourth at least and not beyond what is kept.
    fn push(&mut self, text: &str, room: usize) {
        if self.text.capacity() - self.text.len() < text.len() {
            self.text.reserve_exact(text.len().max((self.text.len() / 4).min(room)));
        }
        self.text.push_str(text);
    }

    /// Whether it has a text that comes in pieces.
    fn grows(&self) -> bool {
        !self.text.is_empty() && !matches!(self.kind, Kind::Whole(_) | Kind::Media { .. })
    }

    fn into_part(self) -> Option<Part> {
        let Self { kind, mut text, cut, .. } = self;
        if cut {
            mark_cut(&mut text);
        }
        let values = |text: String| (!text.is_empty()).then(|| arguments(text, cut));
        Some(match kind {
            Kind::Text | Kind::Reasoning if text.is_empty() => return None,
            Kind::Text => Part::Text { content: text },
            Kind::Reasoning => Part::Reasoning { content: text },
            Kind::Call { id, name } => Part::ToolCall { id, name, arguments: values(text) },
            Kind::ServerCall { id, name } => {
                let server_tool_call = Json::Object(vec![
                    ("type".to_owned(), Json::text(name.clone())),
                    ("input".to_owned(), values(text).unwrap_or(Json::Null)),
                ]);
                Part::ServerToolCall { id, name, server_tool_call }
            }
            Kind::Media { modality, size } => Part::Blob {
                modality: modality.to_owned(),
                mime_type: None,
                content: "",
                size: Some(size),
                sha256: None,
            },
            Kind::Whole(part) => part,
        })
    }
}

impl Kind {
    fn is(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Takes over what another event says of the same part.
    fn learn(&mut self, other: Self) {
        match (self, other) {
            (
                Self::Call { id, name } | Self::ServerCall { id, name },
                Self::Call { id: other, name: said } | Self::ServerCall { id: other, name: said },
            ) => {
                *id = id.take().or(other);
                if name.is_empty() {
                    *name = said;
                }
            }
            (Self::Media { size, .. }, Self::Media { size: more, .. }) => *size += more,
            _ => {}
        }
    }
}
