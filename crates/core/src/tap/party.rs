use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use http::Response;
use smallvec::SmallVec;

use super::Core;
use crate::exchange::{Attempt, Exchange};
use crate::observer::{Head, Observer, Reply, Watch};
use crate::record::CallRecord;

/// One layer's part in one request: its observers, and the states that they keep for it; most keep none.
pub(crate) struct Party {
    core: Arc<Core>,
    watches: SmallVec<[Kept; 1]>,
}

struct Kept {
    /// The observer's place in the layer.
    observer: u32,
    watch: Box<dyn Watch>,
}

impl Party {
    /// A part without states.
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, watches: SmallVec::new() }
    }

    /// Begins the work of the layer's observers.
    pub(super) fn begin(core: &Arc<Core>, head: &mut Head<'_>) -> Self {
        let mut party = Self::new(core.clone());
        for (index, observer) in (0..).zip(&core.observers) {
            let mut begun = None;
            shielded(core, observer.name(), || begun = observer.begin(head));
            if let Some(watch) = begun {
                party.watches.push(Kept { observer: index, watch });
            }
        }
        party
    }

    /// Whether any observer keeps a state.
    pub(super) fn is_watching(&self) -> bool {
        !self.watches.is_empty()
    }

    pub(crate) const fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Runs `inner`, a call or a poll of the inner service, with every watch's surroundings in place.
    ///
    /// A watch that panics or forgets to run it does not keep `inner` from being run; a panic of `inner` goes on to
    /// the caller.
    pub(super) fn around<T>(&mut self, inner: impl FnOnce() -> T) -> T {
        let mut waiting = Some(inner);
        let mut result = None;
        nest(&self.core, &mut self.watches, &mut || {
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

    pub(super) fn on_head<B>(&mut self, head: &Response<B>) {
        let reply = Reply { status: head.status(), version: head.version(), headers: head.headers() };
        for Kept { observer, watch } in &mut self.watches {
            shielded(&self.core, self.core.observer_name(*observer), || watch.on_head(&reply));
        }
    }

    pub(super) fn on_exchange(&mut self, exchange: &Exchange) {
        self.each(|observer| observer.on_exchange(exchange), |watch| watch.on_exchange(exchange));
    }

    pub(super) fn on_attempt(&mut self, attempt: &Attempt) {
        self.each(|observer| observer.on_attempt(attempt), |watch| watch.on_attempt(attempt));
    }

    pub(super) fn complete(&mut self, record: &mut CallRecord) {
        self.each_with(record, Observer::complete, |watch, record| watch.complete(record));
    }

    pub(super) fn enrich(&mut self, record: &mut CallRecord) {
        self.each_with(record, Observer::enrich, |watch, record| watch.enrich(record));
    }

    pub(super) fn on_end(&mut self, record: &CallRecord) {
        self.each(|observer| observer.on_end(record), |watch| watch.on_end(record));
    }

    fn each(&mut self, observe: impl Fn(&dyn Observer), watch: impl Fn(&mut dyn Watch)) {
        self.each_with(&mut (), |observer, ()| observe(observer), |state, ()| watch(state));
    }

    fn each_with<T>(
        &mut self,
        told: &mut T,
        observe: impl Fn(&dyn Observer, &mut T),
        watch: impl Fn(&mut dyn Watch, &mut T),
    ) {
        for observer in &self.core.observers {
            shielded(&self.core, observer.name(), || observe(observer.as_ref(), told));
        }
        for Kept { observer, watch: state } in &mut self.watches {
            shielded(&self.core, self.core.observer_name(*observer), || watch(state.as_mut(), told));
        }
    }
}

fn nest(core: &Core, watches: &mut [Kept], run: &mut dyn FnMut()) {
    match watches.split_first_mut() {
        Some((Kept { observer, watch }, rest)) => {
            shielded(core, core.observer_name(*observer), || watch.around(&mut || nest(core, rest, run)));
        }
        None => run(),
    }
}

impl Drop for Party {
    /// The drop of a watch is an observer's code as well.
    fn drop(&mut self) {
        for Kept { observer, watch } in self.watches.drain(..) {
            shielded(&self.core, self.core.observer_name(observer), || drop(watch));
        }
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party").field("core", &self.core).field("watches", &self.watches.len()).finish()
    }
}

/// The name under which a panic of the readers is counted.
pub(crate) const READER: &str = "reader";

/// Runs an observer's or a reader's code: a panic is counted and goes no further.
pub(crate) fn shielded(core: &Core, name: &'static str, run: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        core.self_check.count_panic(name);
    }
}
