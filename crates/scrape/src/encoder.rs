use std::fmt::Write;

use crate::{Bounds, Family, Format, Kind};

/// Takes the families of one [`Source`](crate::Source) down in the format that was asked for.
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut String,
    /// The start of a line that several lines share.
    prefix: String,
    format: Format,
    declared: &'a [Family],
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(out: &'a mut String, format: Format, declared: &'a [Family]) -> Self {
        Self { out, prefix: String::new(), format, declared }
    }

    /// Begins a family. One that [`Source::families`](crate::Source::families) does not name is ignored: its name
    /// has not been checked.
    pub fn family<'e>(&'e mut self, family: &'e Family) -> Samples<'e> {
        let declared = self.declared.iter().any(|known| std::ptr::eq(known, family) || known == family);
        debug_assert!(declared, "{} is not in Source::families", family.name());
        Samples {
            out: self.out,
            prefix: &mut self.prefix,
            format: self.format,
            family,
            state: if declared { State::Untouched } else { State::Ignored },
        }
    }
}

/// Takes the samples of one family down.
///
/// The family's head is written before its first sample: a family without samples leaves no trace on the page.
#[derive(Debug)]
pub struct Samples<'e> {
    out: &'e mut String,
    prefix: &'e mut String,
    format: Format,
    family: &'e Family,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Untouched,
    Begun,
    Ignored,
}

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

/// What a histogram has counted under one label set.
#[derive(Clone, Copy, Debug)]
pub struct Histogram<'v> {
    /// The bounds of the buckets.
    pub bounds: &'v Bounds,
    /// How many observations fell into each bucket, **not** added up: as many as there are bounds, and one more for
    /// those above the last bound.
    pub counts: &'v [u64],
    /// The sum of what was observed.
    pub sum: Value<'v>,
}

impl Samples<'_> {
    /// Writes the sample of a counter or gauge. `labels` are the values of the family's labels, in their order.
    ///
    /// ```
    /// # use tower_genai_scrape::{Encoder, Family, Name, Value};
    /// # static SPENT: Family = Family::counter(Name::new("spent_usd_total"), "Money spent.", &["team"]);
    /// # fn collect(encoder: &mut Encoder<'_>) {
    /// let mut spent = encoder.family(&SPENT);
    /// spent.value(&["search"], Value::Decimal("0.150000000000000001"));
    /// # }
    /// ```
    pub fn value<'v>(&mut self, labels: &[&str], value: impl Into<Value<'v>>) {
        if !self.begin(self.family.kind() != Kind::Histogram, labels) {
            return;
        }
        self.out.push_str(self.family.name());
        if push_labels(self.out, self.family, labels) {
            self.out.push('}');
        }
        self.out.push(' ');
        push_value(self.out, value.into());
        self.out.push('\n');
    }

    /// Writes the buckets, the sum and the count of a histogram.
    pub fn histogram(&mut self, labels: &[&str], histogram: &Histogram<'_>) {
        let Histogram { bounds, counts, sum } = *histogram;
        if !self.begin(self.family.kind() == Kind::Histogram, labels) {
            return;
        }
        let name = self.family.name();
        let prefix = &mut *self.prefix;
        prefix.clear();
        prefix.push_str(name);
        prefix.push_str("_bucket");
        let labelled = push_labels(prefix, self.family, labels);
        prefix.push(if labelled { ',' } else { '{' });
        prefix.push_str("le=\"");

        let mut digits = itoa::Buffer::new();
        let mut total = 0;
        let texts = bounds.texts(self.format == Format::OpenMetrics);
        for (le, count) in texts.chain(std::iter::once("+Inf")).zip(counts) {
            total += count;
            self.out.push_str(prefix);
            self.out.push_str(le);
            self.out.push_str("\"} ");
            self.out.push_str(digits.format(total));
            self.out.push('\n');
        }
        for (suffix, value) in [("_sum", sum), ("_count", Value::Whole(total))] {
            self.out.push_str(name);
            self.out.push_str(suffix);
            if push_labels(self.out, self.family, labels) {
                self.out.push('}');
            }
            self.out.push(' ');
            push_value(self.out, value);
            self.out.push('\n');
        }
    }

    /// Writes the head once; false when there is nothing to write at all.
    fn begin(&mut self, kind_fits: bool, labels: &[&str]) -> bool {
        let family = self.family;
        debug_assert!(kind_fits, "{} is a {}", family.name(), family.kind().as_str());
        debug_assert_eq!(labels.len(), family.labels().len(), "labels of {}", family.name());
        if !kind_fits || self.state == State::Ignored {
            return false;
        }
        if self.state == State::Untouched {
            self.state = State::Begun;
            match self.format {
                Format::OpenMetrics => self.open_metrics_head(),
                Format::Text => self.text_head(),
            }
        }
        true
    }

    fn open_metrics_head(&mut self) {
        let base = self.family.base();
        self.meta("# TYPE ", base, self.family.kind().as_str());
        if let Some(unit) = self.family.unit() {
            self.meta("# UNIT ", base, unit);
        }
        self.meta("# HELP ", base, "");
        push_escaped(self.out, self.family.help(), b"\\\n\"");
        self.out.push('\n');
    }

    fn text_head(&mut self) {
        let name = self.family.name();
        self.meta("# HELP ", name, "");
        push_escaped(self.out, self.family.help(), b"\\\n");
        self.out.push('\n');
        self.meta("# TYPE ", name, self.family.kind().as_str());
    }

    /// A line of the head; without `text` the line is left open after the name.
    fn meta(&mut self, what: &str, name: &str, text: &str) {
        self.out.push_str(what);
        self.out.push_str(name);
        self.out.push(' ');
        if !text.is_empty() {
            self.out.push_str(text);
            self.out.push('\n');
        }
    }
}

/// Appends `{name="value",..`, without the closing brace; false when there is no label.
fn push_labels(out: &mut String, family: &Family, values: &[&str]) -> bool {
    let mut separator = '{';
    for (name, value) in family.labels().zip(values) {
        out.push(separator);
        separator = ',';
        out.push_str(name);
        out.push_str("=\"");
        push_escaped(out, value, b"\\\n\"");
        out.push('"');
    }
    separator == ','
}

fn push_value(out: &mut String, value: Value<'_>) {
    match value {
        Value::Whole(value) => out.push_str(itoa::Buffer::new().format(value)),
        Value::Decimal(text) => out.push_str(text),
        Value::Float(f64::INFINITY) => out.push_str("+Inf"),
        Value::Float(f64::NEG_INFINITY) => out.push_str("-Inf"),
        // Writing to a string cannot fail.
        Value::Float(value) => _ = write!(out, "{value}"),
    }
}

/// Appends `text` with a backslash before each of the `special` bytes, and `n` for a line feed.
fn push_escaped(out: &mut String, text: &str, special: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| special.contains(&byte)) {
        out.push_str(&rest[..at]);
        out.push('\\');
        let byte = rest.as_bytes()[at];
        out.push(if byte == b'\n' { 'n' } else { char::from(byte) });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
