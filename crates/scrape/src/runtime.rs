use tokio::runtime::Handle;

use crate::{Encoder, Family, Source, names};

/// The metrics of a tokio runtime, as far as [tokio has them] without `tokio_unstable`.
///
/// | series | labels | what |
/// |---|---|---|
/// | `tokio_workers` | | threads that run tasks |
/// | `tokio_alive_tasks` | | tasks that have not ended |
/// | `tokio_global_queue_depth` | | tasks that wait for any worker |
/// | `tokio_worker_busy_seconds_total` | worker | time a worker was not parked; close to 1 a second, it is saturated |
/// | `tokio_worker_parks_total` | worker | times a worker had nothing to do |
///
/// The last two need atomics of 64 bits and have no samples elsewhere.
///
/// ```
/// use tower_genai_scrape::{MetricsService, RuntimeMetrics};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower_genai_scrape::Error> {
/// let runtime = RuntimeMetrics::new(&tokio::runtime::Handle::current());
/// let service = MetricsService::builder().source(runtime).build()?;
/// # Ok(())
/// # }
/// ```
///
/// [tokio has them]: https://docs.rs/tokio/1/tokio/runtime/struct.RuntimeMetrics.html
#[derive(Clone, Debug)]
pub struct RuntimeMetrics(tokio::runtime::RuntimeMetrics);

impl RuntimeMetrics {
    /// The metrics of the runtime that the handle belongs to.
    pub fn new(runtime: &Handle) -> Self {
        Self(runtime.metrics())
    }
}

static FAMILIES: [Family; 5] = [
    Family::gauge(names::TOKIO_WORKERS, "Threads of the runtime that run tasks.", &[]),
    Family::gauge(names::TOKIO_ALIVE_TASKS, "Tasks that have not ended.", &[]),
    Family::gauge(names::TOKIO_GLOBAL_QUEUE_DEPTH, "Tasks that wait for any worker.", &[]),
    Family::counter(names::TOKIO_WORKER_BUSY, "Time a worker was not parked.", &["worker"])
        .with_unit("seconds"),
    Family::counter(names::TOKIO_WORKER_PARKS, "Times a worker had nothing to do.", &["worker"]),
];

impl Source for RuntimeMetrics {
    fn families(&self) -> &[Family] {
        &FAMILIES
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let [workers, alive_tasks, global_queue_depth, busy, parks] = &FAMILIES;
        encoder.family(workers).value(&[], self.0.num_workers() as u64);
        encoder.family(alive_tasks).value(&[], self.0.num_alive_tasks() as u64);
        encoder.family(global_queue_depth).value(&[], self.0.global_queue_depth() as u64);
        #[cfg(target_has_atomic = "64")]
        {
            let workers: Vec<String> = (0..self.0.num_workers()).map(|worker| worker.to_string()).collect();
            let mut samples = encoder.family(busy);
            for (number, worker) in workers.iter().enumerate() {
                samples.value(&[worker], self.0.worker_total_busy_duration(number).as_secs_f64());
            }
            let mut samples = encoder.family(parks);
            for (number, worker) in workers.iter().enumerate() {
                samples.value(&[worker], self.0.worker_park_count(number));
            }
        }
        #[cfg(not(target_has_atomic = "64"))]
        let _ = (busy, parks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, MetricsService};

    #[test]
    fn a_runtime_is_shown_as_it_is() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let metrics = RuntimeMetrics::new(runtime.handle());
        let service = MetricsService::builder().source(metrics).build().unwrap();
        let tasks: Vec<_> = (0..3).map(|_| runtime.spawn(std::future::pending::<()>())).collect();
        // Workers publish their numbers when they park.
        while !(0..2).any(|worker| runtime.metrics().worker_park_count(worker) > 1) {
            runtime.block_on(runtime.spawn(async {})).unwrap();
        }

        let page = service.render(Format::OpenMetrics);
        let value = |name: &str| -> Option<f64> {
            page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
        };
        assert_eq!(value("tokio_workers"), Some(2.0), "{page}");
        assert_eq!(value("tokio_alive_tasks"), Some(3.0), "{page}");
        assert_eq!(value("tokio_global_queue_depth"), Some(0.0), "{page}");
        let of_workers = |name: &str| -> f64 {
            (0..2).map(|worker| value(&format!("{name}{{worker=\"{worker}\"}}")).unwrap()).sum()
        };
        assert!(of_workers("tokio_worker_busy_seconds_total") > 0.0, "{page}");
        assert!(of_workers("tokio_worker_parks_total") >= 1.0, "{page}");
        assert!(page.contains("# UNIT tokio_worker_busy_seconds seconds\n"), "{page}");
        drop(tasks);
    }
}
