use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use smallvec::SmallVec;

use super::Core;
use crate::exchange::{Attempt, Exchange};
use crate::observer::{Head, Observer, Watch};
use crate::record::CallRecord;
use crate::self_check::SelfCheck;

/// The states that the observers of one layer keep for one request; most observers keep none.
pub(crate) struct Watches(SmallVec<[Kept; 1]>);

struct Kept {
    observer: &'static str,
    check: SelfCheck,
    watch: Box<dyn Watch>,
}

impl Watches {
    pub(crate) fn new() -> Self {
        Self(SmallVec::new())
    }

    /// Runs `inner`, a call or a poll of the inner service, with every watch's surroundings in place.
    ///
    /// A watch that panics or forgets to run it does not keep `inner` from being run; a panic of `inner` goes on to
    /// the caller.
    pub(super) fn around<T>(&mut self, inner: impl FnOnce() -> T) -> T {
        if self.0.is_empty() {
            return inner();
        }
        let mut waiting = Some(inner);
        let mut result = None;
        nest(&mut self.0, &mut || {
            if let Some(inner) = waiting.take() {
                result = Some(catch_unwind(AssertUnwindSafe(inner)));
            }
        });
        match (result, waiting) {
            (Some(Ok(value)), _) => value,
            (Some(Err(panic)), _) => resume_unwind(panic),
            (None, Some(inner)) => inner(),
            (None, None) => unreachable!("what was taken to be run has left its result"),
        }
    }

    fn each(&mut self, mut tell: impl FnMut(&mut dyn Watch)) {
        for Kept { observer, check, watch } in &mut self.0 {
            shielded(check, observer, || tell(watch.as_mut()));
        }
    }
}

fn nest(watches: &mut [Kept], poll: &mut dyn FnMut()) {
    match watches.split_first_mut() {
        Some((Kept { observer, check, watch }, rest)) => {
            shielded(check, observer, || watch.around(&mut || nest(rest, poll)));
        }
        None => poll(),
    }
}

impl Drop for Watches {
    /// The drop of a watch is an observer's code as well.
    fn drop(&mut self) {
        for Kept { observer, check, watch } in self.0.drain(..) {
            shielded(&check, observer, || drop(watch));
        }
    }
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|kept| kept.observer)).finish()
    }
}

/// One layer's part in one request: its observers and what they keep.
#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) core: Arc<Core>,
    pub(crate) watches: Watches,
}

impl Party {
    pub(super) fn begin(core: &Arc<Core>, head: &mut Head<'_>) -> Self {
        let mut watches = Watches::new();
        for observer in &core.observers {
            let mut begun = None;
            shielded(&core.self_check, observer.name(), || begun = observer.begin(head));
            if let Some(watch) = begun {
                watches.0.push(Kept { observer: observer.name(), check: core.self_check.clone(), watch });
            }
        }
        Self { core: core.clone(), watches }
    }

    pub(super) fn on_exchange(&mut self, exchange: &Exchange) {
        self.each(|observer| observer.on_exchange(exchange), |watch| watch.on_exchange(exchange));
    }

    pub(super) fn on_attempt(&mut self, attempt: &Attempt) {
        self.each(|observer| observer.on_attempt(attempt), |watch| watch.on_attempt(attempt));
    }

    pub(super) fn complete(&mut self, record: &mut CallRecord) {
        for observer in &self.core.observers {
            shielded(&self.core.self_check, observer.name(), || observer.complete(record));
        }
        self.watches.each(|watch| watch.complete(record));
    }

    pub(super) fn enrich(&mut self, record: &mut CallRecord) {
        for observer in &self.core.observers {
            shielded(&self.core.self_check, observer.name(), || observer.enrich(record));
        }
        self.watches.each(|watch| watch.enrich(record));
    }

    pub(super) fn on_end(&mut self, record: &CallRecord) {
        self.each(|observer| observer.on_end(record), |watch| watch.on_end(record));
    }

    fn each(&mut self, mut observe: impl FnMut(&dyn Observer), watch: impl FnMut(&mut dyn Watch)) {
        for observer in &self.core.observers {
            shielded(&self.core.self_check, observer.name(), || observe(observer.as_ref()));
        }
        self.watches.each(watch);
    }
}

/// Runs an observer's code: a panic is counted and goes no further.
pub(super) fn shielded(check: &SelfCheck, name: &'static str, run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        check.count_panic(name);
    }
}
