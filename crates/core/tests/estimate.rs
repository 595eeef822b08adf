//! Tokens that nobody reported, and all the calls of which none are estimated.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::estimate::TokenEstimator;
use tower_genai_core::{CallLayer, CallRecord, Observer, RequestBody, Usage, UsageSource};

/// Writes down the text it sees in each phase, and the record.
#[derive(Clone, Default)]
struct Reader(Arc<Mutex<(Vec<bool>, Vec<CallRecord>)>>);

impl Observer for Reader {
    fn name(&self) -> &'static str {
        "reader"
    }
    fn complete(&self, record: &mut CallRecord) {
        self.0.lock().unwrap().0.push(record.text().is_some());
    }
    fn enrich(&self, record: &mut CallRecord) {
        self.0.lock().unwrap().0.push(record.text().is_some());
    }
    fn on_end(&self, record: &CallRecord) {
        self.0.lock().unwrap().1.push(record.clone());
    }
}

/// One exchange, read to its end or dropped after its first frame.
async fn exchange(
    layer: &CallLayer,
    path: &str,
    question: &str,
    status: u16,
    kind: &str,
    answer: &str,
    whole: bool,
) {
    let answer = answer.to_owned();
    let kind = kind.to_owned();
    let upstream = service_fn(move |request: Request<RequestBody<Full<Bytes>>>| {
        let reply = Response::builder().status(status).header("content-type", kind.as_str());
        let reply = reply.body(Full::<Bytes>::from(answer.clone())).unwrap();
        async move {
            request.into_body().collect().await.unwrap();
            Ok::<_, Infallible>(reply)
        }
    });
    let request = Request::post(path).body(Full::from(question.to_owned())).unwrap();
    let mut body = layer.layer(upstream).oneshot(request).await.unwrap().into_body();
    if whole {
        body.collect().await.unwrap();
    } else {
        body.frame().await.unwrap().unwrap();
    }
}

async fn record_of(path: &str, question: &str, status: u16, kind: &str, answer: &str) -> CallRecord {
    let reader = Reader::default();
    let layer = CallLayer::client().with(TokenEstimator::new()).with(reader.clone());
    exchange(&layer, path, question, status, kind, answer, true).await;
    let (text_seen, records) = &*reader.0.lock().unwrap();
    assert!(!text_seen[1], "no text goes further than the estimators");
    assert_eq!(records.len(), 1);
    records[0].clone()
}

const CHAT: &str = "/v1/chat/completions";
const SSE: &str = "text/event-stream";
const JSON: &str = "application/json";

/// The messages of OpenAI's cookbook, for which it names the counts that the API reported: 129 for gpt-4 and its
/// successors on `cl100k_base`, 124 for gpt-4o and gpt-4o-mini.
const COOKBOOK: &str = r#"[
    {"role": "system", "content": "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
    {"role": "system", "name": "example_user", "content": "New synergies will help drive top-line growth."},
    {"role": "system", "name": "example_assistant", "content": "Things working well together will increase revenue."},
    {"role": "system", "name": "example_user", "content": "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
    {"role": "system", "name": "example_assistant", "content": "Let's talk later when we're less busy about how to do better."},
    {"role": "user", "content": "This late pivot means we don't have time to boil the ocean for the client deliverable."}
]"#;

fn asking(model: &str, messages: &str) -> String {
    format!(r#"{{"model":"{model}","stream":true,"messages":{messages}}}"#)
}

fn saying(model: &str, pieces: &[&str]) -> String {
    let event = |text: &&str| {
        let text = text.escape_default();
        format!(
            "data: {{\"id\":\"c\",\"model\":\"{model}\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        )
    };
    pieces.iter().map(event).collect()
}

fn whole(model: &str, content: &str) -> String {
    format!(
        r#"{{"model":"{model}","choices":[{{"index":0,"message":{{"role":"assistant","content":{content}}}}}]}}"#
    )
}

#[tokio::test]
async fn the_cookbooks_messages_have_the_cookbooks_counts() {
    for (model, input) in
        [("gpt-4", 129), ("gpt-4-0613", 129), ("gpt-3.5-turbo", 129), ("gpt-4o", 124), ("gpt-4o-mini", 124)]
    {
        // "tiktoken is great!" is the cookbook's as well: six tokens in either vocabulary.
        let answer = saying(model, &["tik", "token is", " great!"]) + "data: [DONE]\n\n";
        let record = record_of(CHAT, &asking(model, COOKBOOK), 200, SSE, &answer).await;
        assert_eq!(record.usage(), &Usage::new(input, 6), "{model}");
        assert_eq!(record.usage_source(), UsageSource::Estimated);
    }
}

#[tokio::test]
async fn what_was_delivered_of_a_reply_that_was_given_up_is_estimated() {
    let reader = Reader::default();
    let layer = CallLayer::client().with(TokenEstimator::new()).with(reader.clone());
    let answer = saying("gpt-4o-mini", &["tiktoken", " is great!"]);
    exchange(&layer, CHAT, &asking("gpt-4o-mini", COOKBOOK), 200, SSE, &answer, false).await;
    let record = reader.0.lock().unwrap().1[0].clone();
    assert_eq!((record.usage(), record.usage_source()), (&Usage::new(124, 6), UsageSource::Estimated));
}

#[tokio::test]
async fn the_prompts_of_text_completions_have_no_overhead() {
    let question = r#"{"model":"gpt-3.5-turbo-instruct","prompt":"tiktoken is great!"}"#;
    let answer = r#"{"model":"gpt-3.5-turbo-instruct","choices":[{"index":0,"text":"tiktoken is great!"}]}"#;
    let record = record_of("/v1/completions", question, 200, JSON, answer).await;
    assert_eq!((record.usage(), record.usage_source()), (&Usage::new(6, 6), UsageSource::Estimated));
}

#[tokio::test]
async fn what_cannot_be_known_stays_missing() {
    let hi = r#"[{"role":"user","content":"Hi"}]"#;
    let image = r#"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}}]}]"#;
    let long = format!(r#"[{{"role":"user","content":"{}"}}]"#, "long ".repeat(10_000));
    let long_answer = format!("\"{}\"", "long ".repeat(10_000));
    let tools =
        r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function"}]}"#;
    for (what, path, question, status, answer) in [
        ("a refusal", CHAT, asking("gpt-4o", hi), 500, whole("gpt-4o", "\"Hello\"")),
        ("an unknown model", CHAT, asking("llama-3", hi), 200, whole("llama-3", "\"Hello\"")),
        ("a model that reasons in secret", CHAT, asking("o3-mini", hi), 200, whole("o3-mini", "\"Hello\"")),
        ("an image", CHAT, asking("gpt-4o", image), 200, whole("gpt-4o", "\"Hello\"")),
        ("tools", CHAT, tools.to_owned(), 200, whole("gpt-4o", "\"Hello\"")),
        ("a long request", CHAT, asking("gpt-4o", &long), 200, whole("gpt-4o", "\"Hello\"")),
        ("a long reply", CHAT, asking("gpt-4o", hi), 200, whole("gpt-4o", &long_answer)),
        ("a request that is not JSON", CHAT, "Hi".to_owned(), 200, whole("gpt-4o", "\"Hello\"")),
        ("a reply that is not JSON", CHAT, asking("gpt-4o", hi), 200, "Hello".to_owned()),
        ("another API", "/v1/messages", asking("gpt-4o", hi), 200, whole("gpt-4o", "\"Hello\"")),
        ("no messages", CHAT, r#"{"model":"gpt-4o"}"#.to_owned(), 200, whole("gpt-4o", "\"Hello\"")),
    ] {
        let record = record_of(path, &question, status, JSON, &answer).await;
        assert_eq!(
            (record.usage(), record.usage_source()),
            (&Usage::default(), UsageSource::Missing),
            "{what}"
        );
    }
}

#[tokio::test]
async fn what_was_reported_is_left_alone() {
    let answer = r#"{"model":"gpt-4o","choices":[{"index":0,"message":{"content":"Hello"}}],
        "usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let record = record_of(CHAT, &asking("gpt-4o", COOKBOOK), 200, JSON, answer).await;
    assert_eq!((record.usage(), record.usage_source()), (&Usage::new(1, 2), UsageSource::Reported));
}

#[tokio::test]
async fn text_is_kept_only_where_an_observer_asks_and_also_for_one_that_joins() {
    let answer = whole("gpt-4o", "\"Hello\"");
    let question = asking("gpt-4o", COOKBOOK);
    let nobody = Reader::default();
    let layer = CallLayer::client().with(nobody.clone());
    exchange(&layer, CHAT, &question, 200, JSON, &answer, true).await;
    assert_eq!(nobody.0.lock().unwrap().0, [false, false]);

    let outer = Reader::default();
    let inner = CallLayer::client().with(TokenEstimator::new());
    let answering = service_fn(move |request: Request<_>| {
        let reply =
            Response::builder().header("content-type", JSON).body(Full::<Bytes>::from(answer.clone()));
        async move {
            let _: Result<_, Infallible> = BodyExt::collect(request.into_body()).await;
            Ok::<_, Infallible>(reply.unwrap())
        }
    });
    let stack = CallLayer::client().with(outer.clone()).layer(inner.layer(answering));
    let request = Request::post(CHAT).body(Full::<Bytes>::from(question)).unwrap();
    stack.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    let (text_seen, records) = &*outer.0.lock().unwrap();
    assert_eq!(*text_seen, [true, false]);
    assert_eq!((records[0].usage().input, records[0].usage_source()), (Some(124), UsageSource::Estimated));
    assert!(!format!("{:?}", records[0]).contains("jargon"));
}
