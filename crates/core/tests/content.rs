//! What is said in calls: who sees it, after whom, and that nobody does otherwise.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use support::{MockBody, Step, reply};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_genai_core::content::{Message, Part};
use tower_genai_core::{CallLayer, CallRecord, Content, Observer, SelfCheck};

/// A phase and the content that was there.
type Seen = (&'static str, Option<Content>);

/// Writes down what it sees in each phase.
#[derive(Clone, Default)]
struct Reader {
    limit: usize,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Reader {
    fn wanting(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    fn note(&self, phase: &'static str, record: &CallRecord) {
        self.seen.lock().unwrap().push((phase, record.content().cloned()));
    }

    /// What was seen at the end.
    fn content(&self) -> Option<Content> {
        let seen = self.seen.lock().unwrap();
        let phases: Vec<_> = seen.iter().map(|(phase, _)| *phase).collect();
        assert_eq!(phases, ["complete", "enrich", "end"]);
        assert!(seen.iter().all(|(_, content)| *content == seen[0].1));
        seen[0].1.clone()
    }
}

impl Observer for Reader {
    fn name(&self) -> &'static str {
        "reader"
    }
    fn content_limit(&self) -> usize {
        self.limit
    }
    fn complete(&self, record: &mut CallRecord) {
        self.note("complete", record);
    }
    fn enrich(&self, record: &mut CallRecord) {
        self.note("enrich", record);
    }
    fn on_end(&self, record: &CallRecord) {
        self.note("end", record);
        let shown = format!("{record:?}");
        assert!(!shown.contains("Ada") && !shown.contains("Hello"), "{shown}");
    }
}

const QUESTION: &str = r#"{"model":"m","messages":[{"role":"user","content":"I am Ada"}],
    "tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]}"#;
const ANSWER: &str = concat!(
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" Ada\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: [DONE]\n\n",
);

/// Answers in one frame for each event; fails with a refusal where the status says so.
fn upstream<B>(
    status: u16,
) -> impl Service<Request<B>, Response = Response<MockBody>, Error = Infallible> + Clone
where
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
{
    service_fn(move |request: Request<B>| async move {
        request.into_body().collect().await.unwrap();
        let steps = ANSWER.split_inclusive("\n\n").map(Step::Data);
        Ok(reply(status, &[("content-type", "text/event-stream")], MockBody::new(steps)))
    })
}

async fn exchange<S, B>(service: S, whole: bool)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug> + Unpin,
{
    let request = Request::post("/v1/chat/completions").body(Full::from(QUESTION)).unwrap();
    let mut body = service.oneshot(request).await.unwrap().into_body();
    if whole {
        body.collect().await.unwrap();
    } else {
        body.frame().await.unwrap().unwrap();
    }
}

fn said(message: &Message) -> Vec<&str> {
    let mut texts = Vec::new();
    for part in &message.parts {
        let Part::Text { content } = part else { panic!("{part:?}") };
        texts.push(content.as_str());
    }
    texts
}

#[tokio::test]
async fn without_a_wish_nothing_is_kept() {
    let reader = Reader::default();
    exchange(CallLayer::client().with(reader.clone()).layer(upstream(200)), true).await;
    assert_eq!(reader.content(), None);
}

#[tokio::test]
async fn both_sides_of_a_call() {
    let reader = Reader::wanting(10_000);
    exchange(CallLayer::client().with(reader.clone()).layer(upstream(200)), true).await;
    let content = reader.content().unwrap();
    assert_eq!((content.input_messages.len(), content.output_messages.len()), (1, 1));
    assert_eq!(said(&content.input_messages[0]), ["I am Ada"]);
    assert_eq!(said(&content.output_messages[0]), ["Hello Ada"]);
    assert_eq!(content.output_messages[0].finish_reason.as_deref(), Some("stop"));
    assert_eq!(content.tool_definitions[0].get("name").and_then(|name| name.as_str()), Some("look"));
    assert!(!content.truncated);
}

#[tokio::test]
async fn a_reply_that_was_given_up_or_refused() {
    let reader = Reader::wanting(10_000);
    exchange(CallLayer::client().with(reader.clone()).layer(upstream(200)), false).await;
    let content = reader.content().unwrap();
    assert_eq!(said(&content.output_messages[0]), [Content::CUT]);
    assert_eq!(content.output_messages[0].finish_reason.as_deref(), Some("error"));

    let reader = Reader::wanting(10_000);
    exchange(CallLayer::client().with(reader.clone()).layer(upstream(500)), true).await;
    let content = reader.content().unwrap();
    assert_eq!((content.input_messages.len(), content.output_messages.len()), (1, 0));
}

#[tokio::test]
async fn every_hook_comes_before_every_observer() {
    let (outer, inner) = (Reader::wanting(10_000), Reader::default());
    let hide = |word: &'static str| {
        move |content: &mut Content| content.for_each_text(&mut |text| *text = text.replace(word, "..."))
    };
    let service = CallLayer::client().with(outer.clone()).redact(hide("Ada"));
    let below = CallLayer::client().with(inner.clone()).redact(hide("Hello"));
    exchange(service.layer(below.layer(upstream(200))), true).await;
    for reader in [outer, inner] {
        let content = reader.content().unwrap();
        assert_eq!(said(&content.input_messages[0]), ["I am ..."]);
        assert_eq!(said(&content.output_messages[0]), ["... ..."]);
    }
}

#[tokio::test]
async fn every_hook_of_a_layer_runs_in_order() {
    let reader = Reader::wanting(10_000);
    let replace = |from: &'static str, to: &'static str| {
        move |content: &mut Content| content.for_each_text(&mut |text| *text = text.replace(from, to))
    };
    let layer =
        CallLayer::client().with(reader.clone()).redact(replace("Ada", "Eve")).redact(replace("Eve", "..."));
    exchange(layer.layer(upstream(200)), true).await;
    let content = reader.content().unwrap();
    assert_eq!(said(&content.input_messages[0]), ["I am ..."]);
    assert_eq!(said(&content.output_messages[0]), ["Hello ..."]);
}

#[tokio::test]
async fn the_layer_that_joins_may_be_the_one_that_wants_it() {
    let (outer, inner) = (Reader::default(), Reader::wanting(10_000));
    let layer = CallLayer::client().with(outer.clone());
    exchange(layer.layer(CallLayer::client().with(inner.clone()).layer(upstream(200))), true).await;
    assert_eq!(said(&inner.content().unwrap().output_messages[0]), ["Hello Ada"]);
    assert_eq!(inner.content(), outer.content());
}

#[tokio::test]
async fn a_hook_that_panics_lets_nothing_pass() {
    let (reader, check) = (Reader::wanting(10_000), SelfCheck::new());
    let layer = CallLayer::client().self_check(check.clone()).with(reader.clone());
    let layer = layer.redact(|content: &mut Content| {
        content.input_messages.clear();
        panic!("a hook of the user's");
    });
    exchange(layer.layer(upstream(200)), true).await;
    assert_eq!(reader.content(), None);
    assert_eq!(check.panics(), [("redact", 1)]);
}

#[tokio::test]
async fn the_greatest_limit_counts_and_is_kept() {
    let (little, much) = (Reader::wanting(200), Reader::wanting(usize::MAX));
    exchange(CallLayer::client().with(little.clone()).layer(upstream(200)), true).await;
    assert!(little.content().unwrap().truncated);
    let little = Reader::wanting(200);
    exchange(CallLayer::client().with(little.clone()).with(much).layer(upstream(200)), true).await;
    assert!(!little.content().unwrap().truncated);
}
