//! OpenAI's chat and text completions, as OpenAI and the many servers that speak them write them.

use super::{add_part, mime_type, other_tool, tool, values};
use crate::content::{
    Content, Message, Part,
    assembly::{Assembly, Kind},
    node::{Node, modality_of, text_message},
    string::Piece,
};

pub(super) fn request(root: &mut Node, to: &mut Content) {
    to.input_messages.extend(root.take("messages").items().into_iter().map(message));
    let prompts = root.take("prompt").items().into_iter().filter_map(Node::into_text);
    to.input_messages.extend(prompts.map(|prompt| text_message("user", prompt)));
    for mut node in root.take("tools").items() {
        to.tool_definitions.push(match node.take("function") {
            Node::Null => other_tool(node),
            mut function => defined(&mut function),
        });
    }
    let functions = root.take("functions").items();
    to.tool_definitions.extend(functions.into_iter().map(|mut function| defined(&mut function)));
}

/// A function that the model may call.
pub(super) fn defined(function: &mut Node) -> crate::content::Json {
    let name = function.take_string("name");
    tool("function", name, function.take("description"), function.take("parameters"))
}

fn message(mut node: Node) -> Message {
    let role = node.take_string("role").unwrap_or_else(|| "user".to_owned());
    let mut parts = Vec::new();
    reasoning(&mut node, &mut parts);
    if role == "tool" || role == "function" {
        let response = node.take("content").into_json();
        parts.push(Part::ToolCallResponse { id: node.take_string("tool_call_id"), response });
    } else {
        content(node.take("content"), &mut parts);
    }
    content(node.take("refusal"), &mut parts);
    parts.extend(node.take("tool_calls").items().into_iter().filter_map(call));
    if let function @ Node::Object(_) = node.take("function_call") {
        parts.push(named_call(None, function));
    }
    if let Some(file_id) = node.take("audio").take_string("id") {
        parts.push(Part::File { modality: "audio".to_owned(), mime_type: None, file_id });
    }
    let mut message = Message::new(role, parts);
    message.name = node.take_string("name");
    message
}

fn reasoning(node: &mut Node, to: &mut Vec<Part>) {
    if let Some(content) = node.take_any(&REASONING).into_string() {
        to.push(Part::Reasoning { content });
    }
}

/// Where compatible servers write what the model thought.
const REASONING: [&str; 3] = ["reasoning_content", "reasoning", "thinking"];

fn call(mut node: Node) -> Option<Part> {
    let id = node.take_string("id");
    Some(match node.take("function") {
        function @ Node::Object(_) => named_call(id, function),
        _ => match node.take("custom") {
            Node::Null => return node.into_part(),
            custom => named_call(id, custom),
        },
    })
}

fn named_call(id: Option<String>, mut function: Node) -> Part {
    let name = function.take_string("name").unwrap_or_default();
    Part::ToolCall { id, name, arguments: values(function.take_any(&["arguments", "input"])) }
}

/// What a message says: a string, or parts.
pub(super) fn content(node: Node, to: &mut Vec<Part>) {
    for item in node.items() {
        to.extend(match item {
            text @ Node::Text(_) => text.into_string().map(Part::text),
            item => part(item),
        });
    }
}

/// A part of a message, in chat completions or in responses.
pub(super) fn part(mut node: Node) -> Option<Part> {
    let kind = node.str("type").unwrap_or_default();
    match kind {
        "text" | "input_text" | "output_text" => node.take_string("text").map(Part::text),
        "refusal" => node.take_string("refusal").map(Part::text),
        "summary_text" | "reasoning_text" => {
            node.take_string("text").map(|content| Part::Reasoning { content })
        }
        "image_url" | "input_image" | "video_url" | "audio_url" => {
            let modality = match kind {
                "video_url" => "video",
                "audio_url" => "audio",
                _ => "image",
            };
            file(&mut node, modality).or_else(|| {
                let place = match node.take_any(&["image_url", "video_url", "audio_url"]) {
                    mut place @ Node::Object(_) => place.take("url"),
                    place => place,
                };
                place.into_media(modality, None)
            })
        }
        "input_audio" => match node.take("input_audio") {
            mut audio @ Node::Object(_) => {
                let mime_type = mime_type("audio", audio.take_string("format"));
                audio.take("data").into_media("audio", mime_type)
            }
            _ => node.into_part(),
        },
        "file" | "input_file" => {
            let mut given = match node.take("file") {
                given @ Node::Object(_) => given,
                _ => node,
            };
            file(&mut given, "document")
                .or_else(|| given.take_any(&["file_data", "file_url"]).into_media("document", None))
        }
        _ => node.into_part(),
    }
}

/// A file that OpenAI has.
fn file(node: &mut Node, modality: &str) -> Option<Part> {
    let file_id = node.take_string("file_id")?;
    let modality = modality_of(&file_id).unwrap_or(modality).to_owned();
    Some(Part::File { modality, mime_type: None, file_id })
}

/// A whole reply, or a chunk of one.
pub(super) fn reply(mut root: Node, to: &mut Assembly) -> bool {
    for mut choice in root.take("choices").items() {
        let index = choice.count("index").unwrap_or(0);
        for key in ["delta", "message"] {
            if let said @ Node::Object(_) = choice.take(key) {
                say(index, said, to);
            }
        }
        if let Some(text) = choice.take("text").into_text() {
            to.add(index, TEXT, Kind::Text, Some(text));
        }
        to.finish(index, choice.str("finish_reason"));
    }
    true
}

const REASONED: (u64, u64) = (0, 0);
const TEXT: (u64, u64) = (1, 0);
const REFUSAL: (u64, u64) = (1, 1);
const AUDIO: (u64, u64) = (2, 0);
/// The calls of tools have numbers of their own.
const CALLS: u64 = 3;

fn say(index: u64, mut said: Node, to: &mut Assembly) {
    to.role(index, said.take_string("role"));
    let reasoned = said.take_any(&REASONING).into_text();
    add_text(index, REASONED, Kind::Reasoning, reasoned, to);
    match said.take("content") {
        Node::Array(items) => items.into_iter().for_each(|item| add_content(index, item, to)),
        content => add_text(index, TEXT, Kind::Text, content.into_text(), to),
    }
    add_text(index, REFUSAL, Kind::Text, said.take("refusal").into_text(), to);
    for (place, mut call) in (0..).zip(said.take("tool_calls").items()) {
        let slot = (CALLS + call.count("index").unwrap_or(place), 0);
        let id = call.take_string("id");
        let mut function = call.take_any(&["function", "custom"]);
        add_call(index, slot, id, &mut function, to);
    }
    if let mut function @ Node::Object(_) = said.take("function_call") {
        add_call(index, (CALLS, 1), None, &mut function, to);
    }
    if let mut audio @ Node::Object(_) = said.take("audio") {
        add_text(index, TEXT, Kind::Text, audio.take("transcript").into_text(), to);
        if let Some(digest) = audio.take("data").into_text().and_then(|data| data.digest) {
            to.add(index, AUDIO, Kind::Media { modality: "audio", size: digest.size }, None);
        }
    }
}

/// A part of what is said, as Mistral and others write it.
fn add_content(index: u64, mut item: Node, to: &mut Assembly) {
    match item.str("type") {
        Some("text" | "output_text") => add_text(index, TEXT, Kind::Text, item.take("text").into_text(), to),
        Some("thinking") => {
            for mut thought in item.take("thinking").items() {
                let text = if matches!(thought, Node::Text(_)) { thought } else { thought.take("text") };
                add_text(index, REASONED, Kind::Reasoning, text.into_text(), to);
            }
        }
        _ => {
            let slot = to.last_or_next(index, &Kind::Media { modality: "", size: 0 });
            add_part(to, index, (CALLS << 32 | slot.0, 0), part(item));
        }
    }
}

fn add_call(index: u64, slot: (u64, u64), id: Option<String>, function: &mut Node, to: &mut Assembly) {
    let name = function.take_string("name").unwrap_or_default();
    let kind = Kind::Call { id, name };
    let text = match function.take_any(&["arguments", "input"]) {
        Node::Text(text) => Some(text),
        Node::Null => None,
        // Some servers write them as JSON.
        values => {
            serde_json::to_string(&values.into_json()).ok().map(|text| Piece { text, ..Piece::default() })
        }
    };
    to.add(index, slot, kind, text);
}

pub(super) fn add_text(index: u64, slot: (u64, u64), kind: Kind, text: Option<Piece>, to: &mut Assembly) {
    if text.is_some() {
        to.add(index, slot, kind, text);
    }
}
