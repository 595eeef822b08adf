use super::{Content, assembly::Assembly, dialect::Dialect, document::Document};
use crate::{Api, kept::Keep};

/// Keeps the content of a reply.
#[derive(Debug)]
pub(crate) struct ReplyContent {
    dialect: Dialect,
    assembly: Assembly,
    /// The document that is being read.
    document: Option<Document>,
}

/// An event is read as far as this even where its text will not be kept: it may say why the model stopped.
const LEAST_ROOM: usize = 8 * 1024;

impl ReplyContent {
    /// For the APIs whose replies are understood.
    pub(crate) fn new(api: Api, limit: usize) -> Option<Self> {
        let dialect = Dialect::of(api)?;
        let mut content = Self { dialect, assembly: Assembly::new(limit), document: None };
        // The first document of a body that is no stream begins with it.
        content.restart();
        Some(content)
    }

    /// What is left of the document is not to come.
    fn end(&mut self) {
        let Some(mut document) = self.document.take() else { return };
        if let Some(root) = document.take()
            && self.dialect.reply(root, &mut self.assembly)
            && document.is_truncated()
        {
            self.assembly.set_truncated();
        }
    }

    pub(crate) fn take(mut self) -> Content {
        self.end();
        self.assembly.into_content()
    }
}

impl Keep for ReplyContent {
    fn restart(&mut self) {
        let room = self.assembly.room().max(LEAST_ROOM);
        self.document = Some(Document::new(self.dialect.reply_roots(), room));
    }

    fn push(&mut self, bytes: &[u8]) {
        let Some(document) = &mut self.document else { return };
        document.push(bytes);
        if document.is_done() {
            self.end();
        }
    }
}
