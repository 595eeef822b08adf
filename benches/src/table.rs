//! Times and allocations of several cases, taken in turns.
//!
//! Criterion measures one case after the other, so a neighbour's load falls on one of them. Here every round runs all
//! cases, and the least and the median over the rounds are printed: the figures to trust on a shared machine.

use std::alloc::System;
use std::time::Duration;

use stats_alloc::{Region, StatsAlloc};
use tokio::time::Instant;

use crate::Case;

const ROUNDS: usize = 15;

/// Prints a table of the cases; what is "added" is over the first of them.
#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
pub fn table(allocator: &StatsAlloc<System>, title: &str, exchanges: u64, mut cases: Vec<Case>) {
    let mut times = vec![Vec::new(); cases.len()];
    let mut allocations = vec![0.0; cases.len()];
    for Case { run, .. } in &mut cases {
        run(exchanges / 10);
    }
    for _ in 0..ROUNDS {
        for (index, Case { run, .. }) in cases.iter_mut().enumerate() {
            let region = Region::new(allocator);
            let started = Instant::now();
            run(exchanges);
            times[index].push(started.elapsed());
            let change = region.change();
            allocations[index] = (change.allocations + change.reallocations) as f64 / exchanges as f64;
        }
    }
    let each = |time: Duration| time.as_secs_f64() * 1e9 / exchanges as f64;
    println!("\n## {title}\n\n| case | ns (least / median) | added (least / median) | allocations added |");
    println!("| --- | --- | --- | --- |");
    let mut bare = (0.0, 0.0, 0.0);
    for (index, Case { name, .. }) in cases.iter().enumerate() {
        times[index].sort_unstable();
        let (least, median) = (each(times[index][0]), each(times[index][ROUNDS / 2]));
        if index == 0 {
            bare = (least, median, allocations[0]);
        }
        println!(
            "| {name} | {least:.0} / {median:.0} | {:+.0} / {:+.0} | {:+.2} |",
            least - bare.0,
            median - bare.1,
            allocations[index] - bare.2
        );
    }
}
