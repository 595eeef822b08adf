//! Reads TOML tables key by key, and keeps on reading after a fault.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::Range;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::error::Fault;

/// The file being read and what was found wrong with it so far.
#[derive(Debug)]
pub(super) struct Source<'i> {
    pub(super) file: &'i str,
    pub(super) text: &'i str,
    pub(super) faults: RefCell<Vec<Fault>>,
}

impl Source<'_> {
    pub(super) fn fault(&self, at: usize, field: Option<String>, message: impl Into<String>) {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        self.faults.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            line: Some(line),
            field,
            message: message.into(),
        });
    }
}

/// A value with its place, so that later checks can still say where it stood.
#[derive(Debug)]
pub(super) struct Field<'t, T> {
    pub(super) value: T,
    path: String,
    at: usize,
    source: &'t Source<'t>,
}

impl<'t, T> Field<'t, T> {
    pub(super) fn fault(&self, message: impl Into<String>) {
        self.source.fault(self.at, Some(self.path.clone()), message);
    }

    /// The place alone.
    pub(super) fn place(self) -> Field<'t, ()> {
        self.map(|_| ())
    }

    fn map<U>(self, value: impl FnOnce(T) -> U) -> Field<'t, U> {
        let Self { value: old, path, at, source } = self;
        Field { value: value(old), path, at, source }
    }
}

impl<'t> Field<'t, &'t DeValue<'t>> {
    /// A decimal number as it is written, as a number or as a string.
    pub(super) fn decimal(self, wanted: &str) -> Option<Field<'t, &'t str>> {
        let Some(text) = decimal(self.value) else {
            self.fault(format!("must be {wanted}, not {}", with_article(self.value.type_str())));
            return None;
        };
        Some(self.map(|_| text))
    }

    /// A text that is not empty.
    pub(super) fn text(self) -> Option<Field<'t, &'t str>> {
        match self.value.as_str() {
            Some(text) if !text.trim().is_empty() => Some(self.map(|_| text)),
            Some(_) => {
                self.fault("must not be empty");
                None
            }
            None => {
                self.fault(format!("must be a string, not {}", with_article(self.value.type_str())));
                None
            }
        }
    }

    /// The table it is, if it is one.
    pub(super) fn as_table(&self) -> Option<Table<'t>> {
        let entries = self.value.as_table()?;
        Some(Table::new(self.path.clone(), self.at..self.at, entries, self.source))
    }
}

/// A number by its text, so that it never passes through a float.
fn decimal<'t>(value: &'t DeValue<'_>) -> Option<&'t str> {
    let integer = || value.as_integer().filter(|integer| integer.radix() == 10).map(DeInteger::as_str);
    value.as_str().or_else(|| value.as_float().map(DeFloat::as_str)).or_else(integer)
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let bytes =
        number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    bytes.ok_or_else(|| format!("`{text}` is not a size such as \"64KiB\" or \"1MiB\""))
}

/// One table. [`finish`](Self::finish) refuses the keys that nobody asked for.
#[derive(Debug)]
pub(super) struct Table<'t> {
    name: String,
    at: usize,
    entries: &'t DeTable<'t>,
    known: RefCell<Vec<&'static str>>,
    source: &'t Source<'t>,
}

impl<'t> Table<'t> {
    pub(super) fn root(entries: &'t Spanned<DeTable<'t>>, source: &'t Source<'t>) -> Self {
        Self::new(String::new(), entries.span(), entries.get_ref(), source)
    }

    fn new(name: String, span: Range<usize>, entries: &'t DeTable<'t>, source: &'t Source<'t>) -> Self {
        Self { name, at: span.start, entries, known: RefCell::default(), source }
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Says that the table itself is wrong.
    pub(super) fn fault(&self, key: &str, message: impl Into<String>) {
        self.source.fault(self.at, Some(self.path(key)), message);
    }

    fn get(&self, key: &'static str) -> Option<Field<'t, &'t DeValue<'t>>> {
        self.known.borrow_mut().push(key);
        let value = self.entries.get(key)?;
        Some(Field {
            value: value.get_ref(),
            path: self.path(key),
            at: value.span().start,
            source: self.source,
        })
    }

    fn typed<T>(
        &self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<Field<'t, T>> {
        let field = self.get(key)?;
        let found = field.value.type_str();
        let Some(value) = read(field.value) else {
            field.fault(format!("must be {wanted}, not {}", with_article(found)));
            return None;
        };
        Some(field.map(|_| value))
    }

    pub(super) fn text(&self, key: &'static str) -> Option<Field<'t, &'t str>> {
        let field = self.typed(key, "a string", DeValue::as_str)?;
        if field.value.trim().is_empty() {
            field.fault("must not be empty");
            return None;
        }
        Some(field)
    }

    pub(super) fn required(&self, key: &'static str) -> Option<Field<'t, &'t str>> {
        if !self.entries.contains_key(key) {
            self.known.borrow_mut().push(key);
            self.fault(key, "is missing");
            return None;
        }
        self.text(key)
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<Field<'t, bool>> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    /// A decimal number as it is written, as a number or as a string.
    pub(super) fn decimal(&self, key: &'static str) -> Option<Field<'t, &'t str>> {
        self.typed(key, "a number", decimal)
    }

    /// A number of bytes, written as `64KiB`, `1MiB` or `0B`.
    pub(super) fn size(&self, key: &'static str) -> Option<u64> {
        self.parsed(key, size)
    }

    /// Reads a text with `parse`; what `parse` returns as an error is the fault.
    pub(super) fn parsed<T, E: Display>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let field = self.text(key)?;
        parse(field.value).map_err(|error| field.fault(error.to_string())).ok()
    }

    /// A duration above zero, written as `5s`, `1m 30s` or `500ms`.
    pub(super) fn duration(&self, key: &'static str, zero_is_fine: bool) -> Option<Duration> {
        let field = self.text(key)?;
        let parsed =
            field.value.parse::<SignedDuration>().ok().and_then(|long| Duration::try_from(long).ok());
        match parsed {
            Some(long) if zero_is_fine || !long.is_zero() => Some(long),
            Some(_) => {
                field.fault("must be longer than zero");
                None
            }
            None => {
                field.fault(format!(
                    "`{}` is not a duration such as \"5s\", \"500ms\" or \"2m\"",
                    field.value
                ));
                None
            }
        }
    }

    /// A whole number above zero.
    pub(super) fn count(&self, key: &'static str) -> Option<u64> {
        let read = |value: &DeValue<'_>| {
            let integer = value.as_integer()?;
            // What is below zero, or beyond all reason, is the fault below.
            Some(u64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(0))
        };
        let field = self.typed(key, "a whole number", read)?;
        if field.value == 0 {
            field.fault("must be a whole number above zero");
            return None;
        }
        Some(field.value)
    }

    pub(super) fn texts(&self, key: &'static str) -> Vec<Field<'t, &'t str>> {
        let Some(list) = self.typed(key, "an array of strings", DeValue::as_array) else { return Vec::new() };
        let mut texts = Vec::new();
        for entry in list.value {
            let at = entry.span().start;
            match entry.get_ref().as_str() {
                Some(value) => texts.push(Field { value, path: self.path(key), at, source: self.source }),
                None => self.source.fault(at, Some(self.path(key)), "must be an array of strings"),
            }
        }
        texts
    }

    pub(super) fn table(&self, key: &'static str) -> Option<Table<'t>> {
        let field = self.typed(key, "a table", DeValue::as_table)?;
        let at = field.at;
        Some(Table::new(self.path(key), at..at, field.value, self.source))
    }

    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'t>> {
        let wanted = format!("an array of tables, each headed [[{key}]]");
        let Some(list) = self.typed(key, &wanted, DeValue::as_array) else { return Vec::new() };
        let mut tables = Vec::new();
        for entry in list.value {
            match entry.get_ref().as_table() {
                Some(table) => tables.push(Table::new(self.path(key), entry.span(), table, self.source)),
                None => {
                    self.source.fault(entry.span().start, Some(self.path(key)), format!("must be {wanted}"));
                }
            }
        }
        tables
    }

    /// The keys that nobody asked for, where keys are names that the operator chooses.
    pub(super) fn rest(self) -> Vec<(&'t str, Field<'t, &'t DeValue<'t>>)> {
        let known = self.known.borrow();
        let rest = self.entries.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref()));
        rest.map(|(key, value)| {
            let (key, at) = (key.get_ref().as_ref(), key.span().start);
            (key, Field { value: value.get_ref(), path: self.path(key), at, source: self.source })
        })
        .collect()
    }

    /// Refuses what is left.
    pub(super) fn finish(self) {
        let known = self.known.into_inner();
        for key in self.entries.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let path = if self.name.is_empty() {
                    key.get_ref().to_string()
                } else {
                    format!("{}.{}", self.name, key.get_ref())
                };
                let message = format!("unknown key; known here: {}", known.join(", "));
                self.source.fault(key.span().start, Some(path), message);
            }
        }
    }
}

fn with_article(kind: &str) -> String {
    match kind {
        "integer" | "array" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
