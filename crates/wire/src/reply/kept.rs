use crate::{content::ReplyContent, text::ReplyText};

/// What is kept of a reply beside its facts, where anything is: in a box, as most calls have none.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) text: Option<ReplyText>,
    pub(super) content: Option<ReplyContent>,
}

impl Kept {
    /// Nothing where there is nothing to keep: events are then passed over.
    pub(super) fn boxed(self) -> Option<Box<Self>> {
        (self.text.is_some() || self.content.is_some()).then(|| Box::new(self))
    }

    /// Another document begins.
    pub(super) fn restart(&mut self) {
        if let Some(text) = &mut self.text {
            text.restart();
        }
        if let Some(content) = &mut self.content {
            content.restart();
        }
    }

    /// Takes the next bytes of the document.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if let Some(text) = &mut self.text {
            text.push(bytes);
        }
        if let Some(content) = &mut self.content {
            content.push(bytes);
        }
    }
}
