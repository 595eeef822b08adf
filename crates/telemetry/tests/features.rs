//! What is configured and not part of the build stops the start. Bites with `--no-default-features`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

use std::time::Duration;

use tower_genai_telemetry::{Telemetry, TelemetryConfig};

#[test]
fn an_exporter_that_is_not_compiled_in_names_its_feature() {
    for (protocol, feature, compiled) in [
        ("http/protobuf", "otlp-http", cfg!(feature = "otlp-http")),
        ("http/json", "otlp-json", cfg!(feature = "otlp-json")),
        ("grpc", "otlp-grpc", cfg!(feature = "otlp-grpc")),
        ("console", "", true),
        ("in_memory", "", true),
        ("none", "", true),
    ] {
        let variables =
            [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "true")];
        let started = Telemetry::start(TelemetryConfig::from_env(&variables).unwrap());
        if compiled {
            started.unwrap().shutdown(Duration::from_secs(5)).unwrap();
            continue;
        }
        let error = started.unwrap_err();
        assert_eq!(error.missing_feature(), Some(feature));
        let text = format!(
            "traces cannot be exported with {protocol}, which is not part of this build: enable the feature \
             `{feature}` of tower-genai-telemetry; metrics cannot be exported with {protocol}, which is not part of \
             this build: enable the feature `{feature}` of tower-genai-telemetry"
        );
        assert_eq!(error.to_string(), text);
    }
}
