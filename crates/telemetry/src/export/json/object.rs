//! The parts of an object.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Json;

/// An object under way. Its methods leave out what is empty.
pub(super) struct Object<M>(M);

impl<M: SerializeMap> Object<M> {
    pub(super) fn begin<S: Serializer<SerializeMap = M>>(serializer: S) -> Result<Self, S::Error> {
        serializer.serialize_map(None).map(Self)
    }

    pub(super) fn end(self) -> Result<M::Ok, M::Error> {
        self.0.end()
    }

    /// A value, empty or not.
    pub(super) fn value<T: Serialize>(&mut self, key: &'static str, value: T) -> Result<(), M::Error> {
        self.0.serialize_entry(key, &value)
    }

    pub(super) fn text(&mut self, key: &'static str, text: &str) -> Result<(), M::Error> {
        if text.is_empty() { Ok(()) } else { self.value(key, text) }
    }

    pub(super) fn hex(&mut self, key: &'static str, bytes: &[u8]) -> Result<(), M::Error> {
        if bytes.is_empty() { Ok(()) } else { self.value(key, Text(Hex(bytes))) }
    }

    /// A number of at most 32 bits.
    pub(super) fn number(&mut self, key: &'static str, number: impl Into<i64>) -> Result<(), M::Error> {
        let number = number.into();
        if number == 0 { Ok(()) } else { self.value(key, number) }
    }

    /// A number of 64 bits.
    pub(super) fn long(&mut self, key: &'static str, number: u64) -> Result<(), M::Error> {
        if number == 0 { Ok(()) } else { self.value(key, Text(number)) }
    }

    /// A number of things.
    pub(super) fn count(&mut self, key: &'static str, count: u64) -> Result<(), M::Error> {
        if count == 0 { Ok(()) } else { self.value(key, Count(count)) }
    }

    /// A number that is known to be none, when it is 0.
    pub(super) fn double(&mut self, key: &'static str, number: Option<f64>) -> Result<(), M::Error> {
        number.map_or(Ok(()), |number| self.value(key, Double(number)))
    }

    pub(super) fn message<T>(&mut self, key: &'static str, message: Option<&T>) -> Result<(), M::Error>
    where
        for<'a> Json<'a, T>: Serialize,
    {
        message.map_or(Ok(()), |message| self.value(key, Json(message)))
    }

    pub(super) fn list<T>(&mut self, key: &'static str, items: &[T]) -> Result<(), M::Error>
    where
        for<'a> Json<'a, T>: Serialize,
    {
        if items.is_empty() { Ok(()) } else { self.value(key, List(items)) }
    }

    pub(super) fn counts(&mut self, key: &'static str, counts: &[u64]) -> Result<(), M::Error> {
        if counts.is_empty() { Ok(()) } else { self.value(key, Counts(counts)) }
    }

    pub(super) fn doubles(&mut self, key: &'static str, numbers: &[f64]) -> Result<(), M::Error> {
        if numbers.is_empty() { Ok(()) } else { self.value(key, Doubles(numbers)) }
    }
}

/// What shows as a string.
pub(super) struct Text<T>(pub(super) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// JSON has no word for what is not finite; Protobuf's mapping has strings.
pub(super) struct Double(pub(super) f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            number if number.is_finite() => serializer.serialize_f64(number),
            number if number.is_nan() => serializer.serialize_str("NaN"),
            number if number > 0.0 => serializer.serialize_str("Infinity"),
            _ => serializer.serialize_str("-Infinity"),
        }
    }
}

struct List<'a, T>(&'a [T]);

impl<T> Serialize for List<'_, T>
where
    for<'a> Json<'a, T>: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Json))
    }
}

/// A number while every reader of JSON can hold it, as in the protocol's
/// [own examples](https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/metrics.json). Readers have to
/// take strings as well, and those made with `opentelemetry-proto` up to 0.29, such as rotel's, drop the histogram.
#[derive(Clone, Copy)]
struct Count(u64);

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 < 1 << 53 { serializer.serialize_u64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

struct Counts<'a>(&'a [u64]);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().copied().map(Count))
    }
}

struct Doubles<'a>(&'a [f64]);

impl Serialize for Doubles<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().copied().map(Double))
    }
}
