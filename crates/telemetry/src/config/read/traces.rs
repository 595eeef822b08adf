//! The pipeline of spans.

use std::time::Duration;

use super::super::{Batch, RootSampling, Sampling, SpanLimits, TracesConfig};
use super::Reader;
use super::exporter::Statement;
use super::variables::SPAN_BATCH;
use crate::env::Environment;
use crate::signal::Signal;

const SECTION: &str = "traces";

/// The specification's.
const BATCH: Batch =
    Batch { delay: Duration::from_secs(5), queue: 2048, size: 512, timeout: Duration::from_secs(30) };

impl<E: Environment> Reader<'_, E> {
    /// Spans are wanted when somebody says where they, or all signals, are to go.
    pub(super) fn traces(&mut self, general: &Statement) -> Option<TracesConfig> {
        let own = self.own(Signal::Traces);
        // All of them are read, so that all faults are found, also when there are no traces.
        let sampling = self.sampling();
        let limits = self.span_limits();
        let batch = self.batch(SECTION, &SPAN_BATCH, BATCH);
        let reason = own.reason().or_else(|| general.reason())?;
        let exporter = self.exporter(&own, general, reason)?;
        Some(TracesConfig { exporter, sampling, limits, batch })
    }

    fn sampling(&mut self) -> Sampling {
        let stated = self.read_with((SECTION, "sampler"), &["OTEL_TRACES_SAMPLER"], sampling);
        let mut sampling = stated.unwrap_or_default();
        if let RootSampling::TraceIdRatio(share) = &mut sampling.root {
            *share = self.ratio().unwrap_or(*share);
        }
        sampling
    }

    fn ratio(&mut self) -> Option<f64> {
        let place = (SECTION, "sampler argument");
        self.read_with(place, &["OTEL_TRACES_SAMPLER_ARG"], |value| match value.parse() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
            _ => Err(format!("must be a number from 0 to 1, not `{value}`")),
        })
    }

    fn span_limits(&mut self) -> SpanLimits {
        let default = SpanLimits::default();
        let mut count =
            |setting, names, default| self.whole((SECTION, setting), names, 0, u32::MAX).unwrap_or(default);
        SpanLimits {
            attributes: count(
                "attributes",
                &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
                default.attributes,
            ),
            events: count("events", &["OTEL_SPAN_EVENT_COUNT_LIMIT"], default.events),
            links: count("links", &["OTEL_SPAN_LINK_COUNT_LIMIT"], default.links),
            attributes_per_event: count(
                "attributes per event",
                &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"],
                default.attributes_per_event,
            ),
            attributes_per_link: count(
                "attributes per link",
                &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"],
                default.attributes_per_link,
            ),
            value_length: self.value_length(SECTION, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
        }
    }

    /// The specific limit or the one of all attributes.
    pub(super) fn value_length(&mut self, section: &'static str, own: &'static str) -> Option<usize> {
        let names = [own, "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"];
        self.whole((section, "value length"), &names, 0, u32::MAX).map(|length| length as usize)
    }
}

/// With a share of 1, where it takes one.
fn sampling(value: &str) -> Result<Sampling, String> {
    let (parent_based, root) = match value.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, value),
    };
    let root = match root {
        "always_on" => RootSampling::AlwaysOn,
        "always_off" => RootSampling::AlwaysOff,
        "traceidratio" => RootSampling::TraceIdRatio(1.0),
        _ => {
            let problem = match value {
                "jaeger_remote" | "parentbased_jaeger_remote" | "xray" => {
                    "names a sampler that asks a server how to sample, which none of ours does"
                }
                _ => "names no sampler we have",
            };
            let known = "always_on, always_off or traceidratio, each also with parentbased_ before it";
            return Err(format!("{problem}, `{value}`: use {known}"));
        }
    };
    Ok(Sampling { parent_based, root })
}
