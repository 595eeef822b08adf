//! `x-datadog-tags`: `_dd.p.tid=640cfd8d00000000,_dd.p.dm=-1`.

use super::member;
use crate::hex;

/// More is neither read nor written, as in Datadog's own libraries.
pub(super) const MAX_BYTES: usize = 512;

/// What names a tag that is to be passed on.
const PREFIX: &str = "_dd.p.";

const UPPER_HALF: &str = "tid";

/// The tags that are to be passed on, without their prefix and without the upper half of the trace id.
pub(super) fn passed_on(tags: &str) -> impl Iterator<Item = (&str, &str)> {
    pairs(tags).filter(|(name, _)| *name != UPPER_HALF)
}

/// The upper half of the trace id.
pub(super) fn upper_half(tags: &str) -> Option<u64> {
    let (_, digits) = pairs(tags).find(|(name, _)| *name == UPPER_HALF)?;
    hex::lower(digits.as_bytes()).map(u64::from_be_bytes)
}

fn pairs(tags: &str) -> impl Iterator<Item = (&str, &str)> {
    tags.split(',').filter_map(|tag| tag.trim().strip_prefix(PREFIX)?.split_once('='))
}

/// The tags of a trace, if there are any and they are not too long.
pub(super) fn format(upper_half: u64, member: &str) -> Option<String> {
    let mut tags = String::new();
    if upper_half != 0 {
        tags = format!("{PREFIX}{UPPER_HALF}={upper_half:016x}");
    }
    for (name, value) in member::tags(member) {
        let comma = if tags.is_empty() { "" } else { "," };
        tags.extend([comma, PREFIX, name, "=", &value]);
    }
    (1..=MAX_BYTES).contains(&tags.len()).then_some(tags)
}
