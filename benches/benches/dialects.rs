//! What one streamed event of 200 B costs with metrics, traces and cost together, for every text dialect: a stream of 500
//! events less one of 100, by 400, beside the bare service in the same rounds. Bar: +50 ns and 0 allocations.

use std::alloc::System;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::time::Instant;
use tower::Layer;
use tower_genai::core::Gate;
use tower_genai_benches::dialects::{self, Stream};
use tower_genai_benches::traffic::{answering, stream_request_to, unsampled};
use tower_genai_benches::{Case, case, layers};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: usize = 25;
const STREAMS: u64 = 200;

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    println!(
        "| dialect | added per event, ns (least / median) | allocations per event |\n| --- | --- | --- |"
    );
    for stream in dialects::all() {
        let [long, short] = [500, 100].map(|events| Pair::of(&stream, events).measure());
        let per_event = |pick: fn(&Measured) -> f64| (pick(&long) - pick(&short)) / 400.0;
        println!(
            "| {} | {:+.1} / {:+.1} | {:.3} |",
            stream.name(),
            per_event(|measured| measured.least),
            per_event(|measured| measured.median),
            per_event(|measured| measured.allocations),
        );
    }
}

/// The same stream bare and observed.
struct Pair {
    bare: Case,
    observed: Case,
}

/// What the layers add to one stream.
struct Measured {
    least: f64,
    median: f64,
    allocations: f64,
}

impl Pair {
    fn of(stream: &Stream, events: usize) -> Self {
        let path = stream.path();
        let request = move || unsampled(stream_request_to(path));
        let answer = {
            let stream = stream.clone();
            move || stream.reply(events)
        };
        // Ollama's paths are a model's only where all traffic is.
        let layer = layers::composed(&layers::batched_tracers()).gate(Gate::every_post());
        Self {
            bare: case("bare", answering(answer.clone()), request),
            observed: case("observed", layer.layer(answering(answer)), request),
        }
    }

    fn measure(mut self) -> Measured {
        let mut times: [Vec<Duration>; 2] = Default::default();
        let mut allocations = [0.0; 2];
        for round in 0..=ROUNDS {
            for (index, case) in [&mut self.bare, &mut self.observed].into_iter().enumerate() {
                let region = Region::new(ALLOCATOR);
                let started = Instant::now();
                (case.run)(STREAMS);
                let took = started.elapsed();
                // The first round warms up.
                if round > 0 {
                    times[index].push(took);
                    let change = region.change();
                    allocations[index] = (change.allocations + change.reallocations) as f64 / STREAMS as f64;
                }
            }
        }
        for times in &mut times {
            times.sort_unstable();
        }
        let each = |time: Duration| time.as_secs_f64() * 1e9 / STREAMS as f64;
        let added = |rank: usize| each(times[1][rank]) - each(times[0][rank]);
        Measured { least: added(0), median: added(ROUNDS / 2), allocations: allocations[1] - allocations[0] }
    }
}
