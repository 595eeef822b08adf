use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Number;

use super::Part;

/// A JSON value as it stood in a body, with the order of its keys.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member of that name, if this is an object that has it; of several the last.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A part, as it is serialized.
    pub(super) fn of_part(part: Part) -> Self {
        let named = |kind: &str, members: Vec<(&str, Option<Self>)>| {
            let members = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
            Self::Object(std::iter::once(("type".to_owned(), Self::text(kind))).chain(members).collect())
        };
        let text = |text: Option<String>| text.map(Self::String);
        match part {
            Part::Text { content } => named("text", vec![("content", text(Some(content)))]),
            Part::Blob { modality, mime_type, size, sha256, .. } => named(
                "blob",
                vec![
                    ("modality", text(Some(modality))),
                    ("mime_type", text(mime_type)),
                    ("content", Some(Self::text(""))),
                    ("size", size.map(|size| Self::Number(size.into()))),
                    ("sha256", text(sha256)),
                ],
            ),
            Part::Uri { modality, mime_type, uri } => named(
                "uri",
                vec![
                    ("modality", text(Some(modality))),
                    ("mime_type", text(mime_type)),
                    ("uri", text(Some(uri))),
                ],
            ),
            Part::File { modality, mime_type, file_id } => named(
                "file",
                vec![
                    ("modality", text(Some(modality))),
                    ("mime_type", text(mime_type)),
                    ("file_id", text(Some(file_id))),
                ],
            ),
            Part::Generic(json) => json,
            _ => Self::Null,
        }
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// An object with a `type`, which is this where the value has none.
    pub(super) fn with_type(self, kind: &str) -> Self {
        if self.get("type").is_some_and(|kind| kind.as_str().is_some()) {
            return self;
        }
        let kind = ("type".to_owned(), Self::text(kind));
        Self::Object(match self {
            Self::Object(members) => {
                std::iter::once(kind).chain(members.into_iter().filter(|(key, _)| key != "type")).collect()
            }
            value => vec![kind, ("value".to_owned(), value)],
        })
    }

    /// Shows every text there is; see [`Content::for_each_text`](super::Content::for_each_text).
    pub fn for_each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Null | Self::Bool(_) => {}
            Self::Number(number) => {
                let written = number.to_string();
                let mut text = written.clone();
                visit(&mut text);
                if text != written {
                    *self = Self::String(text);
                }
            }
            Self::String(text) => visit(text),
            Self::Array(items) => items.iter_mut().for_each(|item| item.for_each_text(visit)),
            Self::Object(members) => {
                for (key, value) in members {
                    visit(key);
                    value.for_each_text(visit);
                }
            }
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}
