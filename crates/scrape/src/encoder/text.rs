//! The two text formats.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use super::samples::Write;
use super::{Counted, Sheet, Value};
use crate::{Exemplar, Family, Format, Histogram, Kind};

#[derive(Debug)]
pub(super) struct Text<'a> {
    sheet: &'a mut Sheet,
    /// What stands before the value of each label of the family: `{first="` and `",second="`.
    before: Vec<String>,
    /// The labels of a sample that has several lines.
    labels: Vec<u8>,
    open_metrics: bool,
    created: bool,
}

impl<'a> Text<'a> {
    pub(super) fn new(sheet: &'a mut Sheet, format: Format, created: bool) -> Self {
        let open_metrics = format == Format::OpenMetrics;
        let created = created && open_metrics;
        Self { sheet, before: Vec::new(), labels: Vec::new(), open_metrics, created }
    }

    fn open_metrics_head(&mut self, family: &Family) {
        let base = family.base();
        let out = self.sheet.bytes();
        push_all(out, &["# TYPE ", base, " ", family.kind().as_str(), "\n"]);
        if let Some(unit) = family.unit() {
            push_all(out, &["# UNIT ", base, " ", unit, "\n"]);
        }
        push_all(out, &["# HELP ", base, " "]);
        push_escaped(out, family.help(), Escaped::Quoted);
        out.push(b'\n');
    }

    fn text_head(&mut self, family: &Family) {
        let name = family.name();
        let out = self.sheet.bytes();
        push_all(out, &["# HELP ", name, " "]);
        push_escaped(out, family.help(), Escaped::Bare);
        push_all(out, &["\n# TYPE ", name, " ", family.kind().as_str(), "\n"]);
    }

    fn exemplar(&mut self, exemplar: Option<&Exemplar<'_>>) {
        let Some(exemplar) = exemplar.filter(|exemplar| self.open_metrics && exemplar.fits()) else { return };
        let out = self.sheet.bytes();
        push(out, " # {");
        for (number, (name, value)) in exemplar.labels.iter().enumerate() {
            push_all(out, &[if number > 0 { "," } else { "" }, name, "=\""]);
            push_escaped(out, value, Escaped::Quoted);
            out.push(b'"');
        }
        push(out, "} ");
        push_value(out, Value::Float(exemplar.value));
        out.push(b' ');
        push_time(out, exemplar.at);
    }

    fn created(&mut self, family: &Family, created: Option<SystemTime>) {
        let Some(created) = created.filter(|_| self.created) else { return };
        let out = self.sheet.bytes();
        push_all(out, &[family.base(), "_created"]);
        out.extend_from_slice(&self.labels);
        out.push(b' ');
        push_time(out, created);
        out.push(b'\n');
    }
}

impl Write for Text<'_> {
    fn begin(&mut self, family: &Family) {
        self.before.clear();
        for (number, label) in family.labels().enumerate() {
            self.before.push(format!("{}{label}=\"", if number == 0 { "{" } else { "\"," }));
        }
        if self.open_metrics {
            self.open_metrics_head(family);
        } else {
            self.text_head(family);
        }
    }

    fn value(&mut self, family: &Family, labels: &[&str], counted: &Counted<'_>) {
        let out = self.sheet.bytes();
        push(out, family.name());
        let start = out.len();
        push_labels(out, &self.before, labels);
        if self.created {
            self.labels.clear();
            self.labels.extend_from_slice(&out[start..]);
        }
        out.push(b' ');
        push_value(out, counted.value);
        let counts = family.kind() == Kind::Counter;
        if counts {
            self.exemplar(counted.exemplar.as_ref());
        }
        self.sheet.bytes().push(b'\n');
        if counts {
            self.created(family, counted.created);
        }
        self.sheet.rest();
    }

    fn histogram(&mut self, family: &Family, labels: &[&str], histogram: &Histogram<'_>) {
        let name = family.name();
        self.labels.clear();
        push_labels(&mut self.labels, &self.before, labels);

        // `name_bucket{..,le="`, which all buckets share: the first writes it, the others copy it.
        let out = self.sheet.bytes();
        let start = out.len();
        push_all(out, &[name, "_bucket"]);
        if let Some((_, open)) = self.labels.split_last() {
            out.extend_from_slice(open);
            out.push(b',');
        } else {
            out.push(b'{');
        }
        push(out, "le=\"");
        let prefix = start..out.len();

        let mut total = 0;
        let texts = histogram.bounds.texts(self.open_metrics).chain(std::iter::once("+Inf"));
        for (number, (le, count)) in texts.zip(histogram.counts).enumerate() {
            total += count;
            let out = self.sheet.bytes();
            if number > 0 {
                out.extend_from_within(prefix.clone());
            }
            push_all(out, &[le, "\"} "]);
            push_value(out, Value::Whole(total));
            self.exemplar(histogram.exemplars.get(number).and_then(Option::as_ref));
            self.sheet.bytes().push(b'\n');
        }
        let out = self.sheet.bytes();
        for (suffix, value) in [("_sum", histogram.sum), ("_count", Value::Whole(total))] {
            push_all(out, &[name, suffix]);
            out.extend_from_slice(&self.labels);
            out.push(b' ');
            push_value(out, value);
            out.push(b'\n');
        }
        self.created(family, histogram.created);
        self.sheet.rest();
    }

    fn end(&mut self) {}

    fn is_given_up(&self) -> bool {
        self.sheet.is_given_up()
    }
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn push_all(out: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        push(out, text);
    }
}

/// Appends `{name="value",..}`, or nothing when there is no label.
fn push_labels(out: &mut Vec<u8>, before: &[String], values: &[&str]) {
    for (before, value) in before.iter().zip(values) {
        push(out, before);
        push_escaped(out, value, Escaped::Quoted);
    }
    if !before.is_empty() {
        push(out, "\"}");
    }
}

fn push_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Whole(value) => push(out, itoa::Buffer::new().format(value)),
        Value::Decimal(text) => push(out, text),
        Value::Float(f64::INFINITY) => push(out, "+Inf"),
        Value::Float(f64::NEG_INFINITY) => push(out, "-Inf"),
        // Writing to a vector cannot fail.
        Value::Float(value) => _ = write!(out, "{value}"),
    }
}

/// Seconds since 1970, to the millisecond.
fn push_time(out: &mut Vec<u8>, time: SystemTime) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let _ = write!(out, "{}.{:03}", since.as_secs(), since.subsec_millis());
}

/// Where a text stands, which says what has to be escaped.
#[derive(Clone, Copy)]
enum Escaped {
    /// Between quotes, and in the help of OpenMetrics.
    Quoted,
    /// In the help of the text format.
    Bare,
}

/// Appends `text` with a backslash before each backslash and quote, and `\n` for a line feed.
fn push_escaped(out: &mut Vec<u8>, text: &str, escaped: Escaped) {
    let is_special =
        |byte: u8| matches!(byte, b'\\' | b'\n') || (byte == b'"' && matches!(escaped, Escaped::Quoted));
    // Hardly any text has one, and a search that does not stop early looks at many bytes at a time.
    if !text.bytes().fold(false, |any, byte| any | is_special(byte)) {
        return push(out, text);
    }
    for byte in text.bytes() {
        if is_special(byte) {
            out.push(b'\\');
        }
        out.push(if byte == b'\n' { b'n' } else { byte });
    }
}
