//! The two text formats.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use super::samples::Write;
use super::{Counted, Value};
use crate::{Exemplar, Family, Format, Histogram, Kind};

#[derive(Debug)]
pub(super) struct Text<'a> {
    out: &'a mut String,
    /// The start of a line that several lines share.
    prefix: String,
    open_metrics: bool,
    created: bool,
}

impl<'a> Text<'a> {
    pub(super) fn new(out: &'a mut String, format: Format, created: bool) -> Self {
        let open_metrics = format == Format::OpenMetrics;
        Self { out, prefix: String::new(), open_metrics, created: created && open_metrics }
    }

    fn open_metrics_head(&mut self, family: &Family) {
        let base = family.base();
        self.meta("# TYPE ", base, family.kind().as_str());
        if let Some(unit) = family.unit() {
            self.meta("# UNIT ", base, unit);
        }
        self.meta("# HELP ", base, "");
        push_escaped(self.out, family.help(), b"\\\n\"");
        self.out.push('\n');
    }

    fn text_head(&mut self, family: &Family) {
        let name = family.name();
        self.meta("# HELP ", name, "");
        push_escaped(self.out, family.help(), b"\\\n");
        self.out.push('\n');
        self.meta("# TYPE ", name, family.kind().as_str());
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

    /// A whole line but for its end.
    fn sample(&mut self, name: &str, suffix: &str, family: &Family, labels: &[&str], value: Value<'_>) {
        self.out.push_str(name);
        self.out.push_str(suffix);
        if push_labels(self.out, family, labels) {
            self.out.push('}');
        }
        self.out.push(' ');
        push_value(self.out, value);
    }

    fn exemplar(&mut self, exemplar: Option<&Exemplar<'_>>) {
        let Some(exemplar) = exemplar.filter(|exemplar| self.open_metrics && exemplar.fits()) else { return };
        self.out.push_str(" # {");
        for (number, (name, value)) in exemplar.labels.iter().enumerate() {
            if number > 0 {
                self.out.push(',');
            }
            self.out.push_str(name);
            self.out.push_str("=\"");
            push_escaped(self.out, value, b"\\\n\"");
            self.out.push('"');
        }
        self.out.push_str("} ");
        push_value(self.out, Value::Float(exemplar.value));
        self.out.push(' ');
        push_time(self.out, exemplar.at);
    }

    fn created(&mut self, family: &Family, labels: &[&str], created: Option<SystemTime>) {
        let Some(created) = created.filter(|_| self.created) else { return };
        self.out.push_str(family.base());
        self.out.push_str("_created");
        if push_labels(self.out, family, labels) {
            self.out.push('}');
        }
        self.out.push(' ');
        push_time(self.out, created);
        self.out.push('\n');
    }
}

impl Write for Text<'_> {
    fn begin(&mut self, family: &Family) {
        if self.open_metrics {
            self.open_metrics_head(family);
        } else {
            self.text_head(family);
        }
    }

    fn value(&mut self, family: &Family, labels: &[&str], counted: &Counted<'_>) {
        self.sample(family.name(), "", family, labels, counted.value);
        if family.kind() == Kind::Counter {
            self.exemplar(counted.exemplar.as_ref());
            self.out.push('\n');
            self.created(family, labels, counted.created);
        } else {
            self.out.push('\n');
        }
    }

    fn histogram(&mut self, family: &Family, labels: &[&str], histogram: &Histogram<'_>) {
        let name = family.name();
        let mut prefix = std::mem::take(&mut self.prefix);
        prefix.clear();
        prefix.push_str(name);
        prefix.push_str("_bucket");
        let labelled = push_labels(&mut prefix, family, labels);
        prefix.push(if labelled { ',' } else { '{' });
        prefix.push_str("le=\"");

        let mut digits = itoa::Buffer::new();
        let mut total = 0;
        let texts = histogram.bounds.texts(self.open_metrics).chain(std::iter::once("+Inf"));
        for (number, (le, count)) in texts.zip(histogram.counts).enumerate() {
            total += count;
            self.out.push_str(&prefix);
            self.out.push_str(le);
            self.out.push_str("\"} ");
            self.out.push_str(digits.format(total));
            self.exemplar(histogram.exemplars.get(number).and_then(Option::as_ref));
            self.out.push('\n');
        }
        self.prefix = prefix;
        for (suffix, value) in [("_sum", histogram.sum), ("_count", Value::Whole(total))] {
            self.sample(name, suffix, family, labels, value);
            self.out.push('\n');
        }
        self.created(family, labels, histogram.created);
    }

    fn end(&mut self) {}
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

/// Seconds since 1970, to the millisecond.
fn push_time(out: &mut String, time: SystemTime) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let _ = write!(out, "{}.{:03}", since.as_secs(), since.subsec_millis());
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
