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
