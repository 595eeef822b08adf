//! Metrics.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, exemplar, number_data_point,
};
use serde::{Serialize, Serializer};

use super::object::{Double, Text};
use super::{Json, Object};

impl Serialize for Json<'_, ExportMetricsServiceRequest> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("resourceMetrics", &self.0.resource_metrics)?;
        object.end()
    }
}

impl Serialize for Json<'_, ResourceMetrics> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.message("resource", self.0.resource.as_ref())?;
        object.list("scopeMetrics", &self.0.scope_metrics)?;
        object.text("schemaUrl", &self.0.schema_url)?;
        object.end()
    }
}

impl Serialize for Json<'_, ScopeMetrics> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.message("scope", self.0.scope.as_ref())?;
        object.list("metrics", &self.0.metrics)?;
        object.text("schemaUrl", &self.0.schema_url)?;
        object.end()
    }
}

impl Serialize for Json<'_, Metric> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let metric = self.0;
        let mut object = Object::begin(serializer)?;
        object.text("name", &metric.name)?;
        object.text("description", &metric.description)?;
        object.text("unit", &metric.unit)?;
        object.list("metadata", &metric.metadata)?;
        match &metric.data {
            Some(Data::Gauge(gauge)) => object.value("gauge", Json(gauge))?,
            Some(Data::Sum(sum)) => object.value("sum", Json(sum))?,
            Some(Data::Histogram(histogram)) => object.value("histogram", Json(histogram))?,
            Some(Data::ExponentialHistogram(histogram)) => {
                object.value("exponentialHistogram", Json(histogram))?;
            }
            // The SDK makes no summaries.
            Some(Data::Summary(_)) | None => {}
        }
        object.end()
    }
}

impl Serialize for Json<'_, Gauge> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("dataPoints", &self.0.data_points)?;
        object.end()
    }
}

impl Serialize for Json<'_, Sum> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("dataPoints", &self.0.data_points)?;
        object.number("aggregationTemporality", self.0.aggregation_temporality)?;
        if self.0.is_monotonic {
            object.value("isMonotonic", true)?;
        }
        object.end()
    }
}

impl Serialize for Json<'_, Histogram> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("dataPoints", &self.0.data_points)?;
        object.number("aggregationTemporality", self.0.aggregation_temporality)?;
        object.end()
    }
}

impl Serialize for Json<'_, ExponentialHistogram> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("dataPoints", &self.0.data_points)?;
        object.number("aggregationTemporality", self.0.aggregation_temporality)?;
        object.end()
    }
}

impl Serialize for Json<'_, NumberDataPoint> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let point = self.0;
        let mut object = Object::begin(serializer)?;
        object.list("attributes", &point.attributes)?;
        object.long("startTimeUnixNano", point.start_time_unix_nano)?;
        object.long("timeUnixNano", point.time_unix_nano)?;
        object.list("exemplars", &point.exemplars)?;
        object.number("flags", point.flags)?;
        match point.value {
            Some(number_data_point::Value::AsDouble(number)) => object.value("asDouble", Double(number))?,
            Some(number_data_point::Value::AsInt(number)) => object.value("asInt", Text(number))?,
            None => {}
        }
        object.end()
    }
}

impl Serialize for Json<'_, HistogramDataPoint> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let point = self.0;
        let mut object = Object::begin(serializer)?;
        object.list("attributes", &point.attributes)?;
        object.long("startTimeUnixNano", point.start_time_unix_nano)?;
        object.long("timeUnixNano", point.time_unix_nano)?;
        object.count("count", point.count)?;
        object.double("sum", point.sum)?;
        object.counts("bucketCounts", &point.bucket_counts)?;
        object.doubles("explicitBounds", &point.explicit_bounds)?;
        object.list("exemplars", &point.exemplars)?;
        object.number("flags", point.flags)?;
        object.double("min", point.min)?;
        object.double("max", point.max)?;
        object.end()
    }
}

impl Serialize for Json<'_, ExponentialHistogramDataPoint> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let point = self.0;
        let mut object = Object::begin(serializer)?;
        object.list("attributes", &point.attributes)?;
        object.long("startTimeUnixNano", point.start_time_unix_nano)?;
        object.long("timeUnixNano", point.time_unix_nano)?;
        object.count("count", point.count)?;
        object.double("sum", point.sum)?;
        object.number("scale", point.scale)?;
        object.count("zeroCount", point.zero_count)?;
        object.message("positive", point.positive.as_ref())?;
        object.message("negative", point.negative.as_ref())?;
        object.number("flags", point.flags)?;
        object.list("exemplars", &point.exemplars)?;
        object.double("min", point.min)?;
        object.double("max", point.max)?;
        object.double("zeroThreshold", Some(point.zero_threshold).filter(|width| *width != 0.0))?;
        object.end()
    }
}

impl Serialize for Json<'_, Buckets> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.number("offset", self.0.offset)?;
        object.counts("bucketCounts", &self.0.bucket_counts)?;
        object.end()
    }
}

impl Serialize for Json<'_, Exemplar> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let exemplar = self.0;
        let mut object = Object::begin(serializer)?;
        object.list("filteredAttributes", &exemplar.filtered_attributes)?;
        object.long("timeUnixNano", exemplar.time_unix_nano)?;
        object.hex("spanId", &exemplar.span_id)?;
        object.hex("traceId", &exemplar.trace_id)?;
        match exemplar.value {
            Some(exemplar::Value::AsDouble(number)) => object.value("asDouble", Double(number))?,
            Some(exemplar::Value::AsInt(number)) => object.value("asInt", Text(number))?,
            None => {}
        }
        object.end()
    }
}
