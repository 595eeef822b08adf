//! Anthropic's messages.

use super::{add_part, chat::add_text, other_tool, tool, values};
use crate::content::{
    Content, Json, Message, Part,
    assembly::{Assembly, Kind},
    node::{Node, text_message},
};

pub(super) fn request(root: &mut Node, to: &mut Content) {
    to.system_instructions.extend(root.take("system").items().into_iter().filter_map(block));
    to.input_messages.extend(root.take("messages").items().into_iter().map(|mut node| {
        let role = node.take_string("role").unwrap_or_else(|| "user".to_owned());
        Message::new(role, node.take("content").items().into_iter().filter_map(block).collect())
    }));
    to.input_messages.extend(root.take("prompt").into_text().map(|prompt| text_message("user", prompt)));
    for mut node in root.take("tools").items() {
        to.tool_definitions.push(match node.take("input_schema") {
            // A tool of Anthropic's, which has a version for its type.
            Node::Null => other_tool(node),
            schema => tool("function", node.take_string("name"), node.take("description"), schema),
        });
    }
}

/// A block of a message.
fn block(mut node: Node) -> Option<Part> {
    if matches!(node, Node::Text(_)) {
        return node.into_string().map(Part::text);
    }
    let kind = node.str("type").unwrap_or_default();
    match kind {
        "text" => node.take_string("text").map(Part::text),
        "thinking" => node.take_string("thinking").map(|content| Part::Reasoning { content }),
        "image" => source(&mut node, "image"),
        "document" => source(&mut node, "document"),
        "tool_use" => {
            let name = node.take_string("name").unwrap_or_default();
            let arguments = values(node.take("input"));
            Some(Part::ToolCall { id: node.take_string("id"), name, arguments })
        }
        "tool_result" => {
            let response = node.take("content");
            let response = match response {
                Node::Array(blocks) if blocks.iter().any(|block| block.get("source").is_some()) => {
                    // An image among them is no more kept than elsewhere.
                    Json::Array(blocks.into_iter().filter_map(block).map(Json::of_part).collect())
                }
                response => response.into_json(),
            };
            Some(Part::ToolCallResponse { id: node.take_string("tool_use_id"), response })
        }
        "server_tool_use" => {
            let name = node.take_string("name").unwrap_or_default();
            let id = node.take_string("id");
            let server_tool_call = node.into_json().with_type(&name);
            Some(Part::ServerToolCall { id, name, server_tool_call })
        }
        _ if kind.ends_with("_tool_result") => {
            let kind = kind.to_owned();
            let id = node.take_string("tool_use_id");
            Some(Part::ServerToolCallResponse {
                id,
                server_tool_call_response: node.into_json().with_type(&kind),
            })
        }
        // What is encrypted says nothing.
        "redacted_thinking" => None,
        _ => node.into_part(),
    }
}

/// Media, or a text that stands for a document.
fn source(node: &mut Node, modality: &str) -> Option<Part> {
    let mut source = node.take("source");
    let mime_type = source.take_string("media_type");
    match source.str("type") {
        Some("text") => source.take_string("data").map(Part::text),
        Some("file") => {
            let file_id = source.take_string("file_id")?;
            Some(Part::File { modality: modality.to_owned(), mime_type, file_id })
        }
        Some("content") => source.into_part(),
        _ => source.take_any(&["data", "url"]).into_media(modality, mime_type),
    }
}

/// A whole message, or an event of one.
pub(super) fn reply(mut root: Node, to: &mut Assembly) -> bool {
    let place = root.count("index").unwrap_or(0);
    match root.str("type") {
        Some("message") => {
            to.role(CHOICE, root.take_string("role"));
            for (place, block) in (0..).zip(root.take("content").items()) {
                start(place, block, to);
            }
            to.finish(CHOICE, root.str("stop_reason"));
        }
        // The older API, as Bedrock has it.
        Some("completion") => {
            add_text(CHOICE, (0, 0), Kind::Text, root.take("completion").into_text(), to);
            to.finish(CHOICE, root.str("stop_reason"));
        }
        Some("message_start") => to.role(CHOICE, root.take("message").take_string("role")),
        Some("content_block_start") => start(place, root.take("content_block"), to),
        Some("content_block_delta") => delta(place, &mut root.take("delta"), to),
        Some("message_delta") => to.finish(CHOICE, root.take("delta").str("stop_reason")),
        _ => return false,
    }
    true
}

const CHOICE: u64 = 0;

/// A block, or what is known of one that begins.
fn start(place: u64, mut node: Node, to: &mut Assembly) {
    let slot = (place, 0);
    match node.str("type") {
        Some("text") => add_text(CHOICE, slot, Kind::Text, node.take("text").into_text(), to),
        Some("thinking") => add_text(CHOICE, slot, Kind::Reasoning, node.take("thinking").into_text(), to),
        Some(kind @ ("tool_use" | "server_tool_use"))
            if node.get("input").is_none_or(|input| *input == Node::Object(Vec::new())) =>
        {
            // What it is called with comes in pieces, if at all.
            let is_server = kind == "server_tool_use";
            let (id, name) = (node.take_string("id"), node.take_string("name").unwrap_or_default());
            let kind = if is_server { Kind::ServerCall { id, name } } else { Kind::Call { id, name } };
            to.add(CHOICE, slot, kind, None);
        }
        _ => add_part(to, CHOICE, slot, block(node)),
    }
}

fn delta(place: u64, delta: &mut Node, to: &mut Assembly) {
    let slot = (place, 0);
    match delta.str("type") {
        Some("text_delta") => add_text(CHOICE, slot, Kind::Text, delta.take("text").into_text(), to),
        Some("thinking_delta") => {
            add_text(CHOICE, slot, Kind::Reasoning, delta.take("thinking").into_text(), to);
        }
        Some("input_json_delta") => to.input(CHOICE, slot, delta.take("partial_json").into_text()),
        _ => {}
    }
}
