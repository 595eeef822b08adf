//! A `prometheus_client` registry beside our own sources.

mod families;

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memmem;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use prost::Message;

use crate::encoder::{Selection, Sheet};
use crate::{Format, Kind};

/// Appends what the registry holds and the scraper asks for, without the end mark.
///
/// Families named in `taken` are left out. The names that showed when the service was built have been checked; but a
/// `prometheus_client` family shows no name before its first series, and a collector may invent one at any time.
pub(crate) fn encode(
    registry: &Registry,
    format: Format,
    taken: &HashSet<String>,
    selection: &Selection,
    sheet: &mut Sheet,
) -> fmt::Result {
    match sheet {
        Sheet::Text(out) => {
            let start = out.len();
            match format {
                Format::OpenMetrics => text::encode_registry(out, registry)?,
                Format::Text | Format::Protobuf => prometheus_text::encode(out, registry)?,
            }
            if let Some(kept) = kept(&out[start..], taken, selection) {
                out.truncate(start);
                out.push_str(&kept);
            }
        }
        Sheet::Binary(out) => {
            let mut page = String::new();
            prometheus_text::encode(&mut page, registry)?;
            if let Some(kept) = kept(&page, taken, selection) {
                page = kept;
            }
            for family in families::of_text(&page) {
                // A vector has room for everything.
                let _ = family.encode_length_delimited(out);
            }
        }
    }
    Ok(())
}

/// The page without what is taken or not asked for; `None` when that is all of it.
fn kept(page: &str, taken: &HashSet<String>, selection: &Selection) -> Option<String> {
    static SAID: AtomicBool = AtomicBool::new(false);
    let names = || types(page).map(|(name, _)| name);
    let clash = names().find(|name| taken.contains(*name));
    if let Some(name) = clash
        && !SAID.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(name, "a registry's metric is left out of the scrape: another source has its name");
    }
    if clash.is_none() && selection.is_everything() {
        return None;
    }
    let mut left_out = selection.unwanted(names());
    left_out.extend(names().filter(|name| taken.contains(*name)).map(str::to_owned));
    Some(without(page, &left_out))
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
