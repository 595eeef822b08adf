use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_genai_core::clock::Clock;
use tower_genai_core::{Caller, Profile};
use tower_genai_scrape::{Bounds, BoundsError};

use crate::buckets::Buckets;
use crate::calls::Options;
use crate::litellm::Callbacks;
use crate::plan::{Plan, definitions};
use crate::series::Reserved;
use crate::{Metrics, Naming};

/// How many label sets a metric has before values are folded, unless said otherwise.
pub const DEFAULT_SERIES_BUDGET: usize = 10_000;

/// Puts a [`Metrics`] store together.
///
/// ```
/// use tower_genai_core::Caller;
/// use tower_genai_metrics::Metrics;
///
/// let metrics = Metrics::builder()
///     .series_budget(2_000)
///     .reserve_model("gpt-4o-mini")
///     .reserve_caller(&Caller::new().with_key_alias("search-prod").with_team("search"))
///     .http_duration_buckets([0.1, 1.0, 10.0, 100.0])
///     .build()?;
/// # drop(metrics);
/// # Ok::<(), tower_genai_metrics::BuildError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct MetricsBuilder {
    buckets: Buckets,
    budget: Option<usize>,
    profile: Profile,
    options: Options,
    reserved: Reserved,
    revision: String,
    naming: Naming,
    callbacks: Callbacks,
    clock: Option<Clock>,
    faults: Vec<(&'static str, BoundsError)>,
}

macro_rules! buckets {
    ($($(#[$doc:meta])* $set:ident, $field:ident;)*) => {$(
        $(#[$doc])*
        pub fn $set(mut self, bounds: impl IntoIterator<Item = f64>) -> Self {
            match Bounds::new(bounds) {
                Ok(bounds) => self.buckets.$field = bounds,
                Err(fault) => self.faults.push((stringify!($set), fault)),
            }
            self
        }
    )*};
}

impl MetricsBuilder {
    buckets! {
        /// The buckets of HTTP and gRPC durations, in seconds. By default those of the
        /// [HTTP conventions](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/), which end at 10, and
        /// then 30, 60, 120, 300 and 600, for replies of models.
        http_duration_buckets, http_duration;
        /// The buckets of response sizes, in bytes: 256 to 64 MiB in steps of four by default.
        response_size_buckets, response_size;
        /// The buckets of a model call's duration, in seconds. By default those of the GenAI conventions: 0.01 to
        /// 81.92, doubling.
        operation_duration_buckets, operation_duration;
        /// The buckets of the time to the first chunk, in seconds: by default those of the duration.
        time_to_first_chunk_buckets, time_to_first_chunk;
        /// The buckets of the time per output chunk, in seconds: by default those of the duration.
        time_per_output_chunk_buckets, time_per_output_chunk;
        /// The buckets of token counts. By default those of the GenAI conventions: 1 to 67,108,864 in steps of four.
        token_usage_buckets, token_usage;
        /// The buckets of the time per output token, in seconds. By default those of the GenAI conventions: 0.01 to
        /// 2.5.
        time_per_output_token_buckets, time_per_output_token;
    }

    /// How many label sets a metric may have before values are folded to `other`;
    /// [`DEFAULT_SERIES_BUDGET`] by default.
    pub const fn series_budget(mut self, label_sets: usize) -> Self {
        self.budget = Some(label_sets);
        self
    }

    /// A model that is shown under its name whatever happens: before any upstream has answered for it, and when the
    /// budget is used up.
    pub fn reserve_model(mut self, model: impl Into<Box<str>>) -> Self {
        self.reserved.models.insert(model.into());
        self
    }

    /// A caller whose key alias, hashed key, team and user are shown even when the budget is used up.
    pub fn reserve_caller(mut self, caller: &Caller) -> Self {
        let Reserved { models: _, key_aliases, teams, users, hashed_keys } = &mut self.reserved;
        for (set, value) in [
            (key_aliases, caller.key_alias()),
            (teams, caller.team()),
            (users, caller.user()),
            (hashed_keys, caller.hashed_key()),
        ] {
            set.extend(value.map(Box::from));
        }
        self
    }

    /// Which names the metrics of calls have; OpenTelemetry's by default.
    ///
    /// ```
    /// use tower_genai_metrics::{Metrics, Naming};
    ///
    /// let metrics = Metrics::builder().naming(Naming::LiteLlm).build()?;
    /// # drop(metrics);
    /// # Ok::<(), tower_genai_metrics::BuildError>(())
    /// ```
    pub const fn naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// Something that calls are told to and that counts what it has lost: `litellm_callback_logging_failures_metric`
    /// shows what `failures` returns, under the name as its `callback_name`. Only LiteLLM's naming has it.
    pub fn callback_failures(
        mut self,
        name: impl Into<Arc<str>>,
        failures: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        self.callbacks.add(name.into(), Arc::new(failures));
        self
    }

    /// Which names the GenAI metrics have: those of release 1.41 by default. See the [crate's documentation](crate).
    pub const fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Whether durations and cost come with exemplars: the trace and the span of a sampled call, the newest of each
    /// bucket. They are shown in OpenMetrics and in protobuf. Off by default, since Prometheus stores them only when
    /// [told to](https://prometheus.io/docs/prometheus/latest/feature_flags/#exemplars-storage).
    pub const fn exemplars(mut self, exemplars: bool) -> Self {
        self.options.exemplars = exemplars;
        self
    }

    /// Whether the histograms of calls are counted in exponential buckets as well, which are shown where a
    /// `MetricsService` is told to show [native histograms](crate::scrape::Histograms). Off by default: it takes up to
    /// 4 KiB more for each histogram. A bucket is at most 9 % wider than the one below; where that makes more than 160
    /// of them, each two are joined.
    pub const fn native_histograms(mut self, native: bool) -> Self {
        self.options.native = native;
        self
    }

    /// Whether the time per output chunk is measured. Off by default: it takes a reading of the clock, about 10 to 20
    /// nanoseconds, for each event of a stream.
    pub const fn chunk_timing(mut self, chunk_timing: bool) -> Self {
        self.options.chunks = chunk_timing;
        self
    }

    /// Takes away series of calls to which nothing was added for so long, of whatever kind, when a scrape comes by.
    /// Their places in the budget are free again.
    ///
    /// Off by default. A counter that vanishes and comes back begins at zero: what is queried over longer than this
    /// time, such as `increase(...[30d])`, misses what was counted between the last scrape before and the first one
    /// after. Use it where label values come and go for good, such as models and users, and give it several times the
    /// longest range that is queried.
    pub const fn idle_expiry(mut self, idle: Duration) -> Self {
        self.options.idle = Some(idle);
        self
    }

    /// The clock by which [`idle_expiry`](Self::idle_expiry) is measured.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The `revision` of `tower_genai_build_info`: the commit the program was built from.
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = revision.into();
        self
    }

    /// The store.
    ///
    /// # Errors
    ///
    /// When bucket bounds are not finite or do not ascend; all faults are listed.
    pub fn build(self) -> Result<Metrics, BuildError> {
        let Self { buckets, budget, profile, options, reserved, revision, naming, callbacks, clock, faults } =
            self;
        if !faults.is_empty() {
            return Err(BuildError { faults });
        }
        let budget = budget.unwrap_or(DEFAULT_SERIES_BUDGET);
        Ok(Metrics::with(Plan {
            definitions: definitions(naming, profile, &buckets, budget, options),
            naming,
            callbacks,
            buckets,
            budget,
            options,
            reserved,
            revision,
            clock: clock.unwrap_or_default(),
        }))
    }
}

/// Some of the buckets cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildError {
    faults: Vec<(&'static str, BoundsError)>,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (option, fault)) in self.faults.iter().enumerate() {
            write!(f, "{}{option}: {fault}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_buckets_is_listed() {
        let error = Metrics::builder()
            .http_duration_buckets([1.0, 0.5])
            .token_usage_buckets([1.0, 2.0])
            .response_size_buckets([f64::NAN])
            .build()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "http_duration_buckets: bucket bounds must ascend, but 0.5 follows 1; response_size_buckets: the bucket \
             bound NaN is not finite; the bucket up to +Inf is implied, leave it out"
        );
    }
}
