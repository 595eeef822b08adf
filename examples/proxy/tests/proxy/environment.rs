//! What the variables of telemetry do: through the proxy, and as `genai-proxy telemetry` shows them.

use std::process::Output;

use bytes::Bytes;
use genai_proxy::Command;
use http::HeaderMap;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message;

use crate::program::{Program, run, write};
use crate::support::{eventually, get, post, proxy_with, send, upstream};
use crate::traces::{hex, remembers};

fn said(output: &Output) -> (bool, &str, &str) {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// The words of each line, without the blanks between them.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_command_shows_what_is_in_force_and_where_it_comes_from() {
    let output = run(
        &["telemetry"],
        &[
            ("OTEL_ENDPOINT", "http://127.0.0.1:4318?token=s3cr3t"),
            ("OTEL_HEADERS", "Authorization=Bearer%20s3cr3t,x-scope=s3cr3t"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2500"),
            ("OTEL_ENVIRONMENT_NAME", "staging"),
            ("OTEL_PROPAGATORS", "tracecontext,b3"),
        ],
    );
    let (success, shown, log) = said(&output);
    assert!(success && log.is_empty(), "{log}");
    let lines = lines(shown);
    for expected in [
        "disabled no default",
        "service.name litellm default",
        "deployment.environment staging OTEL_ENVIRONMENT_NAME",
        "deployment.environment.name staging OTEL_ENVIRONMENT_NAME",
        "propagators tracecontext,b3 OTEL_PROPAGATORS",
        "capture NO_CONTENT default",
        "profile v1_41 default",
        "tracer name litellm default",
        "exporter otlp OTEL_ENDPOINT",
        "protocol http/protobuf default",
        "endpoint http://127.0.0.1:4318/v1/traces?*** OTEL_ENDPOINT",
        "header authorization *** OTEL_HEADERS",
        "header x-scope *** OTEL_HEADERS",
        "timeout 2.5s OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "sampler parentbased_always_on default",
        "queue 2048 default",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} in\n{shown}");
    }
    let metrics = lines.iter().position(|line| line == "metrics").unwrap();
    assert_eq!(lines[metrics + 1], "exporter none default");
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn faults_of_the_variables_are_all_told_by_the_command_and_by_the_start() {
    let env = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "s3cr3t"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"),
        ("OTEL_PROPAGATORS", "w3c"),
    ];
    for arguments in [&["telemetry"][..], &["--listen", "127.0.0.1:0"]] {
        let output = run(arguments, &env);
        let (success, shown, told) = said(&output);
        assert!(!success && shown.is_empty(), "{shown}");
        for (name, _) in env {
            assert!(told.lines().any(|line| line.trim_start().starts_with(name)), "{name} in {told}");
        }
        assert!(!told.contains("s3cr3t"), "{told}");
    }
}

#[test]
fn what_nobody_could_read_is_not_kept() {
    for (name, value, signal) in [
        ("OTEL_EXPORTER", "in_memory", "traces"),
        ("OTEL_TRACES_EXPORTER", "in_memory", "traces"),
        ("OTEL_METRICS_EXPORTER", "in_memory", "metrics"),
        ("OTEL_LOGS_EXPORTER", "in_memory", "logs"),
    ] {
        let output = run(&["--listen", "127.0.0.1:0"], &[(name, value)]);
        let (success, _, told) = said(&output);
        assert!(!success, "{name}");
        assert!(told.contains(&format!("the exporter of {signal} is in_memory")), "{told}");
        assert!(told.contains(name), "{told}");
    }
}

/// What came to the collector: the path and the body of each export.
type Exports = Vec<(String, Bytes)>;

/// What a call through a proxy with these variables sends to the upstream, and to the collector.
async fn exports(env: &[(&str, &str)], headers: &[(&str, &str)]) -> (HeaderMap, Exports) {
    let (collector, collected) = remembers().await;
    let (up, heads) = remembers().await;
    let endpoint = format!("http://{collector}");
    let env = [&[("OTEL_ENDPOINT", endpoint.as_str())], env].concat();
    let running = proxy_with(&upstream(up), &env, None).await;
    send(post(running.url("/v1/chat/completions"), headers, r#"{"model":"gpt-4o-mini"}"#)).await;
    running.commands.send(Command::Terminate).await.unwrap();
    running.ended.await.unwrap();
    let sent = heads.lock().unwrap()[0].1.clone();
    let exported = collected.lock().unwrap();
    (sent, exported.iter().map(|(path, _, body)| (path.clone(), body.clone())).collect())
}

/// The same with the spans only.
async fn call(env: &[(&str, &str)], headers: &[(&str, &str)]) -> (HeaderMap, Vec<ResourceSpans>) {
    let (sent, exported) = exports(env, headers).await;
    let requests = exported.into_iter().map(|(path, body)| {
        assert_eq!(path, "/v1/traces");
        ExportTraceServiceRequest::decode(body).unwrap()
    });
    (sent, requests.flat_map(|request| request.resource_spans).collect())
}

fn spans(exported: &[ResourceSpans]) -> impl Iterator<Item = &Span> {
    exported.iter().flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans)
}

/// The resource's attribute, if there is one.
fn attribute(exported: &[ResourceSpans], key: &str) -> Option<String> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let attributes = &exported[0].resource.as_ref().unwrap().attributes;
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        value => panic!("{value:?}"),
    }
}

#[tokio::test]
async fn the_resource_and_the_scope_are_litellms_unless_they_are_named() {
    let (_, exported) = call(&[], &[]).await;
    assert_eq!(attribute(&exported, "service.name").as_deref(), Some("litellm"));
    assert_eq!(attribute(&exported, "deployment.environment"), None);
    assert_eq!(exported[0].scope_spans[0].scope.as_ref().unwrap().name, "litellm");

    let named = [
        ("OTEL_SERVICE_NAME", "edge"),
        ("OTEL_ENVIRONMENT_NAME", "staging"),
        ("OTEL_MODEL_ID", "gateway-7"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=search%20infra,service.name=overruled"),
        ("OTEL_TRACER_NAME", "gateway"),
    ];
    let (_, exported) = call(&named, &[]).await;
    for (key, value) in [
        ("service.name", "edge"),
        ("deployment.environment", "staging"),
        ("deployment.environment.name", "staging"),
        ("model_id", "gateway-7"),
        ("team", "search infra"),
    ] {
        assert_eq!(attribute(&exported, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(exported[0].scope_spans[0].scope.as_ref().unwrap().name, "gateway");
}

#[tokio::test]
async fn metrics_and_events_are_exported_when_they_are_asked_for() {
    let asked = [
        ("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "true"),
        ("LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS", "true"),
    ];
    let named = [("LITELLM_METER_NAME", "measures"), ("LITELLM_LOGGER_NAME", "diary")];
    for (names, meter, logger) in [(&[][..], "litellm", "litellm"), (&named, "measures", "diary")] {
        let (_, exported) = exports(&[&asked, names].concat(), &[]).await;
        let body = |wanted: &str| exported.iter().find(|(path, _)| path == wanted).unwrap().1.clone();
        let metrics = ExportMetricsServiceRequest::decode(body("/v1/metrics")).unwrap();
        let scope = &metrics.resource_metrics[0].scope_metrics[0];
        assert_eq!(scope.scope.as_ref().unwrap().name, meter);
        assert!(scope.metrics.iter().any(|metric| metric.name == "gen_ai.client.operation.duration"));
        let logs = ExportLogsServiceRequest::decode(body("/v1/logs")).unwrap();
        let scope = &logs.resource_logs[0].scope_logs[0];
        assert_eq!(scope.scope.as_ref().unwrap().name, logger);
        assert_eq!(scope.log_records[0].event_name, "gen_ai.client.inference.operation.details");
    }

    // The exporters' own variables ask for them as well, and the switches win.
    let by_exporter = [("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_LOGS_EXPORTER", "otlp")];
    let off = [
        ("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "false"),
        ("LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS", "0"),
    ];
    for (env, count) in [(by_exporter.to_vec(), 3), ([by_exporter, off].concat(), 1), (off.to_vec(), 1)] {
        let (_, exported) = exports(&env, &[]).await;
        let mut paths: Vec<_> = exported.iter().map(|(path, _)| path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths, ["/v1/logs", "/v1/metrics", "/v1/traces"][3 - count..], "{env:?}");
    }
}

#[tokio::test]
async fn the_newest_conventions_are_asked_for() {
    for (opt_in, names) in [
        ("", ["gen_ai.client.operation.duration"].as_slice()),
        ("http/dup", &["gen_ai.client.operation.duration"]),
        ("http,gen_ai_latest_experimental", &["gen_ai.client.inference.duration"]),
        (
            "gen_ai_latest_experimental/dup",
            &["gen_ai.client.inference.duration", "gen_ai.client.operation.duration"],
        ),
    ] {
        let env = [("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_SEMCONV_STABILITY_OPT_IN", opt_in)];
        let (_, exported) = exports(&env, &[]).await;
        let (_, body) = exported.into_iter().find(|(path, _)| path == "/v1/metrics").unwrap();
        let request = ExportMetricsServiceRequest::decode(body).unwrap();
        let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
        let durations = metrics.iter().map(|metric| metric.name.as_str());
        let mut durations: Vec<_> = durations
            .filter(|name| {
                ["gen_ai.client.inference.duration", "gen_ai.client.operation.duration"].contains(name)
            })
            .collect();
        durations.sort_unstable();
        assert_eq!(durations, names, "{opt_in}");
    }
}

#[tokio::test]
async fn the_page_of_metrics_follows_the_conventions_that_are_asked_for() {
    let (released, newest) =
        ("gen_ai_client_operation_duration_seconds", "gen_ai_client_inference_duration_seconds");
    for (opt_in, shown) in [
        ("", [true, false]),
        ("gen_ai_latest_experimental", [false, true]),
        ("gen_ai_latest_experimental/dup", [true, true]),
    ] {
        let (up, _) = remembers().await;
        let running = proxy_with(&upstream(up), &[("OTEL_SEMCONV_STABILITY_OPT_IN", opt_in)], None).await;
        send(post(running.url("/v1/chat/completions"), &[], r#"{"model":"gpt-4o-mini"}"#)).await;
        let page = send(get(running.url("/metrics"), &[])).await.text();
        let shows = [released, newest].map(|name| page.contains(&format!("\n{name}_count{{")));
        assert_eq!(shows, shown, "{opt_in}");
    }
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn propagators_are_those_that_are_named() {
    let b3 = format!("{TRACE}-b7ad6b7169203331-1");
    let (sent, exported) = call(&[("OTEL_PROPAGATORS", "b3")], &[("b3", &b3)]).await;
    assert!(spans(&exported).all(|span| hex(&span.trace_id) == TRACE));
    let sent_b3 = sent["b3"].to_str().unwrap();
    assert!(sent_b3.starts_with(TRACE) && sent_b3 != b3, "{sent_b3}");
    assert!(!sent.contains_key("traceparent"), "{sent:?}");

    let (sent, exported) = call(&[("OTEL_PROPAGATORS", " ")], &[("b3", &b3)]).await;
    assert!(spans(&exported).all(|span| hex(&span.trace_id) != TRACE), "b3 is not read by default");
    assert!(sent.contains_key("traceparent"), "{sent:?}");
}

#[tokio::test]
async fn a_callers_trace_is_ignored_on_request() {
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    let traces = async |value| {
        let (_, exported) =
            call(&[("OTEL_IGNORE_CONTEXT_PROPAGATION", value)], &[("traceparent", parent.as_str())]).await;
        let mut traces: Vec<_> = spans(&exported).map(|span| hex(&span.trace_id)).collect();
        assert_eq!(traces.len(), 2);
        traces.dedup();
        traces
    };
    for unset in ["", "false"] {
        assert_eq!(traces(unset).await, [TRACE]);
    }
    let own = traces("true").await;
    assert!(own.len() == 1 && own[0] != TRACE, "{own:?}");
}

#[tokio::test]
async fn exporters_log_what_they_do_on_request() {
    for (variables, logged) in [
        (&[][..], false),
        (&[("DEBUG_OTEL", "false")], false),
        (&[("DEBUG_OTEL", "true")], true),
        (&[("DEBUG_OTEL", "1"), ("RUST_LOG", "info,tower_genai_telemetry=warn")], true),
    ] {
        let (collector, collected) = remembers().await;
        let endpoint = format!("http://{collector}");
        let env = [
            ("OTEL_ENDPOINT", endpoint.as_str()),
            ("OTEL_HEADERS", "x-api-key=s3cr3t"),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ];
        let (up, _) = remembers().await;
        let folder = tempfile::tempdir().unwrap();
        let text = format!("listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n{}", upstream(up));
        let arguments = ["--config", &write(folder.path(), &text)];
        let mut program = Program::start(&arguments, &[&env, variables].concat());
        let url = format!("http://{}/v1/chat/completions", program.address().await);
        send(post(url, &[], r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"s3cr3t"}]}"#))
            .await;
        eventually(|| !collected.lock().unwrap().is_empty()).await;
        program.signal("TERM");
        assert!(program.end().await);
        let log = program.log();
        let line = log.lines().find(|line| line.contains("\"OTEL export\""));
        assert_eq!(line.is_some(), logged, "{variables:?}: {log}");
        assert!(!log.contains("s3cr3t"), "{log}");
    }
}
