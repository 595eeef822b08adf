use http::HeaderValue;

/// A format of a page of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The Prometheus text format 0.0.4.
    Text,
    /// Prometheus' protobuf messages, each with its length before it. The only format with native histograms.
    Protobuf,
}

impl Format {
    pub(crate) const ALL: [Self; 3] = [Self::OpenMetrics, Self::Text, Self::Protobuf];

    /// The value of the `format` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenMetrics => "openmetrics",
            Self::Text => "text",
            Self::Protobuf => "protobuf",
        }
    }

    /// The media type of a page in this format.
    pub const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        })
    }
}
