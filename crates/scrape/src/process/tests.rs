use std::time::{SystemTime, UNIX_EPOCH};

use super::*;
use crate::{Format, MetricsService};

fn value(page: &str, name: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{page}")).parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_knows_itself() {
    let service = MetricsService::builder().source(ProcessMetrics::new()).build().unwrap();
    let files: Vec<_> = (0..20).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
    let room = vec![1_u8; 32 << 20];
    let page = service.render(Format::Text);
    drop((files, room));

    assert!(page.starts_with("# HELP process_cpu_seconds_total Time of processors"), "{page}");
    assert!(value(&page, "process_cpu_seconds_total") >= 0.0);
    let resident = value(&page, "process_resident_memory_bytes");
    assert!((33_554_432.0..1e10).contains(&resident), "{resident}");
    assert!(value(&page, "process_virtual_memory_bytes") >= resident);
    let open = value(&page, "process_open_fds");
    assert!(open >= 23.0 && open <= value(&page, "process_max_fds"), "{open}");
    assert!(value(&page, "process_threads") >= 1.0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let start = value(&page, "process_start_time_seconds");
    assert!(start > now - 3600.0 && start < now + 2.0, "{start} of {now}");
}

#[test]
fn what_is_not_known_is_not_written() {
    let service = MetricsService::builder().source(ProcessMetrics::new()).build().unwrap();
    let page = service.render(Format::OpenMetrics);
    if cfg!(target_os = "linux") {
        assert!(page.contains("\n# UNIT process_cpu_seconds seconds\n"), "{page}");
    } else {
        assert_eq!(page, "# EOF\n");
    }
}
