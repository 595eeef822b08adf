use http::HeaderValue;

/// A text format of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The Prometheus text format 0.0.4.
    Text,
}

impl Format {
    pub(crate) const ALL: [Self; 2] = [Self::OpenMetrics, Self::Text];

    /// The value of the `format` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenMetrics => "openmetrics",
            Self::Text => "text",
        }
    }

    /// The media type of a page in this format.
    pub const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        })
    }
}
