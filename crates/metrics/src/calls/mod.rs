//! Series of calls to models: tables of metrics over one machinery.
//!
//! A naming is a [`Table`]: a row per metric with its labels and a plain function that says what a call adds to it. A
//! row in use, with labels, buckets and budget as they were configured, is a [`Definition`].
//!
//! Each metric has its own [`SeriesMap`], keyed by what the metric's labels show of a call. A call asks none of them in
//! the steady state: the [`Cache`](cache::Cache) leads from everything that the labels of all metrics can see of the
//! call to the series of all metrics, by one look-up, and the rest is atomics.

mod cache;
mod drains;
mod judge;
mod key;
mod label;
mod labels;
mod map;
mod metric;
mod series;
mod store;
mod table;

pub(crate) use drains::Drains;
pub(crate) use label::{LabelId, MAX_CUSTOM};
pub(crate) use labels::Facts;
pub(crate) use store::Calls;
pub(crate) use table::{BoundsOf, Definition, Kind, Measure, Options, Row, Table};
