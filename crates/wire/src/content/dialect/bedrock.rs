//! Bedrock's Converse, and Amazon's own models, which speak it when they are invoked.

use super::{add_part, chat::add_text, mime_type, other_tool, tool};
use crate::content::{
    Content, Json, Message, Part,
    assembly::{Assembly, Kind},
    node::Node,
};

pub(super) fn request(root: &mut Node, to: &mut Content) {
    to.system_instructions.extend(root.take("system").items().into_iter().filter_map(block));
    to.input_messages.extend(root.take("messages").items().into_iter().map(|mut node| {
        let role = node.take_string("role").unwrap_or_else(|| "user".to_owned());
        Message::new(role, node.take("content").items().into_iter().filter_map(block).collect())
    }));
    for mut node in root.take("toolConfig").take("tools").items() {
        match node.take("toolSpec") {
            mut function @ Node::Object(_) => {
                let schema = function.take("inputSchema").take("json");
                let name = function.take_string("name");
                to.tool_definitions.push(tool("function", name, function.take("description"), schema));
            }
            // A mark for the cache is no tool.
            _ if node.get("cachePoint").is_some() => {}
            _ => to.tool_definitions.push(other_tool(node)),
        }
    }
}

/// A block of a message.
fn block(mut node: Node) -> Option<Part> {
    if matches!(node, Node::Text(_)) {
        return node.into_string().map(Part::text);
    }
    if let text @ Node::Text(_) = node.take("text") {
        return text.into_string().map(Part::text);
    }
    for modality in ["image", "document", "video", "audio"] {
        if let mut media @ Node::Object(_) = node.take(modality) {
            return source(&mut media, modality);
        }
    }
    if let mut call @ Node::Object(_) = node.take("toolUse") {
        let name = call.take_string("name").unwrap_or_default();
        let arguments = call.get("input").is_some().then(|| call.take("input").into_json());
        return Some(Part::ToolCall { id: call.take_string("toolUseId"), name, arguments });
    }
    if let mut said @ Node::Object(_) = node.take("toolResult") {
        let response = Json::Array(said.take("content").items().into_iter().filter_map(result).collect());
        return Some(Part::ToolCallResponse { id: said.take_string("toolUseId"), response });
    }
    if let mut reasoning @ Node::Object(_) = node.take("reasoningContent") {
        let content = reasoning.take("reasoningText").take_string("text")?;
        return Some(Part::Reasoning { content });
    }
    if let mut guarded @ Node::Object(_) = node.take("guardContent") {
        return block(guarded.take("text")).or_else(|| block(guarded));
    }
    let Node::Object(members) = node else { return None };
    let mut members = members.into_iter().filter(|(_, value)| *value != Node::Null);
    let (kind, value) = members.next()?;
    if kind == "cachePoint" {
        return None;
    }
    Some(Part::Generic(Json::Object(vec![
        ("type".to_owned(), Json::String(kind)),
        ("value".to_owned(), value.into_json()),
    ])))
}

/// A block of what a tool said, as it stands but for media.
fn result(mut node: Node) -> Option<Json> {
    match node.take("json") {
        Node::Null => block(node).map(Json::of_part),
        json => Some(json.into_json()),
    }
}

fn source(media: &mut Node, modality: &str) -> Option<Part> {
    let mime_type = mime_type(modality, media.take_string("format"));
    let mut source = media.take("source");
    if let Some(text) = source.take_string("text") {
        return Some(Part::text(text));
    }
    match source.take("s3Location") {
        mut place @ Node::Object(_) => place.take("uri").into_media(modality, mime_type),
        _ => source.take("bytes").into_media(modality, mime_type),
    }
}

/// A whole reply, or an event of one. Where a model is invoked each event stands in a member of its own.
pub(super) fn reply(mut root: Node, to: &mut Assembly) -> bool {
    for event in ["messageStart", "contentBlockStart", "contentBlockDelta", "messageStop"] {
        if let inner @ Node::Object(_) = root.take(event) {
            return reply(inner, to);
        }
    }
    let place = root.count("contentBlockIndex").unwrap_or(0);
    if let mut message @ Node::Object(_) = root.take("output").take("message") {
        to.role(CHOICE, message.take_string("role"));
        for (place, block) in (0..).zip(message.take("content").items()) {
            start(place, block, to);
        }
    } else if root.get("contentBlockIndex").is_some() {
        if let mut begun @ Node::Object(_) = root.take("start") {
            let mut call = begun.take("toolUse");
            let id = call.take_string("toolUseId");
            if let Some(name) = call.take_string("name") {
                to.add(CHOICE, (place, 0), Kind::Call { id, name }, None);
            }
        }
        delta(place, &mut root.take("delta"), to);
    } else if let Some(role) = root.take_string("role") {
        to.role(CHOICE, Some(role));
    }
    to.finish(CHOICE, root.str("stopReason"));
    true
}

const CHOICE: u64 = 0;

fn start(place: u64, mut node: Node, to: &mut Assembly) {
    let slot = (place, 0);
    if let text @ Node::Text(_) = node.take("text") {
        add_text(CHOICE, slot, Kind::Text, text.into_text(), to);
    } else if node.get("reasoningContent").is_some() {
        let text = node.take("reasoningContent").take("reasoningText").take("text").into_text();
        add_text(CHOICE, slot, Kind::Reasoning, text, to);
    } else {
        add_part(to, CHOICE, slot, block(node));
    }
}

fn delta(place: u64, delta: &mut Node, to: &mut Assembly) {
    let slot = (place, 0);
    add_text(CHOICE, slot, Kind::Text, delta.take("text").into_text(), to);
    let reasoning = delta.take("reasoningContent").take("text").into_text();
    add_text(CHOICE, slot, Kind::Reasoning, reasoning, to);
    to.input(CHOICE, slot, delta.take("toolUse").take("input").into_text());
}
