//! The layer writes the cost into the record, where other observers read it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::{CallLayer, CallRecord, CostStatus, Observer, Upstream, Usage};
use tower_genai_cost::{Catalogue, CostLayer, Entry, Pricing};
use tracing_subscriber::fmt::MakeWriter;

/// Keeps the records.
#[derive(Clone, Default)]
struct Records(Arc<Mutex<Vec<CallRecord>>>);

impl Observer for Records {
    fn name(&self) -> &'static str {
        "records"
    }

    fn on_end(&self, record: &CallRecord) {
        self.0.lock().unwrap().push(record.clone());
    }
}

/// A call whose reply is `status` and `reply`, seen by both layers, the cost layer inside.
async fn call(
    pricing: &Pricing,
    path: &str,
    provider: &str,
    request: &str,
    status: u16,
    reply: &str,
) -> CallRecord {
    let records = Records::default();
    let reply = Bytes::copy_from_slice(reply.as_bytes());
    let service = service_fn(move |request: Request<_>| {
        let reply = reply.clone();
        async move {
            BodyExt::collect(request.into_body()).await.ok();
            Response::builder()
                .status(StatusCode::from_u16(status).unwrap())
                .header("content-type", "application/json")
                .body(Full::new(reply))
        }
    });
    let service = CostLayer::client(pricing.clone()).layer(service);
    let service = CallLayer::client().with(records.clone()).layer(service);
    let request = Request::post(path)
        .header("content-type", "application/json")
        .extension(Upstream::new().with_provider(provider))
        .body(Full::<Bytes>::from(request.to_owned()))
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    let record = records.0.lock().unwrap().pop();
    record.unwrap()
}

async fn chat(pricing: &Pricing, provider: &str, request: &str, reply: &str) -> CallRecord {
    call(pricing, "/v1/chat/completions", provider, request, 200, reply).await
}

fn total(record: &CallRecord) -> Option<String> {
    record.cost().map(|cost| cost.total().to_string())
}

fn entry(record: &CallRecord) -> Option<&str> {
    record.cost().and_then(|cost| cost.entry.as_deref())
}

const USAGE: &str = r#""usage": {"prompt_tokens": 1000, "completion_tokens": 100,
    "prompt_tokens_details": {"cached_tokens": 200}}"#;

#[tokio::test]
async fn the_model_that_served_is_priced_then_the_one_asked_for() {
    let pricing = Pricing::embedded();
    let reply = format!(r#"{{"model": "gpt-4o-mini-2024-07-18", {USAGE}}}"#);
    let record = chat(&pricing, "openai", r#"{"model": "gpt-4o-mini"}"#, &reply).await;
    assert_eq!(record.cost_status(), Some(CostStatus::Priced));
    assert_eq!(entry(&record), Some("gpt-4o-mini-2024-07-18"));
    // 800 × $0.15 + 200 × $0.075 + 100 × $0.60, per million.
    assert_eq!(total(&record).as_deref(), Some("0.000195"));

    let reply = format!(r#"{{"model": "an-internal-name", {USAGE}}}"#);
    let record = chat(&pricing, "openai", r#"{"model": "gpt-4o-mini"}"#, &reply).await;
    assert_eq!(entry(&record), Some("gpt-4o-mini"));
    assert_eq!(total(&record).as_deref(), Some("0.000195"));
}

#[tokio::test]
async fn the_tier_that_served_counts_more_than_the_one_asked_for() {
    let pricing = Pricing::embedded();
    let asked = r#"{"model": "gpt-4o-mini", "service_tier": "priority"}"#;
    for (tier, expected) in [
        // 800 × $0.25 + 200 × $0.125 + 100 × $1.00.
        (r#""service_tier": "priority","#, "0.000325"),
        (r#""service_tier": "default","#, "0.000195"),
        ("", "0.000325"),
    ] {
        let reply = format!(r#"{{"model": "gpt-4o-mini", {tier} {USAGE}}}"#);
        let record = chat(&pricing, "openai", asked, &reply).await;
        assert_eq!(total(&record).as_deref(), Some(expected), "{reply}");
    }
}

#[tokio::test]
async fn what_has_no_cost_says_why() {
    let pricing = Pricing::embedded();
    let model = r#"{"model": "gpt-4o-mini"}"#;

    let record = chat(&pricing, "openai", model, r#"{"model": "gpt-4o-mini", "choices": []}"#).await;
    assert_eq!((record.cost(), record.cost_status()), (None, Some(CostStatus::NoUsage)));

    let refused = r#"{"error": {"type": "rate_limit_exceeded"}}"#;
    let record = call(&pricing, "/v1/chat/completions", "openai", model, 429, refused).await;
    assert_eq!((record.cost(), record.cost_status()), (None, Some(CostStatus::NoUsage)));

    let reply = r#"{"model": "gpt-4o-mini", "usage": {"prompt_tokens": 5, "completion_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 6}}}"#;
    let record = chat(&pricing, "openai", model, reply).await;
    assert_eq!((record.cost(), record.cost_status()), (None, Some(CostStatus::InvalidUsage)));

    let reply = format!(r#"{{"model": "no-such-model", {USAGE}}}"#);
    let record = chat(&pricing, "openai", r#"{"model": "no-such-model"}"#, &reply).await;
    assert_eq!((record.cost(), record.cost_status()), (None, Some(CostStatus::Unpriced)));
}

#[tokio::test]
async fn a_tier_without_a_price_leaves_the_one_asked_for() {
    let pricing = Pricing::embedded();
    let asked = r#"{"model": "gpt-4o-mini", "service_tier": "priority"}"#;
    for (tier, expected) in [("scale", "0.000325"), ("standard", "0.000195"), ("flex", "0.000195")] {
        let reply = format!(r#"{{"model": "gpt-4o-mini", "service_tier": "{tier}", {USAGE}}}"#);
        let record = chat(&pricing, "openai", asked, &reply).await;
        assert_eq!(total(&record).as_deref(), Some(expected), "{tier}");
    }
}

#[tokio::test]
async fn what_only_the_request_states_is_charged_when_the_call_succeeded() {
    let pricing = Pricing::embedded();
    let request = r#"{"model": "tts-1", "input": "Hello, world", "voice": "alloy"}"#;
    let record = call(&pricing, "/v1/audio/speech", "openai", request, 200, "{}").await;
    assert_eq!(record.billing().and_then(|billing| billing.input_characters), Some(12));
    assert_eq!(total(&record).as_deref(), Some("0.00018")); // 12 × $0.000015
    let record = call(&pricing, "/v1/audio/speech", "openai", request, 500, "{}").await;
    assert_eq!((record.cost(), record.cost_status()), (None, Some(CostStatus::NoUsage)));
}

#[tokio::test]
async fn moderation_costs_nothing() {
    let pricing = Pricing::embedded();
    let request = r#"{"model": "omni-moderation-latest", "input": "Hello"}"#;
    let reply = r#"{"id": "modr-1", "model": "omni-moderation-latest", "results": []}"#;
    let record = call(&pricing, "/v1/moderations", "openai", request, 200, reply).await;
    assert_eq!((record.cost_status(), total(&record).as_deref()), (Some(CostStatus::Priced), Some("0")));
    let record = call(&pricing, "/v1/moderations", "openai", request, 429, "{}").await;
    assert_eq!(record.cost_status(), Some(CostStatus::NoUsage));
}

#[tokio::test]
async fn the_host_tells_the_region() {
    let pricing = Pricing::embedded();
    let request = r#"{"model": "gpt-5.4"}"#;
    let reply = format!(r#"{{"model": "gpt-5.4", {USAGE}}}"#);
    let path = |host: &str| format!("https://{host}/v1/chat/completions");
    let record = call(&pricing, &path("api.openai.com"), "openai", request, 200, &reply).await;
    // 800 × $2.50 + 200 × $0.25 + 100 × $15.
    assert_eq!(total(&record).as_deref(), Some("0.00355"));
    let record = call(&pricing, &path("eu.api.openai.com"), "openai", request, 200, &reply).await;
    assert_eq!(total(&record).as_deref(), Some("0.003905"));
}

#[tokio::test]
async fn the_cost_the_provider_states_stands_beside_ours() {
    let pricing = Pricing::embedded();
    let reply = r#"{"model": "openai/gpt-4o-mini", "usage": {"prompt_tokens": 1000, "completion_tokens": 0, "cost": 0.00014}}"#;
    let record = chat(&pricing, "openrouter", r#"{"model": "openai/gpt-4o-mini"}"#, reply).await;
    assert_eq!((entry(&record), total(&record).as_deref()), (Some("gpt-4o-mini"), Some("0.00015")));
    let stated = record.cost().and_then(|cost| cost.stated);
    assert_eq!(stated.map(|stated| stated.to_string()).as_deref(), Some("0.00014"));
    let reply = reply.replace("openai/gpt-4o-mini", "nobody/knows");
    let record = chat(&pricing, "openrouter", r#"{"model": "nobody/knows"}"#, &reply).await;
    assert_eq!(total(&record).as_deref(), Some("0.00014"));
}

#[tokio::test]
async fn an_operators_price_goes_first_and_the_catalogue_can_be_replaced() {
    let reply = format!(r#"{{"model": "m", {USAGE}}}"#);
    let catalogue = |price: &str| {
        let file = format!(
            r#"{{"m": {{"litellm_provider": "p", "input_cost_per_token": {price}, "output_cost_per_token": 0}}}}"#
        );
        Catalogue::from_litellm_json(file.as_bytes()).unwrap()
    };

    let pricing = Pricing::new(catalogue("1"));
    assert_eq!(total(&chat(&pricing, "p", "{}", &reply).await).as_deref(), Some("1000"));
    pricing.clone().set_catalogue(catalogue("2"));
    assert_eq!(total(&chat(&pricing, "p", "{}", &reply).await).as_deref(), Some("2000"));

    let own =
        Entry::from_prices("m", [("input_cost_per_token", "0"), ("output_cost_per_token", "0")]).unwrap();
    let pricing = Pricing::builder(catalogue("1")).override_price(own).build().unwrap();
    let record = chat(&pricing, "p", "{}", &reply).await;
    assert_eq!(record.cost_status(), Some(CostStatus::Priced), "a price of zero is a price");
    assert_eq!(total(&record).as_deref(), Some("0"));
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_model_without_a_price_is_warned_about_once() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_writer(log.clone()).without_time().with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let pricing = Pricing::embedded();
    let reply = format!(r#"{{"model": "no\nsuch-model", {USAGE}}}"#);
    for _ in 0..3 {
        chat(&pricing, "openai", "{}", &reply).await;
    }
    let lines = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(
        lines,
        " WARN tower_genai_cost::pricing::warned: no price for this model: what its calls cost is unknown, and not \
         zero provider=\"openai\" model=\"no\\nsuch-model\"\n"
    );

    log.0.lock().unwrap().clear();
    for model in 0..1_100 {
        chat(&pricing, "openai", "{}", &format!(r#"{{"model": "unknown-{model}", {USAGE}}}"#)).await;
    }
    let lines = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(lines.lines().count(), 1_000, "999 more, and that there will be no more");
    assert!(lines.ends_with("further models without a price are not named models=1000\n"), "{lines}");
}

#[test]
fn a_catalogue_is_replaced_whole() {
    let catalogue = |price: &str| {
        let entry = |name| {
            format!(r#""{name}": {{"input_cost_per_token": {price}, "output_cost_per_token": {price}}}"#)
        };
        let entries: Vec<_> = (0..200).map(|index| entry(index.to_string())).collect();
        Catalogue::from_litellm_json(format!("{{{}}}", entries.join(",")).as_bytes()).unwrap()
    };
    let (one, two) = (catalogue("1"), catalogue("2"));
    let pricing = Pricing::new(one.clone());
    // Each of a hundred threads replaces the catalogue while all price by it.
    thread::scope(|scope| {
        for number in 0..100 {
            let (pricing, one, two) = (&pricing, &one, &two);
            scope.spawn(move || {
                let model = number.to_string();
                for round in 0..20 {
                    pricing.set_catalogue(if (number + round) % 2 == 0 { one } else { two }.clone());
                    for _ in 0..10 {
                        let cost = pricing.price(None, &[&model], &Usage::new(3, 4), None).unwrap();
                        // Both prices of a call are of one catalogue.
                        let total = cost.total().to_string();
                        assert!(total == "7" || total == "14", "{total}");
                        assert_eq!(pricing.catalogue().len(), 200);
                    }
                }
            });
        }
    });
}

#[test]
fn the_types_can_cross_threads() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<Pricing>();
    check::<CostLayer>();
    check::<Catalogue>();
}
