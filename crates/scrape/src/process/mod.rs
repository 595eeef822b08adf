//! What a process is told about itself by its operating system.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(test)]
mod tests;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

use crate::{Encoder, Family, Source, names};

/// The process' own metrics, under the names that [Prometheus' client libraries] share.
///
/// | series | what |
/// |---|---|
/// | `process_cpu_seconds_total` | time of processors, of the user and the system |
/// | `process_resident_memory_bytes`, `process_virtual_memory_bytes` | memory |
/// | `process_open_fds`, `process_max_fds` | file descriptors, and how many there may be; without a limit there is no sample |
/// | `process_start_time_seconds` | when it started, since 1970 |
/// | `process_threads` | threads |
///
/// They are read from `/proc`, at every scrape. On systems other than Linux the source has no samples, and where a file
/// cannot be read those are left out that stand in it.
///
/// ```
/// use tower_genai_scrape::{Format, MetricsService, ProcessMetrics};
///
/// let service = MetricsService::builder().source(ProcessMetrics::new()).build()?;
/// let page = service.render(Format::Text);
/// assert_eq!(page.contains("\nprocess_resident_memory_bytes "), cfg!(target_os = "linux"));
/// # Ok::<(), tower_genai_scrape::Error>(())
/// ```
///
/// [Prometheus' client libraries]: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ProcessMetrics;

impl ProcessMetrics {
    /// The metrics of this process.
    pub const fn new() -> Self {
        Self
    }
}

/// What is known of a process at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Reading {
    cpu_seconds: Option<f64>,
    resident_bytes: Option<u64>,
    virtual_bytes: Option<u64>,
    open_fds: Option<u64>,
    max_fds: Option<u64>,
    start_seconds: Option<f64>,
    threads: Option<u64>,
}

static FAMILIES: [Family; 7] = [
    Family::counter(names::PROCESS_CPU, "Time of processors, of the user and the system.", &[])
        .with_unit("seconds"),
    Family::gauge(names::PROCESS_RESIDENT_MEMORY, "Resident memory.", &[]).with_unit("bytes"),
    Family::gauge(names::PROCESS_VIRTUAL_MEMORY, "Virtual memory.", &[]).with_unit("bytes"),
    Family::gauge(names::PROCESS_OPEN_FDS, "Open file descriptors.", &[]),
    Family::gauge(names::PROCESS_MAX_FDS, "File descriptors that may be open.", &[]),
    Family::gauge(names::PROCESS_START_TIME, "When the process started, since 1970.", &[])
        .with_unit("seconds"),
    Family::gauge(names::PROCESS_THREADS, "Threads of the process.", &[]),
];

impl Source for ProcessMetrics {
    fn families(&self) -> &[Family] {
        &FAMILIES
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let reading = system::read();
        let [cpu, resident, virtual_memory, open_fds, max_fds, start, threads] = &FAMILIES;
        for (family, seconds) in [(cpu, reading.cpu_seconds), (start, reading.start_seconds)] {
            if let Some(seconds) = seconds {
                encoder.family(family).value(&[], seconds);
            }
        }
        for (family, count) in [
            (resident, reading.resident_bytes),
            (virtual_memory, reading.virtual_bytes),
            (open_fds, reading.open_fds),
            (max_fds, reading.max_fds),
            (threads, reading.threads),
        ] {
            if let Some(count) = count {
                encoder.family(family).value(&[], count);
            }
        }
    }
}
