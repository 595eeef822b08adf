//! An OTLP receiver: http/protobuf, traces only.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::hex;

/// A span as it was exported.
#[derive(Clone, Debug)]
pub struct Span {
    /// `service.name`.
    pub service: String,
    /// Its name.
    pub name: String,
    /// The side it was made on.
    pub kind: Kind,
    /// In hex.
    pub trace_id: String,
    /// In hex.
    pub span_id: String,
    /// In hex; empty for a root.
    pub parent_span_id: String,
    /// `tracestate`.
    pub trace_state: String,
    /// Attributes as text.
    pub attributes: BTreeMap<String, String>,
    /// The types of the attributes, as the conventions call them: `string`, `int`, `string[]`, ...
    pub types: BTreeMap<String, &'static str>,
    /// Whether the status is an error.
    pub failed: bool,
    /// How long it lasted.
    pub duration: Duration,
}

/// The side a span was made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It answered a request.
    Server,
    /// It made one.
    Client,
    /// Neither.
    Other,
}

/// A running receiver. Dropping it closes all connections.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    spans: Vec<Span>,
    // Everything that came, to be searched for what must not be there.
    raw: Vec<u8>,
    headers: Vec<HeaderMap>,
}

impl Receiver {
    /// Listens on a free port of the loopback interface.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let accepting = tokio::spawn(accept(listener, seen.clone()));
        Self { address, seen, accepting }
    }

    /// The value for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.seen).spans.clone()
    }

    /// The bodies and headers of all exports, as text.
    pub fn everything(&self) -> String {
        let seen = lock(&self.seen);
        format!("{:?}\n{}", seen.headers, String::from_utf8_lossy(&seen.raw))
    }

    /// Waits until so many spans have come.
    ///
    /// # Panics
    ///
    /// They do not come.
    pub async fn wait_for(&self, spans: usize) -> Vec<Span> {
        let enough = async {
            while lock(&self.seen).spans.len() < spans {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let came = timeout(Duration::from_secs(20), enough).await;
        let seen = self.spans();
        assert!(came.is_ok(), "{spans} spans were awaited, {} came: {seen:#?}", seen.len());
        seen
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, seen: Arc<Mutex<Seen>>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else { continue };
        let seen = seen.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| receive(request, seen.clone()));
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn receive(
    request: hyper::Request<Incoming>,
    seen: Arc<Mutex<Seen>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(answer(400, Vec::new())) };
    if head.uri.path() != "/v1/traces" {
        return Ok(answer(404, Vec::new()));
    }
    let mut body = body.to_bytes();
    if head.headers.get("content-encoding").is_some_and(|value| value == "gzip") {
        let mut plain = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&*body);
        if std::io::Read::read_to_end(&mut decoder, &mut plain).is_err() {
            return Ok(answer(400, Vec::new()));
        }
        body = plain.into();
    }
    let Ok(export) = ExportTraceServiceRequest::decode(&*body) else { return Ok(answer(400, Vec::new())) };
    let mut seen = lock(&seen);
    seen.headers.push(head.headers);
    seen.raw.extend_from_slice(&body);
    seen.spans.extend(spans(export));
    Ok(answer(200, ExportTraceServiceResponse::default().encode_to_vec()))
}

fn answer(status: u16, body: Vec<u8>) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/x-protobuf");
    response.body(Full::from(body)).unwrap()
}

fn spans(export: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource_spans in export.resource_spans {
        let resource: BTreeMap<_, _> = resource_spans
            .resource
            .into_iter()
            .flat_map(|resource| resource.attributes)
            .map(attribute)
            .collect();
        let service = resource.get("service.name").cloned().unwrap_or_default();
        for span in resource_spans.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(Span::new(service.clone(), span));
        }
    }
    spans
}

impl Span {
    fn new(service: String, span: opentelemetry_proto::tonic::trace::v1::Span) -> Self {
        Self {
            service,
            name: span.name,
            kind: match span.kind {
                2 => Kind::Server,
                3 => Kind::Client,
                _ => Kind::Other,
            },
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_span_id: hex(&span.parent_span_id),
            trace_state: span.trace_state,
            types: span.attributes.iter().map(|kv| (kv.key.clone(), type_of(kv.value.as_ref()))).collect(),
            attributes: span.attributes.into_iter().map(attribute).collect(),
            failed: span.status.is_some_and(|status| status.code == 2),
            duration: Duration::from_nanos(span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano)),
        }
    }
}

fn attribute(attribute: KeyValue) -> (String, String) {
    (attribute.key, attribute.value.map(text).unwrap_or_default())
}

fn type_of(value: Option<&AnyValue>) -> &'static str {
    match value.and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(_)) => "string",
        Some(any_value::Value::BoolValue(_)) => "boolean",
        Some(any_value::Value::IntValue(_)) => "int",
        Some(any_value::Value::DoubleValue(_)) => "double",
        Some(any_value::Value::ArrayValue(array)) => match array.values.first() {
            first if type_of(first) == "string" => "string[]",
            _ => "any[]",
        },
        _ => "any",
    }
}

fn text(value: AnyValue) -> String {
    match value.value {
        Some(any_value::Value::StringValue(text)) => text,
        Some(any_value::Value::BoolValue(truth)) => truth.to_string(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        Some(any_value::Value::DoubleValue(number)) => number.to_string(),
        Some(any_value::Value::ArrayValue(array)) => {
            array.values.into_iter().map(text).collect::<Vec<_>>().join(",")
        }
        other => format!("{other:?}"),
    }
}
