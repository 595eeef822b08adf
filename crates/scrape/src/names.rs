//! The series this crate writes of its own.
#![allow(clippy::disallowed_methods, reason = "this is the module that lists the names")]

use crate::Name;

pub(crate) const SCRAPE_DURATION: Name = Name::new("tower_genai_scrape_duration_seconds");
pub(crate) const SCRAPE_SIZE: Name = Name::new("tower_genai_scrape_size_bytes");

// As Prometheus' client libraries have them.
pub(crate) const PROCESS_CPU: Name = Name::new("process_cpu_seconds_total");
pub(crate) const PROCESS_RESIDENT_MEMORY: Name = Name::new("process_resident_memory_bytes");
pub(crate) const PROCESS_VIRTUAL_MEMORY: Name = Name::new("process_virtual_memory_bytes");
pub(crate) const PROCESS_OPEN_FDS: Name = Name::new("process_open_fds");
pub(crate) const PROCESS_MAX_FDS: Name = Name::new("process_max_fds");
pub(crate) const PROCESS_START_TIME: Name = Name::new("process_start_time_seconds");
pub(crate) const PROCESS_THREADS: Name = Name::new("process_threads");

pub(crate) const TOKIO_WORKERS: Name = Name::new("tokio_workers");
pub(crate) const TOKIO_ALIVE_TASKS: Name = Name::new("tokio_alive_tasks");
pub(crate) const TOKIO_GLOBAL_QUEUE_DEPTH: Name = Name::new("tokio_global_queue_depth");
pub(crate) const TOKIO_WORKER_BUSY: Name = Name::new("tokio_worker_busy_seconds_total");
pub(crate) const TOKIO_WORKER_PARKS: Name = Name::new("tokio_worker_parks_total");
