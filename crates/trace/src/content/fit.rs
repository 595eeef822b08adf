//! Makes values small enough, and leaves them whole.

use std::borrow::Cow;

use serde::Serialize;
use tower_genai_core::Content;
use tower_genai_core::content::{Json, Message, Part};

use super::size;

/// What stands in an attribute.
pub(super) trait Item: Clone + Serialize {
    /// Shows its texts.
    fn texts(&mut self, visit: &mut dyn FnMut(&mut String));
}

impl Item for Message {
    fn texts(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.for_each_text(visit);
    }
}

impl Item for Part {
    fn texts(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.for_each_text(visit);
    }
}

impl Item for Json {
    fn texts(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.for_each_text(visit);
    }
}

/// Which items are worth more than others, where not all can stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    First,
    Last,
}

/// What no text is cut below before items are left out: most words and ids.
const LEAST: usize = 64;

/// The items and their JSON, of no more than these bytes; `None` where nothing is left.
pub(super) fn fit<T: Item>(items: &[T], most: usize, keep: Keep) -> Option<(Cow<'_, [T]>, String)> {
    if items.is_empty() {
        return None;
    }
    let json = serde_json::to_string(items).ok()?;
    if json.len() <= most {
        return Some((Cow::Borrowed(items), json));
    }
    let mut kept = kept(items, most, keep);
    let whole = serde_json::to_string(&kept).ok()?.len();
    if whole > most {
        let longest = longest(&mut kept, whole - most);
        for item in &mut kept {
            item.texts(&mut |text| shorten(text, longest));
        }
    }
    let json = serde_json::to_string(&kept).ok()?;
    (!kept.is_empty() && json.len() <= most).then(|| (Cow::Owned(kept), json))
}

/// The items that fit, if their texts are cut as far as they may be.
fn kept<T: Item>(items: &[T], most: usize, keep: Keep) -> Vec<T> {
    // The brackets; and each item has a comma.
    let mut left = most.saturating_sub(2);
    let mut fits = |item: &&T| {
        let mut least = (*item).clone();
        least.texts(&mut |text| shorten(text, LEAST));
        let size = serde_json::to_string(&least).map_or(usize::MAX, |json| json.len().saturating_add(1));
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    match keep {
        Keep::First => items.iter().take_while(&mut fits).cloned().collect(),
        Keep::Last => {
            let mut kept: Vec<T> = items.iter().rev().take_while(&mut fits).cloned().collect();
            kept.reverse();
            kept
        }
    }
}

/// A text no longer than this stays as it is.
fn shorten(text: &mut String, longest: usize) {
    if size::of_text(text) > longest + Content::CUT.len() {
        size::cut(text, longest);
    }
}

/// The greatest length of texts with which there are so many bytes less.
fn longest<T: Item>(items: &mut [T], excess: usize) -> usize {
    let mut sizes = Vec::new();
    for item in items {
        item.texts(&mut |text| sizes.push(size::of_text(text)));
    }
    let saved = |longest: usize| -> usize {
        sizes.iter().map(|size| size.saturating_sub(longest + Content::CUT.len())).sum()
    };
    let (mut enough, mut little) = (LEAST, sizes.iter().copied().max().unwrap_or(0));
    while little > enough + 1 {
        let middle = enough.midpoint(little);
        if saved(middle) >= excess { enough = middle } else { little = middle }
    }
    enough
}
