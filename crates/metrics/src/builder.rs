use std::fmt;
use std::sync::Arc;

use tower_genai_core::Caller;
use tower_genai_scrape::{Bounds, BoundsError};

use crate::buckets::Buckets;
use crate::litellm::Callbacks;
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
    reserved: Reserved,
    revision: String,
    naming: Naming,
    callbacks: Callbacks,
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
        let Self { buckets, budget, reserved, revision, naming, callbacks, faults } = self;
        if !faults.is_empty() {
            return Err(BuildError { faults });
        }
        let budget = budget.unwrap_or(DEFAULT_SERIES_BUDGET);
        let definitions = naming.definitions(&buckets, budget);
        Ok(Metrics::with(&buckets, budget, naming, definitions, callbacks, reserved, revision))
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
