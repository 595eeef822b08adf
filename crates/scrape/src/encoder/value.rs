use std::time::SystemTime;

use crate::Exemplar;

/// The number of a counter or a gauge.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'v> {
    /// A whole number.
    Whole(u64),
    /// A floating-point number.
    Float(f64),
    /// A number too exact for the other two, written out: digits, and maybe a point and more digits.
    Decimal(&'v str),
}

impl Value<'_> {
    /// The nearest floating-point number, for formats that have no other.
    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Float(value) => value,
            Self::Decimal(text) => text.parse().unwrap_or(f64::NAN),
        }
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::Whole(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

/// A counter's number, with what is known about it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Counted<'v> {
    /// The number.
    pub value: Value<'v>,
    /// Something of what was counted last, to look at.
    pub exemplar: Option<Exemplar<'v>>,
    /// When the counting began.
    pub created: Option<SystemTime>,
}

impl<'v> Counted<'v> {
    /// A number of which nothing else is known.
    pub fn new(value: impl Into<Value<'v>>) -> Self {
        Self { value: value.into(), exemplar: None, created: None }
    }

    /// Adds something of what was counted, to look at.
    #[must_use]
    pub const fn with_exemplar(mut self, exemplar: Exemplar<'v>) -> Self {
        self.exemplar = Some(exemplar);
        self
    }

    /// Says when the counting began.
    #[must_use]
    pub const fn with_created(mut self, created: SystemTime) -> Self {
        self.created = Some(created);
        self
    }
}
