//! A `prometheus_client` registry beside our own sources.

mod families;
mod filter;

use std::collections::HashSet;
use std::fmt;

use memchr::memmem;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use prost::Message;

use crate::encoder::{Selection, Sheet};
use crate::{Format, Kind};
use filter::Filter;

/// Writes what the registry holds and the scraper asks for, without the end mark.
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
    match format {
        Format::OpenMetrics => text::encode_registry(&mut Filter::new(taken, selection, sheet), registry),
        Format::Text => prometheus_text::encode(&mut Filter::new(taken, selection, sheet), registry),
        Format::Protobuf => {
            let mut page = Sheet::new();
            prometheus_text::encode(&mut Filter::new(taken, selection, &mut page), registry)?;
            let page = String::from_utf8(page.into_bytes()).map_err(|_| fmt::Error)?;
            for family in families::of_text(&page) {
                sheet.append(family.encode_length_delimited_to_vec());
            }
            Ok(())
        }
    }
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
