//! Prometheus' protobuf format: each family a length-delimited message.

mod histogram;
pub(crate) mod model;

use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use super::samples::Write;
use super::{Counted, Histograms};
use crate::{Exemplar, Family, Histogram, Kind};
use model::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType, Timestamp};

#[derive(Debug)]
pub(super) struct Protobuf<'a> {
    out: &'a mut Vec<u8>,
    /// The family that is being written: its length stands before it.
    family: MetricFamily,
    histograms: Histograms,
}

impl<'a> Protobuf<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, histograms: Histograms) -> Self {
        Self { out, family: MetricFamily::default(), histograms }
    }
}

impl Write for Protobuf<'_> {
    fn begin(&mut self, family: &Family) {
        self.end();
        self.family.name = Some(family.name().to_owned());
        self.family.help = Some(family.help().to_owned());
        self.family.unit = family.unit().map(str::to_owned);
        self.family.set_type(match family.kind() {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
            Kind::Histogram => MetricType::Histogram,
        });
    }

    fn value(&mut self, family: &Family, labels: &[&str], counted: &Counted<'_>) {
        let mut metric = Metric { label: pairs(family, labels), ..Metric::default() };
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
        self.family.metric.push(metric);
    }

    fn histogram(&mut self, family: &Family, labels: &[&str], histogram: &Histogram<'_>) {
        let shown = histogram::message(histogram, self.histograms);
        self.family.metric.push(Metric {
            label: pairs(family, labels),
            histogram: Some(shown),
            ..Metric::default()
        });
    }

    fn end(&mut self) {
        if self.family.name.is_none() {
            return;
        }
        // A vector has room for everything.
        let _ = self.family.encode_length_delimited(self.out);
        self.family.clear();
    }
}

fn pairs(family: &Family, values: &[&str]) -> Vec<LabelPair> {
    // An empty value is the same as no label.
    let named = family.labels().zip(values).filter(|(_, value)| !value.is_empty());
    named.map(|(name, value)| pair(name, value)).collect()
}

fn pair(name: &str, value: &str) -> LabelPair {
    LabelPair { name: Some(name.to_owned()), value: Some(value.to_owned()) }
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
