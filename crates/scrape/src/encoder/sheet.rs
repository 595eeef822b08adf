use bytes::Bytes;

use crate::Format;

/// What a page is written on.
#[derive(Debug)]
pub(crate) enum Sheet {
    Text(String),
    Binary(Vec<u8>),
}

impl Sheet {
    /// An empty one for a format, with room for a page of `size` bytes.
    pub(crate) fn new(format: Format, size: usize) -> Self {
        match format {
            Format::OpenMetrics | Format::Text => Self::Text(String::with_capacity(size)),
            Format::Protobuf => Self::Binary(Vec::with_capacity(size)),
        }
    }

    /// Whether pages of the format are written on such a sheet.
    pub(crate) const fn is_for(&self, format: Format) -> bool {
        match self {
            Self::Text(_) => matches!(format, Format::OpenMetrics | Format::Text),
            Self::Binary(_) => matches!(format, Format::Protobuf),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_bytes().len()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Takes back what was written after the first `len` bytes, which must have been the length once.
    pub(crate) fn truncate(&mut self, len: usize) {
        match self {
            Self::Text(text) => text.truncate(len),
            Self::Binary(bytes) => bytes.truncate(len),
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Text(text) => text.into(),
            Self::Binary(bytes) => bytes.into(),
        }
    }
}
