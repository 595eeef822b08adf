//! What all signals share.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde::{Serialize, Serializer};

use super::object::{Double, Text};
use super::{Json, Object};

impl Serialize for Json<'_, Resource> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("attributes", &self.0.attributes)?;
        object.number("droppedAttributesCount", self.0.dropped_attributes_count)?;
        object.end()
    }
}

impl Serialize for Json<'_, InstrumentationScope> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.text("name", &self.0.name)?;
        object.text("version", &self.0.version)?;
        object.list("attributes", &self.0.attributes)?;
        object.number("droppedAttributesCount", self.0.dropped_attributes_count)?;
        object.end()
    }
}

impl Serialize for Json<'_, KeyValue> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.text("key", &self.0.key)?;
        object.message("value", self.0.value.as_ref())?;
        object.end()
    }
}

impl Serialize for Json<'_, AnyValue> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        match &self.0.value {
            Some(Value::StringValue(text)) => object.value("stringValue", text)?,
            Some(Value::BoolValue(value)) => object.value("boolValue", value)?,
            Some(Value::IntValue(number)) => object.value("intValue", Text(number))?,
            Some(Value::DoubleValue(number)) => object.value("doubleValue", Double(*number))?,
            Some(Value::ArrayValue(values)) => object.value("arrayValue", Json(values))?,
            Some(Value::KvlistValue(pairs)) => object.value("kvlistValue", Json(pairs))?,
            Some(Value::BytesValue(bytes)) => {
                object.value("bytesValue", Text(Base64Display::new(bytes, &STANDARD)))?;
            }
            // References into a dictionary are for profiles alone.
            Some(Value::StringValueStrindex(_)) | None => {}
        }
        object.end()
    }
}

impl Serialize for Json<'_, ArrayValue> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("values", &self.0.values)?;
        object.end()
    }
}

impl Serialize for Json<'_, KeyValueList> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object::begin(serializer)?;
        object.list("values", &self.0.values)?;
        object.end()
    }
}
