//! A `prometheus_client` registry beside our own sources.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memmem;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;

use crate::{Format, Kind};

/// Appends what the registry holds, without the end mark.
///
/// Families named in `taken` are left out. The names that showed when the service was built have been checked; but a
/// `prometheus_client` family shows no name before its first series, and a collector may invent one at any time.
pub(crate) fn encode(
    registry: &Registry,
    format: Format,
    taken: &HashSet<String>,
    out: &mut String,
) -> fmt::Result {
    static SAID: AtomicBool = AtomicBool::new(false);
    let start = out.len();
    match format {
        Format::OpenMetrics => text::encode_registry(out, registry)?,
        Format::Text => prometheus_text::encode(out, registry)?,
    }
    let page = &out[start..];
    let clash = types(page).map(|(name, _)| name).find(|name| taken.contains(*name));
    let Some(name) = clash else { return Ok(()) };
    if !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!(name, "a registry's metric is left out of the scrape: another source has its name");
    }
    let kept = without(page, taken);
    out.truncate(start);
    out.push_str(&kept);
    Ok(())
}

/// The families that show in the registry at this moment, by their OpenMetrics names.
pub(crate) fn families(registry: &Registry) -> Result<Vec<(String, Option<Kind>)>, fmt::Error> {
    let mut page = String::new();
    text::encode_registry(&mut page, registry)?;
    Ok(types(&page).map(|(name, kind)| (name.to_owned(), Kind::parse(kind))).collect())
}

/// The name and type of each `# TYPE` line.
fn types(page: &str) -> impl Iterator<Item = (&str, &str)> {
    const TYPE: &str = "# TYPE ";
    // A label value cannot hold a line feed, so a line that starts like this is what it looks like.
    memmem::find_iter(page.as_bytes(), TYPE)
        .filter(|&at| at == 0 || page.as_bytes()[at - 1] == b'\n')
        .filter_map(|at| page[at + TYPE.len()..].lines().next()?.split_once(' '))
}

fn without(page: &str, taken: &HashSet<String>) -> String {
    let mut keep = true;
    page.split_inclusive('\n')
        .filter(|line| {
            let head = ["# HELP ", "# TYPE ", "# UNIT "].iter().find_map(|what| line.strip_prefix(what));
            if let Some(name) = head.and_then(|rest| rest.split([' ', '\n']).next()) {
                keep = !taken.contains(name);
            }
            keep
        })
        .collect()
}
