use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tower_genai_scrape::{Encoder, Family, Kind as Shown};

use super::LabelId;
use super::label::LabelMask;
use super::labels::CallLabels;
use super::map::SeriesMap;
use super::series::Series;
use super::table::{Definition, Kind, Measure, Options, Row};
use crate::series::{Census, Layout, Reserved};

/// A metric in use.
pub(super) struct Metric {
    pub(super) row: &'static Row,
    pub(super) follows: bool,
    pub(super) layout: Layout,
    family: Family,
    /// As they are shown; those of the series' keys have no [`LabelId::Part`].
    labels: Box<[LabelId]>,
    missing: &'static str,
    map: SeriesMap,
}

impl Metric {
    pub(super) fn new(definition: Definition, options: Options) -> Self {
        let Definition { row, labels, missing, bounds, budget, follows } = definition;
        let kind = match row.kind {
            Kind::Counter(_) => Shown::Counter,
            Kind::Gauge(_) => Shown::Gauge,
            Kind::Histogram(..) => Shown::Histogram,
        };
        let names = labels.iter().map(|(_, name)| name.as_ref());
        let mut family = Family::new(kind, row.name.as_str(), row.help, names);
        if let Some(unit) = row.unit {
            family = family.with_unit(unit);
        }
        let layout = match row.measure() {
            Measure::Seconds(_) | Measure::Chunks(_) => Layout::seconds(bounds),
            Measure::Count(_) | Measure::Counts(..) | Measure::Money(_) => Layout::whole(bounds),
        };
        let layout = layout.exemplars(options.exemplars && row.exemplars).native(options.native);
        let labels: Box<[_]> = labels.iter().map(|(label, _)| *label).collect();
        let keys = labels.iter().copied().filter(|label| *label != LabelId::Part).collect();
        Self { row, follows, layout, family, labels, missing, map: SeriesMap::new(keys, missing, budget) }
    }

    /// Finds the series of a call, or makes it, and says which labels it does not show.
    pub(super) fn find(
        &self,
        values: &CallLabels<'_>,
        folded: LabelMask,
        reserved: &Reserved,
        created: SystemTime,
    ) -> (Arc<Series>, LabelMask) {
        let make = || Series::new(&self.row.kind, &self.layout, created);
        let found = self.map.find(values, folded, reserved, make);
        (found.series, found.folded)
    }

    pub(super) const fn family(&self) -> &Family {
        &self.family
    }

    pub(super) const fn labels(&self) -> &[LabelId] {
        &self.labels
    }

    /// The sizes by which times between chunks must be counted for this metric.
    pub(super) fn chunk_bounds(&self) -> Vec<f64> {
        match self.row.measure() {
            Measure::Chunks(_) => self.layout.sizes(),
            _ => Vec::new(),
        }
    }

    /// See [`SeriesMap::expire`].
    pub(super) fn expire(&self, now: Duration, idle: Duration) -> bool {
        self.map.expire(now, idle)
    }

    /// Counts a value that was folded before it came here.
    pub(super) fn count_folded(&self, label: LabelId) {
        self.map.count_folded(label);
    }

    pub(super) fn collect(&self, encoder: &mut Encoder<'_>, room: &mut Vec<u64>) {
        let mut samples = encoder.family(&self.family);
        if !samples.is_wanted() {
            return;
        }
        let parts = self.row.measure().parts();
        self.map.show(|sets| {
            let mut values = Vec::with_capacity(self.labels.len());
            for (key, series) in sets {
                for (place, part) in parts.iter().enumerate() {
                    values.clear();
                    let mut texts = key.values();
                    values.extend(self.labels.iter().map(|label| {
                        let value = match label {
                            LabelId::Part => part,
                            _ => texts.next().unwrap_or_default(),
                        };
                        if value.is_empty() { self.missing } else { value }
                    }));
                    series.show(place, &mut samples, &values, &self.layout, room);
                }
            }
        });
    }
}

impl Census for Metric {
    fn metric(&self) -> &str {
        self.family.name()
    }

    fn size(&self) -> usize {
        self.map.size()
    }

    fn budget(&self) -> usize {
        self.map.budget()
    }

    fn folded(&self, tell: &mut dyn FnMut(&str, u64)) {
        for (label, folded) in self.map.folded() {
            let place = self.labels.iter().position(|known| *known == label);
            if let Some(name) = place.and_then(|place| self.family.labels().nth(place)) {
                tell(name, folded);
            }
        }
    }
}
