use std::borrow::Cow;
use std::sync::Arc;

use regex::Regex;
use tower_genai_core::{Content, Redact};

/// Takes out of what is said in calls whatever one of the operator's patterns matches.
#[derive(Clone, Debug)]
pub(super) struct Patterns(Arc<[Regex]>);

/// Stands where something was taken out.
const REDACTED: &str = "[redacted]";

impl Patterns {
    pub(super) fn new(patterns: &[Regex]) -> Self {
        Self(patterns.into())
    }
}

impl Redact for Patterns {
    fn redact(&self, content: &mut Content) {
        content.for_each_text(&mut |text| {
            for pattern in self.0.iter() {
                if let Cow::Owned(redacted) = pattern.replace_all(text, regex::NoExpand(REDACTED)) {
                    *text = redacted;
                }
            }
        });
    }
}
