//! Tokens and money by where the counts come from, and what became of replies whose clients had left.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{Full, StreamBody};
use support::{Bench, Reply, chat, ms};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::drain::{DrainLayer, DrainPolicy};
use tower_genai_core::{CallRecord, Observer, RequestBody, Role, Usage, UsageSource};

const URI: &str = "https://api.openai.com/v1/chat/completions";

/// Knows where the counts of a model's calls come from, by its name.
struct Sources;

impl Observer for Sources {
    fn name(&self) -> &'static str {
        "sources"
    }

    fn complete(&self, record: &mut CallRecord) {
        let source = match record.response_model() {
            Some("estimated") => UsageSource::Estimated,
            Some("drained") => UsageSource::Drained,
            _ => return,
        };
        record.set_usage(Usage::new(1000, 100), source);
    }
}

async fn one_call_of_each() -> Bench {
    let bench = Bench::new();
    let layer = bench.layer(Role::Client).with(Sources);
    let event = |text: &str| format!("data: {text}\n\n");
    for (model, usage) in [
        ("reported", r#""usage":{"prompt_tokens":9,"completion_tokens":4}"#),
        ("estimated", r#""x":0"#),
        ("drained", r#""x":0"#),
        ("missing", r#""x":0"#),
    ] {
        let output = event(&format!(
            r#"{{"model":"{model}","choices":[{{"index":0,"delta":{{"content":"x"}}}}],{usage}}}"#
        ));
        let reply = Reply::events().data(ms(80), &output).data(ms(400), &event("[DONE]"));
        bench.send(&layer, chat(URI, r#"{"model":"m"}"#), reply).await;
    }
    bench
}

/// The samples in which a model occurs, as what stands behind its label.
fn of_model(samples: &[String], model: &str) -> Vec<String> {
    let label = format!("gen_ai_response_model=\"{model}\"");
    let behind = |sample: &String| Some(sample.split_once(&label)?.1.trim_start_matches(',').to_owned());
    samples.iter().filter_map(behind).collect()
}

#[tokio::test]
async fn the_counters_keep_what_was_estimated_apart() {
    let bench = one_call_of_each().await;
    let tokens = bench.samples("gen_ai_client_tokens_total");
    assert_eq!(tokens.len(), 6, "{tokens:#?}");
    for (source, input, output) in [("reported", 9, 4), ("drained", 1000, 100), ("estimated", 1000, 100)] {
        let whose = r#"key_alias="",team="",user="","#;
        assert_eq!(
            of_model(&tokens, source),
            [
                format!(r#"{whose}token_type="input",usage_source="{source}",role="client"}} {input}"#),
                format!(r#"{whose}token_type="output",usage_source="{source}",role="client"}} {output}"#),
            ]
        );
        let cost = bench.samples("gen_ai_client_cost_usd_total");
        let usd = if source == "reported" { "0.00000195" } else { "0.000165" };
        assert_eq!(
            of_model(&cost, source),
            [format!(r#"{whose}usage_source="{source}",role="client"}} {usd}"#)]
        );
    }
    assert!(of_model(&tokens, "missing").is_empty());
}

#[tokio::test]
async fn the_histograms_have_nothing_that_was_estimated() {
    let bench = one_call_of_each().await;
    let count = |name: &str, model: &str| -> u64 {
        let samples = of_model(&bench.samples(name), model);
        samples.iter().map(|sample| sample.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
    };
    for (model, tokens, pace) in
        [("reported", 2, 1), ("drained", 2, 1), ("estimated", 0, 0), ("missing", 0, 0)]
    {
        assert_eq!(count("gen_ai_client_token_usage_count", model), tokens, "{model}");
        assert_eq!(count("gen_ai_server_time_per_output_token_seconds_count", model), pace, "{model}");
        assert_eq!(count("gen_ai_client_operation_duration_seconds_count", model), 1, "{model}");
        assert_eq!(count("gen_ai_client_operation_time_to_first_chunk_seconds_count", model), 1, "{model}");
    }
}

#[tokio::test(start_paused = true)]
async fn drains_are_counted_by_their_result() {
    let bench = Bench::new();
    let (drain, guard) = DrainLayer::new(DrainPolicy::Drain {
        max_bytes: 300,
        max_time: Duration::from_secs(60),
        max_concurrent: 3,
    });
    let client = drain.layer(bench.layer(Role::Client).layer(service_fn(
        async |request: Request<RequestBody<Full<Bytes>>>| {
            let text = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
            let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n";
            let frames = match request.uri().query() {
                Some("long") => [text; 12].to_vec(),
                _ => vec![text, usage, "data: [DONE]\n\n"],
            };
            let frames: Vec<Result<_, Infallible>> = frames
                .into_iter()
                .map(|frame| Ok(Frame::data(Bytes::from_static(frame.as_bytes()))))
                .collect();
            let body = StreamBody::new(futures_util::stream::iter(frames));
            Ok::<_, Infallible>(
                Response::builder().header("content-type", "text/event-stream").body(body).unwrap(),
            )
        },
    )));
    let mut bodies = Vec::new();
    for query in ["", "", "?long", ""] {
        let request = Request::post(format!("{URI}{query}")).body(Full::from("{}")).unwrap();
        let mut body = client.clone().oneshot(request).await.unwrap().into_body();
        let first = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(first, Poll::Ready(Some(Ok(_)))));
        bodies.push(body);
    }
    drop(bodies);
    assert_eq!(guard.shutdown(Duration::from_secs(100)).await, 0);
    assert_eq!(
        bench.samples("tower_genai_drains_total"),
        [
            r#"tower_genai_drains_total{result="drained"} 2"#,
            r#"tower_genai_drains_total{result="max_bytes"} 1"#,
            r#"tower_genai_drains_total{result="max_time"} 0"#,
            r#"tower_genai_drains_total{result="max_concurrent"} 1"#,
            r#"tower_genai_drains_total{result="failed"} 0"#,
            r#"tower_genai_drains_total{result="stopped"} 0"#,
        ]
    );
    let tokens = bench.samples("gen_ai_client_tokens_total");
    assert!(
        tokens
            .iter()
            .any(|row| row.ends_with(r#"token_type="input",usage_source="drained",role="client"} 18"#)),
        "{tokens:#?}"
    );
}
