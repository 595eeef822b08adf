/// How a page is written, beside its format.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Whether `_created` samples are written in the formats that know them.
    pub(crate) created: bool,
    pub(crate) histograms: Histograms,
}

/// Which buckets a scraper is shown that asks for protobuf. The text formats only know classic ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Histograms {
    /// Buckets with the bounds of the metric. Protobuf is not offered, since it would say no more than text.
    #[default]
    Classic,
    /// [Native histograms](https://prometheus.io/docs/specs/native_histograms/), where a source keeps them.
    Native,
    /// Both, in one histogram.
    Both,
}
