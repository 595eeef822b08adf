//! From a page in the text format to protobuf: a `prometheus_client` registry writes itself as text.

use std::collections::HashMap;

use crate::encoder::messages::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType, Untyped,
};

/// The families on a page of the text format 0.0.4, as `prometheus_client` writes it.
pub(super) fn of_text(page: &str) -> Vec<MetricFamily> {
    let mut families: Vec<MetricFamily> = Vec::new();
    let mut help = None;
    let mut places = HashMap::new();
    for line in page.lines() {
        if let Some((name, text)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            help = Some((name.to_owned(), unescaped(text)));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            let mut family = MetricFamily { name: Some(name.to_owned()), ..MetricFamily::default() };
            family.set_type(kind_of(kind));
            family.help = help.take().filter(|(of, _)| of == name).map(|(_, text)| text);
            families.push(family);
            places.clear();
        } else if let Some(family) = families.last_mut()
            && let Some(sample) = Sample::read(line)
        {
            add(family, sample, &mut places);
        }
    }
    families
}

fn kind_of(kind: &str) -> MetricType {
    match kind {
        "counter" => MetricType::Counter,
        "gauge" => MetricType::Gauge,
        "histogram" => MetricType::Histogram,
        _ => MetricType::Untyped,
    }
}

/// One line: a name, labels, a number.
struct Sample<'l> {
    name: &'l str,
    labels: Vec<LabelPair>,
    value: f64,
}

impl<'l> Sample<'l> {
    fn read(line: &'l str) -> Option<Self> {
        let end = line.find(['{', ' '])?;
        let (name, mut rest) = line.split_at(end);
        let mut labels = Vec::new();
        if let Some(inner) = rest.strip_prefix('{') {
            rest = inner;
            while !rest.starts_with('}') {
                let (name, behind) = rest.split_once("=\"")?;
                let end = end_of_quoted(behind)?;
                labels.push(LabelPair {
                    name: Some(name.trim_start_matches(',').to_owned()),
                    value: Some(unescaped(&behind[..end])),
                });
                rest = &behind[end + 1..];
            }
            rest = &rest[1..];
        }
        let value = rest.split_whitespace().next()?.parse().ok()?;
        Some(Self { name, labels, value })
    }
}

/// Where the quote stands that ends a text; a backslash takes the next character's meaning.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

/// Adds a sample to its family; those of a histogram with the same labels make one metric.
fn add(family: &mut MetricFamily, sample: Sample<'_>, places: &mut HashMap<String, usize>) {
    let Sample { name, mut labels, value } = sample;
    if family.r#type() != MetricType::Histogram {
        let mut metric = Metric { label: labels, ..Metric::default() };
        match family.r#type() {
            MetricType::Counter => {
                metric.counter = Some(Counter { value: Some(value), ..Counter::default() });
            }
            MetricType::Gauge => metric.gauge = Some(Gauge { value: Some(value) }),
            _ => metric.untyped = Some(Untyped { value: Some(value) }),
        }
        family.metric.push(metric);
        return;
    }
    let le = labels.iter().position(|label| label.name() == "le").map(|at| labels.remove(at));
    let place = *places.entry(format!("{labels:?}")).or_insert_with(|| {
        family.metric.push(Metric {
            label: labels,
            histogram: Some(Histogram::default()),
            ..Metric::default()
        });
        family.metric.len() - 1
    });
    let Some(histogram) = family.metric.get_mut(place).and_then(|metric| metric.histogram.as_mut()) else {
        return;
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a count")]
    let count = value as u64;
    match (name.rsplit_once('_'), le) {
        (Some((_, "bucket")), Some(le)) => histogram.bucket.push(Bucket {
            cumulative_count: Some(count),
            upper_bound: le.value().parse().ok(),
            exemplar: None,
        }),
        (Some((_, "sum")), _) => histogram.sample_sum = Some(value),
        (Some((_, "count")), _) => histogram.sample_count = Some(count),
        _ => {}
    }
}
