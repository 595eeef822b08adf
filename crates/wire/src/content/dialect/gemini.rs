//! Gemini, of Google's own service and of Vertex. Both spellings of keys are understood, as they are there.

use super::{add_part, chat::add_text, tool};
use crate::content::{
    Content, Json, Message, Part,
    assembly::{Assembly, Kind},
    node::Node,
};

pub(super) fn request(root: &mut Node, to: &mut Content) {
    let mut instruction = root.take_any(&["systemInstruction", "system_instruction"]);
    to.system_instructions = match &mut instruction {
        Node::Text(_) => instruction.into_string().map(Part::text).into_iter().collect(),
        object => parts(object),
    };
    to.input_messages.extend(root.take("contents").items().into_iter().map(|mut node| {
        if matches!(node, Node::Text(_)) {
            return Message::new("user", node.into_string().map(Part::text).into_iter().collect());
        }
        let said = node.take_string("role");
        let parts = parts(&mut node);
        Message::new(role(said), parts)
    }));
    for mut node in root.take("tools").items() {
        match node.take_any(&["functionDeclarations", "function_declarations"]) {
            Node::Null => {
                if let Node::Object(members) = node {
                    to.tool_definitions
                        .extend(members.into_iter().map(|(name, settings)| built_in(name, settings)));
                }
            }
            functions => to.tool_definitions.extend(functions.items().into_iter().map(|mut function| {
                let parameters = function.take_any(&["parameters", "parametersJsonSchema"]);
                tool("function", function.take_string("name"), function.take("description"), parameters)
            })),
        }
    }
}

/// A tool of Google's, such as `googleSearch`.
fn built_in(name: String, settings: Node) -> Json {
    let mut members =
        vec![("type".to_owned(), Json::String(name.clone())), ("name".to_owned(), Json::String(name))];
    if let Json::Object(settings) = settings.into_json() {
        members.extend(settings.into_iter().filter(|(key, _)| key != "type" && key != "name"));
    }
    Json::Object(members)
}

fn role(said: Option<String>) -> String {
    match said.as_deref() {
        Some("model") => "assistant".to_owned(),
        None => "user".to_owned(),
        _ => said.unwrap_or_default(),
    }
}

fn parts(node: &mut Node) -> Vec<Part> {
    node.take("parts").items().into_iter().filter_map(part).collect()
}

fn part(mut node: Node) -> Option<Part> {
    if matches!(node, Node::Text(_)) {
        return node.into_string().map(Part::text);
    }
    let is_thought = node.is_true("thought");
    if node.get("text").is_some() {
        let content = node.take_string("text")?;
        return Some(if is_thought { Part::Reasoning { content } } else { Part::Text { content } });
    }
    if let mut call @ Node::Object(_) = node.take_any(&["functionCall", "function_call"]) {
        let name = call.take_string("name").unwrap_or_default();
        let arguments = call.get("args").is_some().then(|| call.take("args").into_json());
        return Some(Part::ToolCall { id: call.take_string("id"), name, arguments });
    }
    if let mut said @ Node::Object(_) = node.take_any(&["functionResponse", "function_response"]) {
        let id = said.take_string("id").or_else(|| said.take_string("name"));
        return Some(Part::ToolCallResponse { id, response: said.take("response").into_json() });
    }
    if let mut data @ Node::Object(_) = node.take_any(&["inlineData", "inline_data"]) {
        let mime_type = data.take_any(&["mimeType", "mime_type"]).into_string();
        return data.take("data").into_media("document", mime_type);
    }
    if let mut file @ Node::Object(_) = node.take_any(&["fileData", "file_data"]) {
        let mime_type = file.take_any(&["mimeType", "mime_type"]).into_string();
        return file.take_any(&["fileUri", "file_uri"]).into_media("document", mime_type);
    }
    let Node::Object(members) = node else { return None };
    let is_said = |key: &str| !matches!(key, "thoughtSignature" | "thought_signature" | "thought");
    let mut members = members.into_iter().filter(|(key, value)| is_said(key) && *value != Node::Null);
    let (kind, value) = members.next()?;
    // Code that was run, and others.
    Some(Part::Generic(Json::Object(vec![
        ("type".to_owned(), Json::String(kind)),
        ("value".to_owned(), value.into_json()),
    ])))
}

/// A whole reply, or a chunk of one.
pub(super) fn reply(mut root: Node, to: &mut Assembly) -> bool {
    for mut candidate in root.take("candidates").items() {
        let index = candidate.count("index").unwrap_or(0);
        let mut content = candidate.take("content");
        let said = content.take_string("role");
        to.role(index, said.map(|said| role(Some(said))));
        for mut node in content.take("parts").items() {
            let kind = if node.is_true("thought") { Kind::Reasoning } else { Kind::Text };
            if node.get("text").is_some() {
                let slot = to.last_or_next(index, &kind);
                add_text(index, slot, kind, node.take("text").into_text(), to);
            } else {
                let slot = to.next(index);
                add_part(to, index, slot, part(node));
            }
        }
        to.finish(index, candidate.str("finishReason").or_else(|| candidate.str("finish_reason")));
    }
    true
}
