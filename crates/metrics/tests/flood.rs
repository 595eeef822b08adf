//! What a flood of models and users that never come back takes, and what it leaves to those that are configured.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test panics to fail, in its helpers too")]

mod support;

use std::convert::Infallible;
use std::process::Command;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use support::Bench;
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::{CallLayer, Caller, RequestBody, Role};
use tower_genai_metrics::scrape::Format;
use tower_genai_metrics::{DEFAULT_SERIES_BUDGET, Metrics, Naming};

/// How many strangers come. Without optimisation a million takes minutes; all but the first ten thousand or so are
/// folded anyhow, so that fewer show the same.
const STRANGERS: u64 = if cfg!(debug_assertions) { 40_000 } else { 1_000_000 };
const THREADS: u64 = 2;
/// After so many strangers of a thread a configured client calls a configured model.
const BETWEEN: u64 = 1_000;
const _: () = assert!(STRANGERS.is_multiple_of(2 * THREADS * BETWEEN), "both configured clients call alike");
const LEAST_TOO_MUCH_KIB: u64 = 64_000_000 / 1024;

/// The configured models and clients. The one calls in the first half of the flood, the other in the second, when no
/// place is left.
const CONFIGURED: [(&str, &str); 2] = [("gpt-4o-mini", "search-prod"), ("claude-sonnet-4-5", "support-prod")];

/// Without a harness: each flood needs a process of its own, for memory that one has given back is there for the next.
fn main() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [mode, naming, refused, strangers] = &*arguments
        && mode == "flood"
    {
        return flood(naming.parse().unwrap(), refused, strangers.parse().unwrap());
    }
    for (naming, refused) in [("otel", "none"), ("otel", "half"), ("both", "none")] {
        let program = std::env::current_exe().unwrap();
        let flood = Command::new(program).args(["flood", naming, refused, &STRANGERS.to_string()]).status();
        assert!(flood.unwrap().success(), "{naming}, the upstream refuses {refused}");
    }
}

fn flood(naming: Naming, refused: &str, strangers: u64) {
    let clients = CONFIGURED.map(|(model, alias)| (model, caller(alias)));
    let builder = Metrics::builder().naming(naming);
    let reserved = clients
        .iter()
        .fold(builder, |builder, (model, caller)| builder.reserve_model(*model).reserve_caller(caller));
    let bench = Bench::with(reserved.build().unwrap());
    let layer = bench.layer(Role::Client);
    let each = strangers / THREADS;

    let before = memory("VmRSS");
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (layer, clients) = (&layer, &clients);
            scope.spawn(move || {
                for number in 0..each {
                    let name = format!("{thread}-{number}");
                    let status = if refused == "half" && number % 2 == 1 { 404 } else { 200 };
                    call(layer, &format!("model-{name}"), caller(&name), status);
                    if (number + 1) % BETWEEN == 0 {
                        let (model, caller) = &clients[usize::from(number >= each / 2)];
                        call(layer, model, caller.clone(), 200);
                    }
                }
            });
        }
    });
    // The most there ever was.
    let grown = memory("VmHWM").saturating_sub(before);
    report(naming, refused, strangers, grown);
    assert!(grown < LEAST_TOO_MUCH_KIB, "{naming:?}, the upstream refuses {refused}: {grown} KiB");

    // Nothing is lost, and who is configured is seen.
    let of_each = each / BETWEEN * THREADS / 2;
    let page = bench.page(Format::Text);
    let mut namings = Vec::new();
    if naming != Naming::LiteLlm {
        namings.push(("gen_ai_client_calls_total", "gen_ai_request_model", "key_alias"));
    }
    if naming != Naming::Otel {
        namings.push(("litellm_proxy_total_requests_metric_total", "requested_model", "api_key_alias"));
    }
    for (name, model_label, alias_label) in namings {
        let samples: Vec<_> = page.lines().filter_map(|line| sample(line, name)).collect();
        let all: u64 = samples.iter().map(|(_, count)| count).sum();
        assert_eq!(all, strangers + 2 * of_each, "{name}");
        for (model, alias) in CONFIGURED {
            let labels = [format!("{model_label}=\"{model}\""), format!("{alias_label}=\"{alias}\"")];
            let own: Vec<_> = samples
                .iter()
                .filter(|(set, _)| labels.iter().all(|label| set.contains(label)))
                .map(|(_, count)| *count)
                .collect();
            assert_eq!(own, [of_each], "{name}: {labels:?}");
        }
        let places = DEFAULT_SERIES_BUDGET..DEFAULT_SERIES_BUDGET + 10;
        assert!(places.contains(&samples.len()), "{name}: {}", samples.len());
        let folded = page.lines().filter_map(|line| sample(line, "tower_genai_label_values_folded_total"));
        let folded: u64 = folded.filter(|(set, _)| set.contains(name)).map(|(_, count)| count).sum();
        assert!(folded > strangers / 2, "{name}: {folded}");
    }
}

#[allow(clippy::print_stdout, reason = "the figure is what one wants to know")]
fn report(naming: Naming, refused: &str, strangers: u64, grown: u64) {
    println!("{}, {strangers} strangers, the upstream refuses {refused}: {grown} KiB", naming.as_str());
}

/// The label set and the value of a sample of that name.
fn sample<'a>(line: &'a str, name: &str) -> Option<(&'a str, u64)> {
    let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once("} ")?;
    Some((labels, value.parse().unwrap()))
}

fn caller(name: &str) -> Caller {
    Caller::new().with_key_alias(name).with_team(name).with_user(name).with_hashed_key(name)
}

fn call(layer: &CallLayer, model: &str, caller: Caller, status: u16) {
    let reply = match status {
        200 => format!(r#"{{"model":"{model}","usage":{{"prompt_tokens":3,"completion_tokens":1}}}}"#),
        _ => r#"{"error":{"code":"model_not_found"}}"#.to_owned(),
    };
    let upstream = service_fn(move |request: Request<RequestBody<Full<Bytes>>>| {
        let reply = reply.clone();
        async move {
            request.into_body().collect().await.unwrap();
            let reply = Full::new(Bytes::from(reply));
            let head = Response::builder().status(status).header("content-type", "application/json");
            Ok::<_, Infallible>(head.body(reply).unwrap())
        }
    });
    let mut request = Request::post("https://api.openai.com/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Full::from(format!(r#"{{"model":"{model}"}}"#)))
        .unwrap();
    request.extensions_mut().insert(caller);
    let exchange = async {
        let reply = layer.layer(upstream).oneshot(request).await.unwrap();
        reply.into_body().collect().await.unwrap();
    };
    exchange.now_or_never().unwrap();
}

/// What the kernel says of this process's memory, in KiB.
fn memory(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(of)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
