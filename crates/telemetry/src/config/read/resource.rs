//! Who sends.

use opentelemetry::KeyValue;

use super::super::{RESOURCE_ATTRIBUTES, RESOURCE_VARIABLES, SERVICE_NAME, TelemetryConfig};
use super::Reader;
use super::list::pairs;
use crate::env::Environment;

impl<E: Environment> Reader<'_, E> {
    /// A variable of its own wins over the same attribute in the list.
    pub(super) fn resource(&mut self, config: &mut TelemetryConfig) {
        for (key, value) in self.listed() {
            if key == SERVICE_NAME.1 {
                self.origins.set_variable(SERVICE_NAME, RESOURCE_ATTRIBUTES);
            }
            set(config, &key, value);
        }
        for (variable, keys) in RESOURCE_VARIABLES {
            let Some(value) = self.text(variable) else { continue };
            for key in keys {
                self.origins.set_variable((SERVICE_NAME.0, key), variable);
                set(config, key, value.clone());
            }
        }
    }

    fn listed(&mut self) -> Vec<(String, String)> {
        let Some(value) = self.text(RESOURCE_ATTRIBUTES) else { return Vec::new() };
        let mut attributes = Vec::new();
        for (number, pair) in pairs(&value) {
            match pair {
                Ok((key, value)) => attributes.push((key.to_owned(), value.into_owned())),
                Err(problem) => self.fault(RESOURCE_ATTRIBUTES, format!("entry {number} {problem}")),
            }
        }
        attributes
    }
}

fn set(config: &mut TelemetryConfig, key: &str, value: String) {
    if key == SERVICE_NAME.1 {
        config.service_name = value;
        return;
    }
    match config.resource.iter_mut().find(|attribute| attribute.key.as_str() == key) {
        Some(attribute) => attribute.value = value.into(),
        None => config.resource.push(KeyValue::new(key.to_owned(), value)),
    }
}
