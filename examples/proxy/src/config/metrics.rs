use tower_genai_metrics::{Metrics, MetricsBuilder, Naming};
use tower_genai_scrape::Histograms;

use super::reader::Table;

/// How calls are measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Which names the metrics of calls have.
    pub naming: Naming,
    /// Which buckets Prometheus gets when it asks for protobuf.
    pub histograms: Histograms,
}

impl MetricsConfig {
    pub(super) fn read(table: Table<'_>) -> Self {
        let naming = table.parsed("naming", str::parse);
        let histograms = table.parsed("histograms", histograms);
        table.finish();
        Self { naming: naming.unwrap_or_default(), histograms: histograms.unwrap_or_default() }
    }

    /// A store that is as the operator wants it.
    pub fn builder(&self) -> MetricsBuilder {
        Metrics::builder().naming(self.naming).native_histograms(self.histograms != Histograms::Classic)
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
