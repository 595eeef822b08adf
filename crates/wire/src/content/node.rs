use serde_json::Number;

use super::{Json, Message, Part, media::Digest, string::Piece};

/// A JSON value of a body, before it is known what it means.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Node {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    Text(Piece),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The member of that name; of several the last.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The same in a way down.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Takes the member of that name out; `Null` where there is none.
    pub(super) fn take(&mut self, key: &str) -> Self {
        let Self::Object(members) = self else { return Self::Null };
        let member = members.iter_mut().rev().find(|(name, _)| name == key);
        member.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }

    /// The first of these members that is there, with something in it.
    pub(super) fn take_any(&mut self, keys: &[&str]) -> Self {
        let found = keys.iter().map(|key| self.take(key)).find(|node| *node != Self::Null);
        found.unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// The string that is the member of that name.
    pub(super) fn str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    pub(super) fn count(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Self::Bool(true)))
    }

    /// The text, if it is one that is not empty.
    pub(super) fn into_text(self) -> Option<Piece> {
        match self {
            Self::Text(text) if !text.text.is_empty() || text.cut || text.digest.is_some() => Some(text),
            _ => None,
        }
    }

    pub(super) fn into_string(self) -> Option<String> {
        self.into_text().map(Piece::finish)
    }

    /// Takes out the string that is the member of that name.
    pub(super) fn take_string(&mut self, key: &str) -> Option<String> {
        self.take(key).into_string()
    }

    /// The elements, of which a value that is no array is the only one.
    pub(super) fn items(self) -> Vec<Self> {
        match self {
            Self::Null => Vec::new(),
            Self::Array(items) => items,
            node => vec![node],
        }
    }

    /// The value as it stands, with media replaced by what is known of it.
    pub(super) fn into_json(self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::Bool(bool),
            Self::Number(number) => Json::Number(number),
            Self::Text(Piece { text, digest: Some(digest), .. }) if text.is_empty() => {
                let Digest { size, sha256, .. } = *digest;
                Json::String(format!("[base64 of {size} bytes with SHA-256 {sha256}]"))
            }
            Self::Text(text) => Json::String(text.finish()),
            Self::Array(items) => Json::Array(items.into_iter().map(Self::into_json).collect()),
            Self::Object(members) => {
                Json::Object(members.into_iter().map(|(key, value)| (key, value.into_json())).collect())
            }
        }
    }

    /// A part that the conventions have no word for, if it says anything.
    pub(super) fn into_part(self) -> Option<Part> {
        let says = matches!(&self, Self::Object(members) if !members.is_empty());
        says.then(|| Part::Generic(self.into_json().with_type("unknown")))
    }

    /// Media in the message itself or at an address.
    pub(super) fn into_media(self, modality: &str, mime_type: Option<String>) -> Option<Part> {
        let text = self.into_text()?;
        let stated = text.digest.as_ref().and_then(|digest| digest.mime_type.clone());
        let mime_type = stated.or(mime_type);
        let modality = mime_type.as_deref().and_then(modality_of).unwrap_or(modality).to_owned();
        Some(match text.digest {
            Some(digest) => {
                let Digest { size, sha256, .. } = *digest;
                Part::Blob { modality, mime_type, content: "", size: Some(size), sha256: Some(sha256) }
            }
            None if text.cut || !text.text.contains("://") || text.text.starts_with("data:") => {
                Part::Blob { modality, mime_type, content: "", size: None, sha256: None }
            }
            None => Part::Uri { modality, mime_type, uri: text.text },
        })
    }
}

/// What a media type is of.
pub(super) fn modality_of(mime_type: &str) -> Option<&'static str> {
    ["image", "audio", "video"].into_iter().find(|kind| mime_type.starts_with(kind)).or_else(|| {
        let is_document = mime_type.starts_with("text/") || mime_type.starts_with("application/");
        is_document.then_some("document")
    })
}

/// A message of one text.
pub(super) fn text_message(role: &str, text: Piece) -> Message {
    Message::new(role, vec![Part::text(text.finish())])
}
