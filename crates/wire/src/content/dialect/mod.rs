//! What the bodies of each provider mean.

mod anthropic;
mod bedrock;
mod chat;
mod gemini;
mod responses;

use super::{
    Content, Json, Part,
    assembly::{Assembly, Slot},
    document::Document,
    node::Node,
};
use crate::Api;

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// OpenAI's chat and text completions.
    Chat,
    Responses,
    Anthropic,
    Gemini,
    Converse,
    /// Bedrock's invocations, in the words of the model's vendor: Anthropic's, or Amazon's, which are Converse's.
    Invoke,
}

impl Dialect {
    pub(super) const fn of(api: Api) -> Option<Self> {
        Some(match api {
            Api::OpenAiChat | Api::OpenAiCompletions => Self::Chat,
            Api::OpenAiResponses => Self::Responses,
            Api::AnthropicMessages => Self::Anthropic,
            Api::GeminiGenerate => Self::Gemini,
            Api::BedrockConverse => Self::Converse,
            Api::BedrockInvoke => Self::Invoke,
            _ => return None,
        })
    }

    /// The members of a request that are read.
    pub(super) const fn request_roots(self) -> &'static [&'static str] {
        match self {
            Self::Chat => &["messages", "prompt", "tools", "functions"],
            Self::Responses => &["instructions", "input", "tools"],
            Self::Anthropic => &["system", "messages", "tools"],
            Self::Gemini => &["systemInstruction", "system_instruction", "contents", "tools"],
            Self::Converse => &["system", "messages", "toolConfig"],
            Self::Invoke => &["anthropic_version", "prompt", "system", "messages", "tools", "toolConfig"],
        }
    }

    /// The members of a reply, or of an event of one, that are read.
    pub(super) const fn reply_roots(self) -> &'static [&'static str] {
        match self {
            Self::Chat => &["choices"],
            Self::Responses => &[
                "type",
                "output_index",
                "content_index",
                "summary_index",
                "delta",
                "item",
                "response",
                "status",
                "incomplete_details",
                "output",
            ],
            Self::Gemini => &["candidates"],
            Self::Anthropic | Self::Converse | Self::Invoke => &[],
        }
    }

    pub(super) fn request(self, root: &mut Node, to: &mut Content) {
        match self {
            Self::Chat => chat::request(root, to),
            Self::Responses => responses::request(root, to),
            Self::Anthropic => anthropic::request(root, to),
            Self::Gemini => gemini::request(root, to),
            Self::Invoke if root.get("anthropic_version").is_some() || root.get("prompt").is_some() => {
                anthropic::request(root, to);
            }
            Self::Converse | Self::Invoke => bedrock::request(root, to),
        }
    }

    /// Reads a reply or an event of one, and says whether it was needed.
    pub(super) fn reply(self, root: Node, to: &mut Assembly) -> bool {
        match self {
            Self::Chat => chat::reply(root, to),
            Self::Responses => responses::reply(root, to),
            Self::Anthropic => anthropic::reply(root, to),
            Self::Gemini => gemini::reply(root, to),
            Self::Invoke if root.get("type").is_some() => anthropic::reply(root, to),
            Self::Converse | Self::Invoke => bedrock::reply(root, to),
        }
    }
}

/// What a tool is called with: JSON, if that is what the model wrote and all of it is here.
pub(super) fn arguments(text: String, cut: bool) -> Json {
    if !cut && text.trim_ascii_start().starts_with(['{', '[']) {
        let room = 4 * text.len() + 1024;
        if let Some(json) = Document::parse(text.as_bytes(), room) {
            return json.into_json();
        }
    }
    Json::String(text)
}

/// The same where it may have been written as JSON or as a string that holds it.
fn values(node: Node) -> Option<Json> {
    match node {
        Node::Null => None,
        Node::Text(text) => {
            let cut = text.cut;
            Some(arguments(text.finish(), cut))
        }
        node => Some(node.into_json()),
    }
}

/// A tool in the conventions' words; a tool of the provider's is called by its type.
fn tool(kind: &str, name: Option<String>, description: Node, parameters: Node) -> Json {
    let mut members = vec![
        ("type".to_owned(), Json::text(kind)),
        ("name".to_owned(), Json::String(name.unwrap_or_else(|| kind.to_owned()))),
    ];
    if let Some(description) = description.into_string() {
        members.push(("description".to_owned(), Json::String(description)));
    }
    if parameters != Node::Null {
        members.push(("parameters".to_owned(), parameters.into_json()));
    }
    Json::Object(members)
}

/// A tool that is not a function: as the provider writes it, with a type and a name.
fn other_tool(mut node: Node) -> Json {
    let kind = node.take_string("type").unwrap_or_else(|| "unknown".to_owned());
    let name = node.take_string("name").unwrap_or_else(|| kind.clone());
    let mut members = vec![("type".to_owned(), Json::String(kind)), ("name".to_owned(), Json::String(name))];
    if let Json::Object(others) = node.into_json() {
        members.extend(others.into_iter().filter(|(key, _)| key != "type" && key != "name"));
    }
    Json::Object(members)
}

/// Adds a part of a reply that came whole.
fn add_part(to: &mut Assembly, choice: u64, slot: Slot, part: Option<Part>) {
    let Some(mut part) = part else { return };
    let mut size = 0;
    part.for_each_text(&mut |text| size += text.len() + 32);
    to.whole(choice, slot, part, size);
}

/// The media type of a format that is only the end of one.
fn mime_type(modality: &str, format: Option<String>) -> Option<String> {
    let format = format?;
    Some(if modality == "document" {
        format!("application/{format}")
    } else {
        format!("{modality}/{format}")
    })
}
