use std::fmt;
use std::sync::Arc;

type Failures = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What calls are told to, each with the count of what it has lost.
#[derive(Clone, Default)]
pub(crate) struct Callbacks(Vec<(Arc<str>, Failures)>);

impl Callbacks {
    pub(crate) fn add(&mut self, name: Arc<str>, failures: Failures) {
        self.0.push((name, failures));
    }

    /// Names and counts; those of one name are one.
    pub(super) fn counts(&self) -> Vec<(&str, u64)> {
        let mut counts: Vec<(&str, u64)> = Vec::with_capacity(self.0.len());
        for (name, failures) in &self.0 {
            match counts.iter_mut().find(|(known, _)| *known == &**name) {
                Some((_, count)) => *count += failures(),
                None => counts.push((name, failures())),
            }
        }
        counts
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
