//! Log records.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use serde::{Serialize, Serializer};

use super::{Json, Object};

impl Serialize for Json<'_, ExportLogsServiceRequest> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("resourceLogs", &self.0.resource_logs)?;
        object.end()
    }
}

impl Serialize for Json<'_, ResourceLogs> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.message("resource", self.0.resource.as_ref())?;
        object.list("scopeLogs", &self.0.scope_logs)?;
        object.text("schemaUrl", &self.0.schema_url)?;
        object.end()
    }
}

impl Serialize for Json<'_, ScopeLogs> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.message("scope", self.0.scope.as_ref())?;
        object.list("logRecords", &self.0.log_records)?;
        object.text("schemaUrl", &self.0.schema_url)?;
        object.end()
    }
}

impl Serialize for Json<'_, LogRecord> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = self.0;
        let mut object = Object::begin(serializer)?;
        object.long("timeUnixNano", record.time_unix_nano)?;
        object.long("observedTimeUnixNano", record.observed_time_unix_nano)?;
        object.number("severityNumber", record.severity_number)?;
        object.text("severityText", &record.severity_text)?;
        object.message("body", record.body.as_ref())?;
        object.list("attributes", &record.attributes)?;
        object.number("droppedAttributesCount", record.dropped_attributes_count)?;
        object.number("flags", record.flags)?;
        object.hex("traceId", &record.trace_id)?;
        object.hex("spanId", &record.span_id)?;
        object.text("eventName", &record.event_name)?;
        object.end()
    }
}
