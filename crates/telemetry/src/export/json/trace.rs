//! Spans.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde::{Serialize, Serializer};

use super::{Json, Object};

impl Serialize for Json<'_, ExportTraceServiceRequest> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("resourceSpans", &self.0.resource_spans)?;
        object.end()
    }
}

impl Serialize for Json<'_, ResourceSpans> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.message("resource", self.0.resource.as_ref())?;
        object.list("scopeSpans", &self.0.scope_spans)?;
        object.text("schemaUrl", &self.0.schema_url)?;
        object.end()
    }
}

impl Serialize for Json<'_, ScopeSpans> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.message("scope", self.0.scope.as_ref())?;
        object.list("spans", &self.0.spans)?;
        object.text("schemaUrl", &self.0.schema_url)?;
        object.end()
    }
}

impl Serialize for Json<'_, Span> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let span = self.0;
        let mut object = Object::begin(serializer)?;
        object.hex("traceId", &span.trace_id)?;
        object.hex("spanId", &span.span_id)?;
        object.text("traceState", &span.trace_state)?;
        object.hex("parentSpanId", &span.parent_span_id)?;
        object.number("flags", span.flags)?;
        object.text("name", &span.name)?;
        object.number("kind", span.kind)?;
        object.long("startTimeUnixNano", span.start_time_unix_nano)?;
        object.long("endTimeUnixNano", span.end_time_unix_nano)?;
        object.list("attributes", &span.attributes)?;
        object.number("droppedAttributesCount", span.dropped_attributes_count)?;
        object.list("events", &span.events)?;
        object.number("droppedEventsCount", span.dropped_events_count)?;
        object.list("links", &span.links)?;
        object.number("droppedLinksCount", span.dropped_links_count)?;
        object.message("status", span.status.as_ref())?;
        object.end()
    }
}

impl Serialize for Json<'_, Event> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.long("timeUnixNano", self.0.time_unix_nano)?;
        object.text("name", &self.0.name)?;
        object.list("attributes", &self.0.attributes)?;
        object.number("droppedAttributesCount", self.0.dropped_attributes_count)?;
        object.end()
    }
}

impl Serialize for Json<'_, Link> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.hex("traceId", &self.0.trace_id)?;
        object.hex("spanId", &self.0.span_id)?;
        object.text("traceState", &self.0.trace_state)?;
        object.list("attributes", &self.0.attributes)?;
        object.number("droppedAttributesCount", self.0.dropped_attributes_count)?;
        object.number("flags", self.0.flags)?;
        object.end()
    }
}

impl Serialize for Json<'_, Status> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.text("message", &self.0.message)?;
        object.number("code", self.0.code)?;
        object.end()
    }
}
