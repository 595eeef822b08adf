use procfs::process::{LimitValue, Process};

use super::Reading;

/// Asks `/proc/self`.
pub(super) fn read() -> Reading {
    let Ok(process) = Process::myself() else { return Reading::default() };
    let mut reading = Reading {
        open_fds: process.fd_count().ok().map(|count| count as u64),
        max_fds: process.limits().ok().and_then(|limits| match limits.max_open_files.soft_limit {
            LimitValue::Value(limit) => Some(limit),
            LimitValue::Unlimited => None,
        }),
        ..Reading::default()
    };
    if let Ok(stat) = process.stat() {
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        reading.cpu_seconds = Some(seconds(stat.utime + stat.stime));
        reading.resident_bytes = Some(stat.rss * procfs::page_size());
        reading.virtual_bytes = Some(stat.vsize);
        reading.threads = u64::try_from(stat.num_threads).ok();
        reading.start_seconds =
            procfs::boot_time_secs().ok().map(|boot| boot as f64 + seconds(stat.starttime));
    }
    reading
}
