use tower_genai_metrics::{Metrics, MetricsBuilder, Naming};

use super::reader::Table;

/// How calls are measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Which names the metrics of calls have.
    pub naming: Naming,
}

impl MetricsConfig {
    pub(super) fn read(table: Table<'_>) -> Self {
        let naming = table.parsed("naming", str::parse);
        table.finish();
        Self { naming: naming.unwrap_or_default() }
    }

    /// A store that is as the operator wants it.
    pub fn builder(&self) -> MetricsBuilder {
        Metrics::builder().naming(self.naming)
    }
}
