//! Prometheus' protobuf format: each family a length-delimited message.

mod histogram;
mod labels;
pub(crate) mod model;

use std::time::{SystemTime, UNIX_EPOCH};

use prost::{Message, encode_length_delimiter, length_delimiter_len};

use super::samples::Write;
use super::{Counted, Histograms, Sheet};
use crate::{Exemplar, Family, Histogram, Kind};
use labels::Labels;
use model::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType, Timestamp};

#[derive(Debug)]
pub(super) struct Protobuf<'a> {
    sheet: &'a mut Sheet,
    /// The message of the family that is being written: its length stands before it, so that it is handed out whole.
    family: Vec<u8>,
    unit: Option<&'static str>,
    labels: Labels,
    histograms: Histograms,
}

/// The key of `MetricFamily.metric`: field 4, with its length before it.
const METRIC: u8 = 4 << 3 | 2;

impl<'a> Protobuf<'a> {
    pub(super) fn new(sheet: &'a mut Sheet, histograms: Histograms) -> Self {
        Self { sheet, family: Vec::new(), unit: None, labels: Labels::default(), histograms }
    }

    /// Writes a metric: its labels, and what `value` has beside them.
    fn metric(&mut self, values: &[&str], value: &Metric) {
        let len = self.labels.encoded_len(values) + value.encoded_len();
        self.family.push(METRIC);
        // A vector has room for everything.
        let _ = encode_length_delimiter(len, &mut self.family);
        self.labels.encode(values, &mut self.family);
        let _ = value.encode(&mut self.family);
    }
}

impl Write for Protobuf<'_> {
    fn begin(&mut self, family: &Family) {
        self.end();
        let mut head = MetricFamily {
            name: Some(family.name().to_owned()),
            help: Some(family.help().to_owned()),
            ..MetricFamily::default()
        };
        head.set_type(match family.kind() {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
            Kind::Histogram => MetricType::Histogram,
        });
        let _ = head.encode(&mut self.family);
        self.unit = family.unit();
        self.labels = Labels::of(family);
    }

    fn value(&mut self, family: &Family, labels: &[&str], counted: &Counted<'_>) {
        let mut metric = Metric::default();
        let value = Some(counted.value.to_f64());
        if family.kind() == Kind::Counter {
            metric.counter = Some(Counter {
                value,
                exemplar: counted.exemplar.as_ref().and_then(exemplar),
                created_timestamp: counted.created.map(timestamp),
            });
        } else {
            metric.gauge = Some(Gauge { value });
        }
        self.metric(labels, &metric);
    }

    fn histogram(&mut self, _: &Family, labels: &[&str], histogram: &Histogram<'_>) {
        let shown = histogram::message(histogram, self.histograms);
        self.metric(labels, &Metric { histogram: Some(shown), ..Metric::default() });
    }

    fn end(&mut self) {
        if self.family.is_empty() {
            return;
        }
        if let Some(unit) = self.unit {
            let tail = MetricFamily { unit: Some(unit.to_owned()), ..MetricFamily::default() };
            let _ = tail.encode(&mut self.family);
        }
        let _ = encode_length_delimiter(self.family.len(), self.sheet.bytes());
        self.sheet.append(std::mem::take(&mut self.family));
    }

    fn is_given_up(&self) -> bool {
        self.sheet.is_given_up()
    }
}

fn pair(name: &str, value: &str) -> LabelPair {
    LabelPair { name: Some(name.to_owned()), value: Some(value.to_owned()) }
}

/// How long a field is whose key is one byte.
fn field_len(len: usize) -> usize {
    1 + length_delimiter_len(len) + len
}

fn exemplar(exemplar: &Exemplar<'_>) -> Option<model::Exemplar> {
    exemplar.fits().then(|| model::Exemplar {
        label: exemplar.labels.iter().map(|(name, value)| pair(name, value)).collect(),
        value: Some(exemplar.value),
        timestamp: Some(timestamp(exemplar.at)),
    })
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp {
        seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(since.subsec_nanos()).unwrap_or_default(),
    }
}
