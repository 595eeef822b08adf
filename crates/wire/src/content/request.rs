use super::{Content, dialect::Dialect, document::Document};
use crate::{Api, kept::Keep};

/// Keeps the content of a request.
#[derive(Debug)]
pub(crate) struct RequestContent {
    dialect: Dialect,
    limit: usize,
    document: Document,
}

impl RequestContent {
    /// For the APIs whose requests are understood.
    pub(crate) fn new(api: Api, limit: usize) -> Option<Self> {
        let dialect = Dialect::of(api)?;
        Some(Self { dialect, limit, document: Document::new(dialect.request_roots(), limit) })
    }

    pub(crate) fn take(mut self) -> Content {
        let mut content = Content::default();
        if let Some(mut root) = self.document.take() {
            self.dialect.request(&mut root, &mut content);
        }
        content.truncated |= self.document.is_truncated();
        content
    }
}

impl Keep for RequestContent {
    fn restart(&mut self) {
        self.document = Document::new(self.dialect.request_roots(), self.limit);
    }

    fn push(&mut self, bytes: &[u8]) {
        self.document.push(bytes);
    }
}
