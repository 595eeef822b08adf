//! What is kept of one side of a call beside its facts, where anybody asks.

/// Reads the same bytes as the facts' reader, for something that most calls do without.
pub(crate) trait Keep {
    /// Another document begins, or the same request is sent again.
    fn restart(&mut self);

    /// Takes the next bytes.
    fn push(&mut self, bytes: &[u8]);
}

/// What is kept: text, content, or both.
#[derive(Debug)]
pub(crate) struct Kept<T, C> {
    pub(crate) text: Option<T>,
    pub(crate) content: Option<C>,
}

impl<T, C> Default for Kept<T, C> {
    fn default() -> Self {
        Self { text: None, content: None }
    }
}

impl<T: Keep, C: Keep> Kept<T, C> {
    /// In a box, as most calls have none; nothing where there is nothing to keep.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        (self.text.is_some() || self.content.is_some()).then(|| Box::new(self))
    }

    pub(crate) fn restart(&mut self) {
        if let Some(text) = &mut self.text {
            text.restart();
        }
        if let Some(content) = &mut self.content {
            content.restart();
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if let Some(text) = &mut self.text {
            text.push(bytes);
        }
        if let Some(content) = &mut self.content {
            content.push(bytes);
        }
    }
}
