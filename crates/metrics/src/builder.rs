use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use tower_genai_core::clock::Clock;
use tower_genai_core::{Caller, Profile, is_credential_header};
use tower_genai_scrape::Bounds;

use crate::buckets::Buckets;
use crate::calls::Options;
use crate::catalogue::{Catalogue, CustomLabel};
use crate::fault::{BuildError, Fault};
use crate::litellm::Callbacks;
use crate::names;
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
    catalogue: Catalogue,
}

macro_rules! buckets {
    ($($(#[$doc:meta])* $set:ident, $field:ident;)*) => {$(
        $(#[$doc])*
        pub fn $set(mut self, bounds: impl IntoIterator<Item = f64>) -> Self {
            match Bounds::new(bounds) {
                Ok(bounds) => self.buckets.$field = bounds,
                Err(fault) => self.catalogue.faults.push(Fault::new(stringify!($set), fault.to_string())),
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
        /// The buckets of our own time, in seconds: a microsecond to ten seconds by default.
        overhead_buckets, overhead;
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

    /// Whether our own time is measured, as `tower_genai_overhead_seconds`: how long a request took while no upstream
    /// was at work on it. A layer on the server's side and one on the client's, both of this store, measure it together;
    /// the request must keep its extensions between them. Attempts are upstream time from their begin to the end of
    /// their reply, those that overlap once; a pause between two is ours.
    ///
    /// In LiteLLM's naming the layer on the server's side notes the [`Arrival`](tower_genai_core::Arrival) as well, where nobody
    /// has.
    ///
    /// Off by default, since it takes three allocations for each request.
    pub const fn overhead(mut self, overhead: bool) -> Self {
        self.options.overhead = overhead;
        self
    }

    /// Takes away series of calls to which nothing was added for so long, of whatever kind, when a scrape comes by.
    /// Their places in the budget are free again.
    ///
    /// The names of models that an upstream has answered for are remembered for as long as the process lives, whatever
    /// becomes of their series: at most [`series_budget`](Self::series_budget) of them, and those that come after are
    /// shown as `other` unless they are [reserved](Self::reserve_model).
    ///
    /// Off by default. A counter that vanishes and comes back begins at zero: what is queried over longer than this
    /// time, such as `increase(...[30d])`, misses what was counted between the last scrape before and the first one
    /// after. Use it where label values come and go for good, such as models and users, and give it several times the
    /// longest range that is queried.
    pub const fn idle_expiry(mut self, idle: Duration) -> Self {
        self.options.idle = Some(idle);
        self
    }

    /// The clock by which [`idle_expiry`](Self::idle_expiry) and [`overhead`](Self::overhead) are measured.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Shows these metrics only: names (`gen_ai_client_calls_total`), or patterns of names that begin alike
    /// (`gen_ai_*`). Those about the observing itself, `tower_genai_series` and its like, stay.
    ///
    /// ```
    /// use tower_genai_metrics::Metrics;
    ///
    /// let error = Metrics::builder().only_metrics(["gen_ai_client_*"]).exclude_labels(["tema"]).build().unwrap_err();
    /// assert_eq!(error.to_string(), "exclude_labels: no metric has a label `tema`");
    /// ```
    pub fn only_metrics<T: Into<String>>(mut self, metrics: impl IntoIterator<Item = T>) -> Self {
        self.catalogue.only.extend(metrics.into_iter().map(Into::into));
        self
    }

    /// Leaves these metrics out: names or patterns, as for [`only_metrics`](Self::only_metrics).
    pub fn exclude_metrics<T: Into<String>>(mut self, metrics: impl IntoIterator<Item = T>) -> Self {
        self.catalogue.exclude.extend(metrics.into_iter().map(Into::into));
        self
    }

    /// Keeps these labels of a metric of calls (or of all that fit a pattern), and no others: sums over the rest are
    /// made here and not in every query.
    pub fn labels_of<T: Into<String>>(
        mut self,
        metric: impl Into<String>,
        labels: impl IntoIterator<Item = T>,
    ) -> Self {
        self.catalogue.labels_of.push((metric.into(), labels.into_iter().map(Into::into).collect()));
        self
    }

    /// Takes these labels from all metrics of calls.
    pub fn exclude_labels<T: Into<String>>(mut self, labels: impl IntoIterator<Item = T>) -> Self {
        self.catalogue.exclude_labels.extend(labels.into_iter().map(Into::into));
        self
    }

    /// Shows labels that are off by default, for each has as many values as there are people or machines: `end_user`,
    /// `client_address` (from a [`ClientAddress`](tower_genai_core::ClientAddress)) and `user_agent`, and `hashed_api_key`
    /// where OpenTelemetry's naming has it off. They come to the counters that say who called. LiteLLM's histograms
    /// have `api_key_alias`, `hashed_api_key`, `team`, `team_alias` and `user` off as well.
    pub fn include_labels<T: Into<String>>(mut self, labels: impl IntoIterator<Item = T>) -> Self {
        self.catalogue.include_labels.extend(labels.into_iter().map(Into::into));
        self
    }

    /// The only values that a label may have; others are shown as `other`.
    pub fn allow_values<T: Into<Box<str>>>(
        mut self,
        label: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        self.catalogue.allow.push((label.into(), values.into_iter().map(Into::into).collect()));
        self
    }

    /// Gives the counters that say who called a label with the value of a request's header. A client chooses what its
    /// headers say: mind the budget, or [allow](Self::allow_values) the values you know.
    ///
    /// Headers with credentials are refused.
    pub fn label_from_header(mut self, label: impl Into<String>, header: &str) -> Self {
        const SETTING: &str = "label_from_header";
        let fault = match HeaderName::try_from(header) {
            Ok(name) if is_credential(&name) => {
                format!("`{name}` carries a credential, which is never shown")
            }
            Ok(name) => {
                self.catalogue.custom.push(CustomLabel::from_header(label.into(), name));
                return self;
            }
            Err(_) => format!("`{header}` is no name of a header"),
        };
        self.catalogue.faults.push(Fault::new(SETTING, fault));
        self
    }

    /// Gives the counters that say who called the label `tag_{tag}`, which is `true` for calls with the tag and `false`
    /// for others, as LiteLLM has it. What is no letter or digit becomes `_` in its name.
    pub fn label_from_tag(mut self, tag: &str) -> Self {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        let name = format!("tag_{}", tag.chars().map(letter).collect::<String>());
        self.catalogue.custom.push(CustomLabel::from_tag(name, tag));
        self
    }

    /// The budget of one metric of calls, or of each that fits a pattern, in the place of
    /// [`series_budget`](Self::series_budget).
    pub fn series_budget_of(mut self, metric: impl Into<String>, label_sets: usize) -> Self {
        self.catalogue.budgets.push((metric.into(), label_sets));
        self
    }

    /// The buckets of one histogram of calls, or of each that fits a pattern.
    pub fn buckets_of(mut self, metric: impl Into<String>, bounds: impl IntoIterator<Item = f64>) -> Self {
        self.catalogue.buckets.push((metric.into(), Bounds::new(bounds)));
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
    /// Something that was asked for cannot be: buckets whose bounds do not ascend, a budget of 0, a metric or a label that
    /// there is not. All faults are listed.
    pub fn build(self) -> Result<Metrics, BuildError> {
        let Self {
            buckets,
            budget,
            profile,
            options,
            reserved,
            revision,
            naming,
            callbacks,
            clock,
            catalogue,
        } = self;
        let mut faults = Vec::new();
        let budget = budget.unwrap_or(DEFAULT_SERIES_BUDGET);
        if budget == 0 {
            faults.push(Fault::new("series_budget", "a budget of 0 leaves no series; at least 1"));
        }
        let all = definitions(naming, profile, &buckets, budget, options);
        let applied = catalogue.apply(all, &others(naming, options), &mut faults);
        BuildError::check(faults)?;
        Ok(Metrics::with(Plan {
            applied,
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

/// The metrics that are shown besides those of the tables.
fn others(naming: Naming, options: Options) -> Vec<&'static str> {
    let exchanges = naming.has_otel().then_some(names::EXCHANGES).into_iter().flatten();
    let litellm = naming.has_litellm().then_some(names::litellm::OTHERS).into_iter().flatten();
    let overhead = options.overhead.then_some(names::OVERHEAD.as_str());
    exchanges.chain(litellm).chain([names::DRAINS.as_str()]).chain(overhead).collect()
}

/// Whether a header is one by which clients show who they are.
fn is_credential(header: &HeaderName) -> bool {
    /// Those that core does not read keys from.
    const OTHERS: [&str; 5] = [
        "ocp-apim-subscription-key",
        "set-cookie",
        "x-amz-security-token",
        "x-auth-token",
        "x-litellm-api-key",
    ];
    is_credential_header(header) || OTHERS.contains(&header.as_str())
}

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
