use opentelemetry::logs::AnyValue;
use opentelemetry::{Key, KeyValue};
use serde_json::Value;
use tower_genai_core::Content;

use super::fit::{Item, Keep, fit};

const SYSTEM: &str = "gen_ai.system_instructions";
const INPUT: &str = "gen_ai.input.messages";
const OUTPUT: &str = "gen_ai.output.messages";
const TOOLS: &str = "gen_ai.tool.definitions";

/// What was said, as the attributes of a span: each is JSON in a string, of no more than `max_bytes`. What nobody said
/// is no attribute.
pub fn span_attributes(content: &Content, max_bytes: usize) -> Vec<KeyValue> {
    fn attribute<T: Item>(key: &'static str, items: &[T], most: usize, keep: Keep) -> Option<KeyValue> {
        fit(items, most, keep).map(|(_, json)| KeyValue::new(key, json))
    }
    let all = [
        attribute(SYSTEM, &content.system_instructions, max_bytes, Keep::First),
        attribute(INPUT, &content.input_messages, max_bytes, Keep::Last),
        attribute(OUTPUT, &content.output_messages, max_bytes, Keep::First),
        attribute(TOOLS, &content.tool_definitions, max_bytes, Keep::First),
    ];
    all.into_iter().flatten().collect()
}

/// What was said, as the attributes of an event: lists and maps, which take up no more than `max_bytes` each as JSON.
/// What nobody said is no attribute, and `null` is no member.
pub fn event_attributes(content: &Content, max_bytes: usize) -> Vec<(Key, AnyValue)> {
    fn attribute<T: Item>(
        key: &'static str,
        items: &[T],
        most: usize,
        keep: Keep,
    ) -> Option<(Key, AnyValue)> {
        let (items, _) = fit(items, most, keep)?;
        Some((Key::from_static_str(key), any(serde_json::to_value(items).ok()?)?))
    }
    let all = [
        attribute(SYSTEM, &content.system_instructions, max_bytes, Keep::First),
        attribute(INPUT, &content.input_messages, max_bytes, Keep::Last),
        attribute(OUTPUT, &content.output_messages, max_bytes, Keep::First),
        attribute(TOOLS, &content.tool_definitions, max_bytes, Keep::First),
    ];
    all.into_iter().flatten().collect()
}

/// A JSON value as one of a log record, which has no `null`.
fn any(value: Value) -> Option<AnyValue> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(bool) => bool.into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64()?.into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => {
            // The place of an element counts.
            let item = |item| any(item).unwrap_or_else(|| AnyValue::from("null"));
            AnyValue::ListAny(Box::new(items.into_iter().map(item).collect()))
        }
        Value::Object(members) => {
            let member = |(key, value)| Some((Key::from(key), any(value)?));
            AnyValue::Map(Box::new(members.into_iter().filter_map(member).collect()))
        }
    })
}
