//! What a second thread adds when both record calls into the same series, beside what it adds to plain atomics: as many
//! additions, to as many words that lie as far apart. Bar: 1.2 times that. The cases are run in turns, and the least and
//! the median over the rounds are printed.
#![allow(clippy::expect_used, reason = "a benchmark that cannot run says so by stopping")]

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tower::{Layer, ServiceExt, service_fn};
use tower_genai::core::{CallLayer, CallRecord, Observer, RequestBody};
use tower_genai::cost::Pricing;
use tower_genai::metrics::MetricsObserver;
use tower_genai::{Metrics, metrics::Naming};

const ROUNDS: usize = 31;
/// How long each turn lasts, and after how many calls the clock is read.
const TURN: Duration = Duration::from_millis(50);
const BATCH: u32 = 200;

fn main() {
    let record = record();
    for (title, naming) in [("OpenTelemetry's naming", Naming::Otel), ("both namings", Naming::Both)] {
        let metrics = Metrics::builder().naming(naming).build().expect("a store");
        let observer = metrics.observer();
        let blocks = if naming == Naming::Otel { &OTEL[..] } else { &BOTH[..] };
        table(title, &Ours { observer, record: record.clone() }, &Plain::new(blocks));
    }
}

/// Something that two threads do at once.
trait Work: Sync {
    fn once(&self);
}

struct Ours {
    observer: MetricsObserver,
    record: CallRecord,
}

impl Work for Ours {
    fn once(&self) {
        self.observer.on_end(&self.record);
    }
}

/// How many words are added to in each piece of memory, and how many it has. A histogram of 14 bounds has 17 words; of them a
/// bucket and the sum are added to. Money of this call is in three words of five.
const OTEL: [(usize, usize); 6] = [(2, 17), (4, 34), (1, 2), (2, 14), (3, 6), (1, 2)];

/// LiteLLM's metrics of such a call beside them: two latencies, the time per output token and our own counters.
const BOTH: [(usize, usize); 18] = [
    (2, 17),
    (4, 34),
    (1, 2),
    (2, 14),
    (3, 6),
    (1, 2),
    (1, 2),
    (2, 20),
    (2, 20),
    (3, 6),
    (1, 2),
    (1, 2),
    (1, 2),
    (1, 2),
    (1, 2),
    (1, 2),
    (2, 18),
    (1, 2),
];

struct Plain(Vec<(usize, Box<[AtomicU64]>)>);

impl Plain {
    fn new(blocks: &[(usize, usize)]) -> Self {
        let block =
            |(added, words): &(usize, usize)| (*added, (0..*words).map(|_| AtomicU64::new(0)).collect());
        Self(blocks.iter().map(block).collect())
    }
}

impl Work for Plain {
    fn once(&self) {
        for (added, words) in &self.0 {
            for word in words.iter().rev().take(*added) {
                word.fetch_add(3, Relaxed);
            }
        }
    }
}

/// The processor's time that one of so many threads takes for one call. They begin together, and each works as long as all
/// do: a thread that has begun late would have the series to itself. Time that others had the processor is not counted.
fn measure(work: &dyn Work, threads: usize) -> Duration {
    let (ready, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let times = std::thread::scope(|scope| {
        let run = || {
            ready.fetch_add(1, Relaxed);
            while ready.load(Relaxed) < threads {
                std::hint::spin_loop();
            }
            let (start, used, mut calls) = (Instant::now(), on_processor(), 0);
            while calls == 0 || !stop.load(Relaxed) {
                (0..BATCH).for_each(|_| work.once());
                calls += BATCH;
                if start.elapsed() >= TURN {
                    stop.store(true, Relaxed);
                }
            }
            on_processor().saturating_sub(used) / calls
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).max()
    });
    times.unwrap_or_default()
}

/// For how long this thread has had a processor, by Linux.
fn on_processor() -> Duration {
    let stat =
        std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's statistics of the thread");
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.expect("a number of nanoseconds"))
}

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn table(title: &str, ours: &dyn Work, plain: &dyn Work) {
    let cases = [("ours", ours), ("plain", plain)];
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        rounds.push(cases.map(|(_, work)| [1, 2].map(|threads| measure(work, threads).as_nanos() as f64)));
    }
    println!("{title}");
    for (place, (name, _)) in cases.iter().enumerate() {
        for (threads, many) in [1, 2].into_iter().enumerate() {
            let (least, median) = least_and_median(rounds.iter().map(|round| round[place][threads]));
            println!("  {name:<6} {many} threads  least {least:>6.0} ns  median {median:>6.0} ns");
        }
    }
    let added = |place: usize| move |round: &[[f64; 2]; 2]| round[place][1] - round[place][0];
    let (_, ours) = least_and_median(rounds.iter().map(added(0)));
    let (_, plain) = least_and_median(rounds.iter().map(added(1)));
    println!(
        "  a second thread adds {ours:.0} ns to ours and {plain:.0} ns to plain atomics: {:.2} times",
        ours / plain
    );
}

fn least_and_median(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2])
}

/// The record of a priced call.
fn record() -> CallRecord {
    #[derive(Clone, Default)]
    struct Keep(Arc<Mutex<Option<CallRecord>>>);
    impl Observer for Keep {
        fn name(&self) -> &'static str {
            "keep"
        }
        fn on_end(&self, record: &CallRecord) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(record.clone());
        }
    }
    let keep = Keep::default();
    let reply = r#"{"id":"c","model":"gpt-4o-mini","usage":{"prompt_tokens":1200,"completion_tokens":340}}"#;
    let service = CallLayer::client().with(Pricing::embedded()).with(keep.clone()).layer(service_fn(
        move |_: Request<RequestBody<Full<Bytes>>>| async move {
            let mut response = Response::new(Full::<Bytes>::from(reply));
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(response)
        },
    ));
    let request = Request::post("https://api.openai.com/v1/chat/completions");
    let request = request.body(Full::<Bytes>::from(r#"{"model":"gpt-4o-mini"}"#)).expect("a request");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let reply = service.oneshot(request).await.expect("a reply");
        reply.into_body().collect().await.expect("its body");
    });
    let kept = keep.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    kept.expect("the record of the call")
}
