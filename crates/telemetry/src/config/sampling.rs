//! Which traces are recorded.

use std::fmt;

use opentelemetry_sdk::trace::Sampler;

/// How it is decided which traces are recorded, as `OTEL_TRACES_SAMPLER` names it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampling {
    /// Whether a parent's decision counts where there is one.
    pub(crate) parent_based: bool,
    pub(crate) root: RootSampling,
}

/// How it is decided for a trace that begins here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RootSampling {
    AlwaysOn,
    AlwaysOff,
    /// The share that is recorded, from 0 to 1.
    TraceIdRatio(f64),
}

impl Sampling {
    pub(crate) fn sampler(self) -> Sampler {
        let root = match self.root {
            RootSampling::AlwaysOn => Sampler::AlwaysOn,
            RootSampling::AlwaysOff => Sampler::AlwaysOff,
            RootSampling::TraceIdRatio(share) => Sampler::TraceIdRatioBased(share),
        };
        if self.parent_based { Sampler::ParentBased(Box::new(root)) } else { root }
    }
}

impl Default for Sampling {
    /// The specification's.
    fn default() -> Self {
        Self { parent_based: true, root: RootSampling::AlwaysOn }
    }
}

/// As the variable writes it.
impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parent_based {
            f.write_str("parentbased_")?;
        }
        match self.root {
            RootSampling::AlwaysOn => f.write_str("always_on"),
            RootSampling::AlwaysOff => f.write_str("always_off"),
            RootSampling::TraceIdRatio(_) => f.write_str("traceidratio"),
        }
    }
}
