use prost::encode_length_delimiter;

use super::field_len;
use crate::Family;

/// Writes the `LabelPair`s of a family's metrics without making them: a page may have a million.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// The name of each label, as its field of the message.
    names: Vec<Vec<u8>>,
}

/// The keys of `Metric.label`, `LabelPair.name` and `LabelPair.value`: fields 1, 1 and 2, with their lengths before them.
const LABEL: u8 = 1 << 3 | 2;
const NAME: u8 = 1 << 3 | 2;
const VALUE: u8 = 2 << 3 | 2;

impl Labels {
    pub(super) fn of(family: &Family) -> Self {
        let field = |label: &str| {
            let mut field = Vec::with_capacity(field_len(label.len()));
            push(NAME, label.as_bytes(), &mut field);
            field
        };
        Self { names: family.labels().map(field).collect() }
    }

    /// The labels that are written: an empty value is the same as no label.
    fn pairs<'p>(&'p self, values: &'p [&str]) -> impl Iterator<Item = (&'p [u8], &'p [u8], usize)> {
        self.names.iter().zip(values).filter(|(_, value)| !value.is_empty()).map(|(name, value)| {
            let value = value.as_bytes();
            (name.as_slice(), value, name.len() + field_len(value.len()))
        })
    }

    pub(super) fn encoded_len(&self, values: &[&str]) -> usize {
        self.pairs(values).map(|(_, _, len)| field_len(len)).sum()
    }

    pub(super) fn encode(&self, values: &[&str], out: &mut Vec<u8>) {
        for (name, value, len) in self.pairs(values) {
            out.push(LABEL);
            // A vector has room for everything.
            let _ = encode_length_delimiter(len, out);
            out.extend_from_slice(name);
            push(VALUE, value, out);
        }
    }
}

fn push(key: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(key);
    let _ = encode_length_delimiter(bytes.len(), out);
    out.extend_from_slice(bytes);
}
