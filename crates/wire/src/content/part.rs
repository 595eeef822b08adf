use serde::Serialize;

use super::Json;

/// A part of a message. It serializes to the conventions' JSON, `{"type": "text", "content": "..."}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        content: String,
    },
    /// What a model thought before it answered.
    Reasoning {
        /// The text.
        content: String,
    },
    /// A model wants a tool to be used.
    ToolCall {
        /// The id that the response names.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The tool.
        name: String,
        /// What it is called with: as JSON where that is what the model wrote, else as a string.
        #[serde(skip_serializing_if = "Option::is_none")]
        arguments: Option<Json>,
    },
    /// What the tool said.
    ToolCallResponse {
        /// The id of the call.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// What it said.
        response: Json,
    },
    /// The provider used a tool of its own.
    ServerToolCall {
        /// The id that the response names.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The tool.
        name: String,
        /// What the provider says of the use, an object with a `type`.
        server_tool_call: Json,
    },
    /// What the provider's tool said.
    ServerToolCallResponse {
        /// The id of the call.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// What it said, an object with a `type`.
        server_tool_call_response: Json,
    },
    /// Media that stands in the message itself.
    Blob {
        /// `image`, `audio`, `video` or `document`.
        modality: String,
        /// The media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// The conventions' place for the data: always empty, since it is not kept.
        content: &'static str,
        /// How many bytes it has, without its encoding; `None` where it could not be decoded.
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        /// The SHA-256 of these bytes, in hex; `None` also where they came in several events.
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    },
    /// Media at an address.
    Uri {
        /// `image`, `audio`, `video` or `document`.
        modality: String,
        /// The media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// The address.
        uri: String,
    },
    /// A file that the provider has.
    File {
        /// `image`, `audio`, `video` or `document`.
        modality: String,
        /// The media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// The provider's id of it.
        file_id: String,
    },
    /// Anything else that a provider knows: an object with a `type`.
    #[serde(untagged)]
    Generic(Json),
}

impl Part {
    pub(super) fn text(content: impl Into<String>) -> Self {
        Self::Text { content: content.into() }
    }

    /// Shows every text there is; see [`Content::for_each_text`](super::Content::for_each_text).
    pub fn for_each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Text { content } | Self::Reasoning { content } => visit(content),
            Self::ToolCall { id, name, arguments } => {
                id.iter_mut().for_each(&mut *visit);
                visit(name);
                if let Some(arguments) = arguments {
                    arguments.for_each_text(visit);
                }
            }
            Self::ServerToolCall { id, name, server_tool_call } => {
                id.iter_mut().for_each(&mut *visit);
                visit(name);
                server_tool_call.for_each_text(visit);
            }
            Self::ToolCallResponse { id, response }
            | Self::ServerToolCallResponse { id, server_tool_call_response: response } => {
                id.iter_mut().for_each(&mut *visit);
                response.for_each_text(visit);
            }
            Self::Blob { modality, mime_type, content: _, size: _, sha256 } => {
                visit(modality);
                mime_type.iter_mut().for_each(&mut *visit);
                sha256.iter_mut().for_each(visit);
            }
            Self::Uri { modality, mime_type, uri: place }
            | Self::File { modality, mime_type, file_id: place } => {
                visit(modality);
                mime_type.iter_mut().for_each(&mut *visit);
                visit(place);
            }
            Self::Generic(json) => json.for_each_text(visit),
        }
    }
}
