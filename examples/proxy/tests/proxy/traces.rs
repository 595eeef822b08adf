//! Traces come in, go out, and reach the collector.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use genai_proxy::Command;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Full};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;

use crate::observed::Log;
use crate::support::{get, post, proxy_with, send, serve, upstream};

pub(crate) type Heads = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

pub(crate) async fn remembers() -> (std::net::SocketAddr, Heads) {
    let heads = Heads::default();
    let remembered = Arc::clone(&heads);
    let address = serve(move |request: http::Request<hyper::body::Incoming>| {
        let remembered = Arc::clone(&remembered);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            remembered.lock().unwrap().push((head.uri.path().to_owned(), head.headers, body));
            Response::new(Full::<Bytes>::default())
        }
    })
    .await;
    (address, heads)
}

const SENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn a_trace_goes_on_through_the_proxy() {
    let (collector, collected) = remembers().await;
    let (up, heads) = remembers().await;
    let log = Log::new();
    let endpoint = format!("http://{collector}");
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_SERVICE_NAME", "edge")];
    let running = proxy_with(&format!("{}{}", log.table(), upstream(up)), &env, None).await;
    send(post(running.url("/v1/chat/completions"), &[("traceparent", SENT)], r#"{"model":"gpt-4o-mini"}"#))
        .await;
    let line = log.last().await;
    let got = heads.lock().unwrap()[0].1["traceparent"].to_str().unwrap().to_owned();
    let [_, trace, span, flags] = got.split('-').collect::<Vec<_>>()[..] else { panic!("{got}") };
    assert_eq!(trace, "0af7651916cd43dd8448eb211c80319c");
    assert_ne!(span, "b7ad6b7169203331");
    assert_eq!(flags, "01");
    assert_eq!((line["trace_id"].as_str(), line["span_id"].as_str()), (Some(trace), Some(span)));

    // An operator's page is no traffic, and has no span.
    send(get(running.url("/metrics"), &[])).await;
    running.commands.send(Command::Terminate).await.unwrap();
    running.ended.await.unwrap();
    let collected = collected.lock().unwrap();
    let spans: Vec<Span> = collected
        .iter()
        .inspect(|(path, ..)| assert_eq!(path, "/v1/traces"))
        .flat_map(|(.., body)| ExportTraceServiceRequest::decode(body.clone()).unwrap().resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect();
    let [server, client] = [SpanKind::Server, SpanKind::Client]
        .map(|kind| spans.iter().find(|span| span.kind() == kind).unwrap());
    assert_eq!(spans.len(), 2);
    assert_eq!((server.name.as_str(), client.name.as_str()), ("POST /{path}", "chat gpt-4o-mini"));
    assert_eq!(hex(&server.parent_span_id), "b7ad6b7169203331");
    assert_eq!(client.parent_span_id, server.span_id);
    assert_eq!(hex(&client.span_id), span);
    assert!([server, client].iter().all(|span| hex(&span.trace_id) == trace));
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[tokio::test]
async fn without_an_exporter_a_trace_passes_through_unchanged() {
    let (up, heads) = remembers().await;
    let running = proxy_with(&upstream(up), &[], None).await;
    send(post(running.url("/v1/chat/completions"), &[("traceparent", SENT), ("tracestate", "a=b")], "{}"))
        .await;
    let head = &heads.lock().unwrap()[0].1;
    assert_eq!(head["traceparent"], SENT);
    assert_eq!(head["tracestate"], "a=b");
}

#[tokio::test]
async fn without_an_exporter_a_trace_does_not_reach_strangers_nor_anybody_when_it_is_ignored() {
    let (forward, strangers) = remembers().await;
    let forward = format!("http://{forward}");
    let out_there = "[[upstream]]\nname = \"up\"\nprefix = \"/\"\nbase_url = \"http://provider.example\"\n";
    let (up, nearby) = remembers().await;
    for (text, env, heads) in [
        (out_there.to_owned(), ("HTTP_PROXY", forward.as_str()), &strangers),
        (format!("[tracing]\ntrust = \"ignore\"\n{}", upstream(up)), ("UNUSED", ""), &nearby),
        (upstream(up), ("OTEL_IGNORE_CONTEXT_PROPAGATION", "true"), &nearby),
        (upstream(up), ("OTEL_PROPAGATORS", "none"), &nearby),
    ] {
        let running = proxy_with(&text, &[env], None).await;
        let said = [
            ("traceparent", SENT),
            ("tracestate", "a=b"),
            ("baggage", "user=alice"),
            ("b3", "0"),
            ("uber-trace-id", "1:2:0:1"),
            ("x-datadog-trace-id", "7"),
        ];
        send(post(running.url("/v1/chat/completions"), &said, "{}")).await;
        let (_, head, _) = heads.lock().unwrap().pop().unwrap();
        for (name, _) in said {
            assert!(!head.contains_key(name), "{env:?}: {name}");
        }
    }
}

/// The spans of one sampled request through a proxy that samples none of its own, and the headers that went out.
async fn spans_with(lines: &str, headers: &[(&str, &str)], sampler: &str) -> (Vec<Span>, HeaderMap) {
    let (collector, collected) = remembers().await;
    let (up, heads) = remembers().await;
    let endpoint = format!("http://{collector}");
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_TRACES_SAMPLER", sampler)];
    let running = proxy_with(&lines.replace("{up}", &upstream(up)), &env, None).await;
    let headers = [&[("traceparent", SENT)], headers].concat();
    send(post(running.url("/v1/chat/completions"), &headers, r#"{"model":"gpt-4o-mini"}"#)).await;
    running.commands.send(Command::Terminate).await.unwrap();
    running.ended.await.unwrap();
    let exported = collected.lock().unwrap();
    let spans = exported
        .iter()
        .flat_map(|(.., body)| ExportTraceServiceRequest::decode(body.clone()).unwrap().resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect();
    let head = heads.lock().unwrap()[0].1.clone();
    (spans, head)
}

#[tokio::test]
async fn a_client_that_is_not_trusted_decides_nothing() {
    for (trust, links) in [("link_only", 1), ("ignore", 0)] {
        let lines = format!("[tracing]\ntrust = \"{trust}\"\n{{up}}");
        let (spans, head) = spans_with(&lines, &[("tracestate", "a=b")], "parentbased_always_on").await;
        let [server, client] = [SpanKind::Server, SpanKind::Client]
            .map(|kind| spans.iter().find(|span| span.kind() == kind).unwrap());
        assert!(server.parent_span_id.is_empty());
        assert_eq!(client.parent_span_id, server.span_id);
        assert!(spans.iter().all(|span| hex(&span.trace_id) != "0af7651916cd43dd8448eb211c80319c"));
        assert_eq!((server.links.len(), client.links.len()), (links, 0));
        assert!(server.links.iter().all(|link| hex(&link.span_id) == "b7ad6b7169203331"));
        let expected = format!("00-{}-{}-01", hex(&client.trace_id), hex(&client.span_id));
        assert_eq!(head["traceparent"], expected);
        assert!(head.get("tracestate").is_none());

        let (spans, _) = spans_with(&lines, &[], "parentbased_always_off").await;
        assert!(spans.is_empty(), "the client's sampled flag does not export");
    }
    let (spans, _) = spans_with("{up}", &[], "parentbased_always_off").await;
    assert_eq!(spans.len(), 2, "a trusted one's does");
}

#[tokio::test]
async fn baggage_reaches_the_upstreams_that_may_see_it() {
    let said = [("baggage", "user=alice"), ("x-datadog-trace-id", "7"), ("tracestate", "a=b")];
    let (_, head) = spans_with("{up}", &said, "always_on").await;
    assert!(head.get("baggage").is_none());
    assert_eq!(
        (&head["x-datadog-trace-id"], &head["tracestate"]),
        (&"7".parse().unwrap(), &"a=b".parse().unwrap())
    );
    let (_, head) = spans_with("{up}forward_baggage = true\n", &said, "always_on").await;
    assert_eq!(head["baggage"], "user=alice");

    // Without spans too.
    let (up, heads) = remembers().await;
    for (more, expected) in [("", None), ("forward_baggage = true\n", Some("user=alice"))] {
        let running = proxy_with(&format!("{}{more}", upstream(up)), &[], None).await;
        for method in ["GET", "POST"] {
            let request = http::Request::builder().method(method).uri(running.url("/v1/models"));
            let request = request.header("baggage", "user=alice").body(Full::from("{}")).unwrap();
            send(request).await;
            let (_, head, _) = heads.lock().unwrap().pop().unwrap();
            assert_eq!(head.get("baggage").map(|value| value.to_str().unwrap()), expected, "{method}");
        }
    }
}

/// A provider out there, reached by a forward proxy, which sees the request as the provider would.
#[tokio::test]
async fn a_provider_out_there_sees_our_span_only() {
    let (collector, _) = remembers().await;
    let (forward, heads) = remembers().await;
    let (endpoint, forward) = (format!("http://{collector}"), format!("http://{forward}"));
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("HTTP_PROXY", forward.as_str())];
    let upstream = "[[upstream]]\nname = \"up\"\nprefix = \"/\"\nbase_url = \"http://provider.example\"\n";
    let said = [("traceparent", SENT), ("tracestate", "a=b"), ("baggage", "user=alice"), ("b3", "0")];
    for (more, expected) in [("", false), ("forward_baggage = true\n", true)] {
        let running = proxy_with(&format!("{upstream}{more}"), &env, None).await;
        send(post(running.url("/v1/chat/completions"), &said, r#"{"model":"gpt-4o-mini"}"#)).await;
        let (_, head, _) = heads.lock().unwrap().pop().unwrap();
        let parent = head["traceparent"].to_str().unwrap();
        assert!(parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && parent != SENT);
        for (name, _) in &said[1..] {
            assert_eq!(head.contains_key(*name), expected, "{name}");
        }
    }
}
