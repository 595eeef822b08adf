use toml::de::DeValue;
use tower_genai_core::Profile;
use tower_genai_metrics::{Metrics, MetricsBuilder, Naming};
use tower_genai_scrape::Histograms;

use super::reader::{Field, Table};

/// How calls are measured.
#[derive(Clone, Debug)]
pub struct MetricsConfig {
    /// Which names the metrics of calls have.
    pub naming: Naming,
    /// Which buckets scrapers are shown that ask for protobuf.
    pub histograms: Histograms,
    /// Whether `_created` samples are written.
    pub created: bool,
    builder: MetricsBuilder,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            naming: Naming::default(),
            histograms: Histograms::default(),
            created: false,
            builder: Metrics::builder(),
        }
    }
}

impl MetricsConfig {
    pub(super) fn read(table: Table<'_>) -> Self {
        let naming = table.parsed("naming", str::parse).unwrap_or_default();
        let histograms = table.parsed("histograms", histograms).unwrap_or_default();
        let flag = |key| table.flag(key).is_some_and(|field| field.value);
        let created = flag("created");
        let mut builder = Metrics::builder()
            .naming(naming)
            .native_histograms(histograms != Histograms::Classic)
            .chunk_timing(flag("chunk_timing"));
        if let Some(idle) = table.duration("idle_expiry", false) {
            builder = builder.idle_expiry(idle);
        }
        if let Some(budget) = table.count("series_budget").and_then(|budget| usize::try_from(budget).ok()) {
            builder = builder.series_budget(budget);
        }
        let mut settings = Settings { builder };
        // First what makes labels that the others may name.
        settings.texts_of(&table, "label_from_header", |builder, label, header| {
            builder.label_from_header(label, header)
        });
        settings.texts(&table, "label_from_tag", MetricsBuilder::label_from_tag);
        settings.texts(&table, "include_labels", |builder, label| builder.include_labels([label]));
        settings.lists_of(&table, "labels_of", |builder, metric, labels| builder.labels_of(metric, labels));
        settings.texts(&table, "exclude_labels", |builder, label| builder.exclude_labels([label]));
        settings
            .lists_of(&table, "allow_values", |builder, label, values| builder.allow_values(label, values));
        settings.numbers_of(&table, "series_budget_of");
        settings.buckets_of(&table, "buckets_of");
        settings.texts(&table, "only", |builder, metric| builder.only_metrics([metric]));
        settings.texts(&table, "exclude", |builder, metric| builder.exclude_metrics([metric]));
        table.finish();
        Self { naming, histograms, created, builder: settings.builder }
    }

    /// A store that is as the operator wants it.
    pub fn builder(&self) -> MetricsBuilder {
        self.builder.clone()
    }
}

fn histograms(text: &str) -> Result<Histograms, String> {
    match text {
        "classic" => Ok(Histograms::Classic),
        "native" => Ok(Histograms::Native),
        "both" => Ok(Histograms::Both),
        _ => Err(format!("`{text}` is no kind of histogram; there are classic, native and both")),
    }
}

/// What has been said so far, without faults.
struct Settings {
    builder: MetricsBuilder,
}

impl Settings {
    /// Adds a setting, or says what the store has against it.
    fn add<T>(&mut self, field: &Field<'_, T>, setting: impl FnOnce(MetricsBuilder) -> MetricsBuilder) {
        let builder = setting(self.builder.clone());
        // Which names there will be is the environment's choice.
        match builder.clone().profile(Profile::Both).build() {
            Ok(_) => self.builder = builder,
            Err(error) => error.faults().iter().for_each(|fault| field.fault(fault.problem())),
        }
    }

    /// `key = ["..."]`.
    fn texts(
        &mut self,
        table: &Table<'_>,
        key: &'static str,
        setting: impl Fn(MetricsBuilder, &str) -> MetricsBuilder,
    ) {
        for field in table.texts(key) {
            self.add(&field, |builder| setting(builder, field.value));
        }
    }

    /// `key = { name = "..." }`.
    fn texts_of(
        &mut self,
        table: &Table<'_>,
        key: &'static str,
        setting: impl Fn(MetricsBuilder, &str, &str) -> MetricsBuilder,
    ) {
        for (name, field) in entries(table, key) {
            if let Some(field) = field.text() {
                self.add(&field, |builder| setting(builder, name, field.value));
            }
        }
    }

    /// `key = { name = ["..."] }`.
    fn lists_of(
        &mut self,
        table: &Table<'_>,
        key: &'static str,
        setting: impl Fn(MetricsBuilder, &str, Vec<String>) -> MetricsBuilder,
    ) {
        for (name, field) in entries(table, key) {
            match list(field.value, |entry| entry.as_str().map(str::to_owned)) {
                Some(values) => self.add(&field, |builder| setting(builder, name, values)),
                None => field.fault("must be an array of strings"),
            }
        }
    }

    /// `key = { metric = 100 }`.
    fn numbers_of(&mut self, table: &Table<'_>, key: &'static str) {
        for (metric, field) in entries(table, key) {
            match field.value.as_integer().and_then(|number| number.as_str().parse().ok()) {
                Some(budget) => self.add(&field, |builder| builder.series_budget_of(metric, budget)),
                None => field.fault("must be a whole number above zero"),
            }
        }
    }

    /// `key = { metric = [0.1, 1, 10] }`.
    fn buckets_of(&mut self, table: &Table<'_>, key: &'static str) {
        let number = |entry: &DeValue<'_>| match (entry.as_float(), entry.as_integer()) {
            (Some(number), _) => number.as_str().parse().ok(),
            (_, Some(number)) => number.as_str().parse().ok(),
            _ => None,
        };
        for (metric, field) in entries(table, key) {
            match list(field.value, number) {
                Some(bounds) => self.add(&field, |builder| builder.buckets_of(metric, bounds)),
                None => field.fault("must be an array of numbers"),
            }
        }
    }
}

/// The entries of a table whose keys the operator chooses.
fn entries<'t>(table: &Table<'t>, key: &'static str) -> Vec<(&'t str, Field<'t, &'t DeValue<'t>>)> {
    table.table(key).map(Table::rest).unwrap_or_default()
}

fn list<T>(value: &DeValue<'_>, read: impl Fn(&DeValue<'_>) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(|entry| read(entry.get_ref())).collect()
}
