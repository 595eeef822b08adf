//! How long values may be, which the SDK (0.33) does not look at.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::common::v1 as proto;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_sdk::trace::SpanData;

use crate::config::LogLimits;

/// The [attribute limits](https://opentelemetry.io/docs/specs/otel/common/#attribute-limits): texts keep their first so
/// many characters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ValueLimit(pub(crate) Option<usize>);

impl ValueLimit {
    /// Cuts the attributes of a span, of its events and of its links.
    pub(crate) fn cut_span(self, span: &mut SpanData) {
        let Some(limit) = self.0 else { return };
        let events = span.events.events.iter_mut().flat_map(|event| &mut event.attributes);
        let links = span.links.links.iter_mut().flat_map(|link| &mut link.attributes);
        for attribute in span.attributes.iter_mut().chain(events).chain(links) {
            cut_attribute(attribute, limit);
        }
    }
}

fn cut_attribute(attribute: &mut KeyValue, limit: usize) {
    match &mut attribute.value {
        Value::String(text) => cut_value(text, limit),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(|text| cut_value(text, limit)),
        _ => {}
    }
}

fn cut_value(text: &mut StringValue, limit: usize) {
    if let Some(end) = end(text.as_str(), limit) {
        *text = text.as_str()[..end].to_owned().into();
    }
}

/// Cuts a record's attributes, and drops those that are too many.
pub(super) fn cut_record(record: &mut LogRecord, limits: LogLimits) {
    let most = limits.attributes as usize;
    let dropped = record.attributes.len().saturating_sub(most);
    record.attributes.truncate(most);
    record.dropped_attributes_count += u32::try_from(dropped).unwrap_or(u32::MAX);
    if let Some(limit) = limits.value_length {
        record.attributes.iter_mut().filter_map(|attribute| attribute.value.as_mut()).for_each(|value| {
            cut_any(value, limit);
        });
    }
}

fn cut_any(value: &mut proto::AnyValue, limit: usize) {
    match &mut value.value {
        Some(any_value::Value::StringValue(text)) => {
            if let Some(end) = end(text, limit) {
                text.truncate(end);
            }
        }
        Some(any_value::Value::BytesValue(bytes)) => bytes.truncate(limit),
        Some(any_value::Value::ArrayValue(array)) => {
            array.values.iter_mut().for_each(|value| cut_any(value, limit));
        }
        Some(any_value::Value::KvlistValue(pairs)) => {
            let values = pairs.values.iter_mut().filter_map(|pair| pair.value.as_mut());
            values.for_each(|value| cut_any(value, limit));
        }
        _ => {}
    }
}

/// Where the text is to be cut, if it is.
fn end(text: &str, limit: usize) -> Option<usize> {
    // A text of so few bytes has no more characters.
    if text.len() <= limit {
        return None;
    }
    text.char_indices().nth(limit).map(|(end, _)| end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_kept_whole() {
        for (text, limit, kept) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            ("äöü", 3, "äöü"),
            ("äöüß", 3, "äöü"),
            ("🦀🦀", 1, "🦀"),
            ("abc", 0, ""),
            ("", 0, ""),
        ] {
            let mut attribute = KeyValue::new("key", text);
            cut_attribute(&mut attribute, limit);
            assert_eq!(attribute.value.as_str(), kept, "{text} {limit}");
        }
    }

    #[test]
    fn texts_in_arrays_are_cut_and_numbers_are_not() {
        let texts = Array::String(vec!["long".into(), "s".into()]);
        let mut attributes = [KeyValue::new("texts", Value::Array(texts)), KeyValue::new("number", 123_456)];
        for attribute in &mut attributes {
            cut_attribute(attribute, 2);
        }
        assert_eq!(attributes[0].value, Value::Array(Array::String(vec!["lo".into(), "s".into()])));
        assert_eq!(attributes[1].value, Value::I64(123_456));
    }

    #[test]
    fn records_keep_so_many_attributes_and_say_how_many_they_lost() {
        let text =
            |text: &str| proto::AnyValue { value: Some(any_value::Value::StringValue(text.to_owned())) };
        let attribute =
            |key: &str| proto::KeyValue { key: key.to_owned(), value: Some(text("long")), key_strindex: 0 };
        let mut record =
            LogRecord { attributes: ["a", "b", "c"].map(attribute).to_vec(), ..LogRecord::default() };
        cut_record(&mut record, LogLimits { attributes: 2, value_length: Some(3) });
        assert_eq!(record.dropped_attributes_count, 1);
        let kept: Vec<_> =
            record.attributes.into_iter().map(|attribute| (attribute.key, attribute.value)).collect();
        assert_eq!(kept, [("a".to_owned(), Some(text("lon"))), ("b".to_owned(), Some(text("lon")))]);
    }
}
