//! OpenAI's responses.

use super::{
    add_part,
    chat::{add_text, content, defined, part},
    other_tool, values,
};
use crate::content::{
    Content, Message, Part,
    assembly::{Assembly, Kind},
    node::{Node, text_message},
};

pub(super) fn request(root: &mut Node, to: &mut Content) {
    content(root.take("instructions"), &mut to.system_instructions);
    for item in root.take("input").items() {
        to.input_messages.push(match item {
            Node::Text(text) => text_message("user", text),
            item => message(item),
        });
    }
    for mut node in root.take("tools").items() {
        let is_function = node.str("type") == Some("function");
        to.tool_definitions.push(if is_function { defined(&mut node) } else { other_tool(node) });
    }
}

/// An item of the input: a message, or what happened between messages.
fn message(mut node: Node) -> Message {
    if matches!(node.str("type"), None | Some("message")) {
        let role = node.take_string("role").unwrap_or_else(|| "user".to_owned());
        let mut parts = Vec::new();
        content(node.take("content"), &mut parts);
        return Message::new(role, parts);
    }
    let is_output = node.str("type").is_some_and(|kind| kind.ends_with("_output"));
    Message::new(if is_output { "tool" } else { "assistant" }, item(node))
}

/// Anything but a message.
fn item(mut node: Node) -> Vec<Part> {
    let kind = node.str("type").unwrap_or_default().to_owned();
    match kind.as_str() {
        "function_call" | "custom_tool_call" => {
            let name = node.take_string("name").unwrap_or_default();
            let arguments = values(node.take_any(&["arguments", "input"]));
            vec![Part::ToolCall { id: node.take_string("call_id"), name, arguments }]
        }
        "function_call_output" | "custom_tool_call_output" => {
            let response = node.take("output").into_json();
            vec![Part::ToolCallResponse { id: node.take_string("call_id"), response }]
        }
        "reasoning" => {
            let texts = node.take("summary").items().into_iter().chain(node.take("content").items());
            texts.filter_map(part).collect()
        }
        // Tools of OpenAI's: web_search_call, file_search_call, code_interpreter_call and others.
        _ if kind.ends_with("_call") => {
            let id = node.take_string("id");
            let name = kind.trim_end_matches("_call").to_owned();
            let server_tool_call = node.into_json().with_type(&kind);
            vec![Part::ServerToolCall { id, name, server_tool_call }]
        }
        _ => node.into_part().into_iter().collect(),
    }
}

/// A whole response, or an event of one.
pub(super) fn reply(mut root: Node, to: &mut Assembly) -> bool {
    let event = root.str("type").unwrap_or_default().to_owned();
    let place = root.count("output_index").unwrap_or(0);
    let part = root.count("content_index").or_else(|| root.count("summary_index")).unwrap_or(0);
    match event.as_str() {
        "response.output_text.delta" | "response.refusal.delta" => {
            add_text(CHOICE, (place, part), Kind::Text, root.take("delta").into_text(), to);
        }
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
            add_text(CHOICE, (place, part), Kind::Reasoning, root.take("delta").into_text(), to);
        }
        "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
            let kind = Kind::Call { id: None, name: String::new() };
            add_text(CHOICE, (place, 0), kind, root.take("delta").into_text(), to);
        }
        "response.output_item.added" => {
            let mut item = root.take("item");
            if matches!(item.str("type"), Some("function_call" | "custom_tool_call")) {
                let id = item.take_string("call_id");
                let kind = Kind::Call { id, name: item.take_string("name").unwrap_or_default() };
                to.add(CHOICE, (place, 0), kind, None);
            }
        }
        "response.output_item.done" => return done(place, root.take("item"), to),
        "response.completed" | "response.incomplete" | "response.failed" => {
            return end(root.take("response"), to);
        }
        "" => return end(root, to),
        _ => return false,
    }
    true
}

/// A response is one message, whatever it is made of.
const CHOICE: u64 = 0;

/// An item is complete. Most is known by then.
fn done(place: u64, mut item: Node, to: &mut Assembly) -> bool {
    if to.has(CHOICE, place) {
        return false;
    }
    match item.str("type") {
        Some("message") => {
            to.role(CHOICE, item.take_string("role"));
            for (number, mut said) in (0..).zip(item.take("content").items()) {
                let slot = (place, number);
                match said.str("type") {
                    Some("output_text") => {
                        add_text(CHOICE, slot, Kind::Text, said.take("text").into_text(), to);
                    }
                    Some("refusal") => {
                        add_text(CHOICE, slot, Kind::Text, said.take("refusal").into_text(), to);
                    }
                    _ => add_part(to, CHOICE, slot, part(said)),
                }
            }
        }
        Some("reasoning") => {
            let texts = item.take("summary").items().into_iter().chain(item.take("content").items());
            for (number, mut thought) in (0..).zip(texts) {
                add_text(CHOICE, (place, number), Kind::Reasoning, thought.take("text").into_text(), to);
            }
        }
        Some("function_call" | "custom_tool_call") => {
            let id = item.take_string("call_id");
            let kind = Kind::Call { id, name: item.take_string("name").unwrap_or_default() };
            to.add(CHOICE, (place, 0), kind, item.take_any(&["arguments", "input"]).into_text());
        }
        Some("image_generation_call") => {
            let format = item.take_string("output_format");
            let image = item.take("result").into_media("image", super::mime_type("image", format));
            add_part(to, CHOICE, (place, 0), image);
        }
        _ => self::item(item).into_iter().for_each(|part| add_part(to, CHOICE, (place, 0), Some(part))),
    }
    true
}

fn end(mut response: Node, to: &mut Assembly) -> bool {
    let mut needed = false;
    if to.is_empty() {
        needed = true;
        for (place, item) in (0..).zip(response.take("output").items()) {
            done(place, item, to);
        }
    }
    let why = response.at(&["incomplete_details", "reason"]).and_then(Node::as_str);
    let reason = why.or_else(|| response.str("status"));
    let reason = if reason == Some("completed") && to.has_call(CHOICE) { Some("tool_calls") } else { reason };
    to.finish(CHOICE, reason.filter(|reason| !matches!(*reason, "queued" | "in_progress")));
    needed
}
