//! Counters that prove that every opened call is recorded.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Mutex, PoisonError};

use crate::end::Outcome;
use crate::exchange::Role;

/// Counts calls opened, in flight and recorded, and panics of observers.
///
/// Cloning shares the counters. A layer has one; give the same one to several layers to see them as a whole: a call
/// is then counted once, however many of them took part. `opened - recorded - in flight` is zero whenever no call is
/// just opening or ending.
#[derive(Clone, Debug, Default)]
pub struct SelfCheck(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    roles: [RoleCounters; 2],
    // Only touched when an observer panics.
    panics: Mutex<Vec<(&'static str, u64)>>,
}

#[derive(Debug, Default)]
struct RoleCounters {
    opened: AtomicU64,
    in_flight: AtomicU64,
    recorded: [AtomicU64; 3],
}

const fn outcome_index(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Complete => 0,
        Outcome::Failed => 1,
        Outcome::Dropped => 2,
    }
}

impl SelfCheck {
    /// Fresh counters.
    pub fn new() -> Self {
        Self::default()
    }

    fn role(&self, role: Role) -> &RoleCounters {
        match role {
            Role::Server => &self.0.roles[0],
            Role::Client => &self.0.roles[1],
        }
    }

    /// Calls opened so far.
    pub fn opened(&self, role: Role) -> u64 {
        self.role(role).opened.load(Relaxed)
    }

    /// Calls that have not ended yet.
    pub fn in_flight(&self, role: Role) -> u64 {
        self.role(role).in_flight.load(Relaxed)
    }

    /// Calls recorded so far. Read it before [`opened`](Self::opened) and it is never more than that, whatever calls
    /// begin and end meanwhile.
    pub fn recorded(&self, role: Role, outcome: Outcome) -> u64 {
        self.role(role).recorded[outcome_index(outcome)].load(Acquire)
    }

    /// Panics caught, by the name of the observer.
    pub fn panics(&self) -> Vec<(&'static str, u64)> {
        self.0.panics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count_opened(&self, role: Role) {
        let counters = self.role(role);
        counters.opened.fetch_add(1, Relaxed);
        counters.in_flight.fetch_add(1, Relaxed);
    }

    pub(crate) fn count_recorded(&self, role: Role, outcome: Outcome) {
        let counters = self.role(role);
        // Whoever sees that a call was recorded sees that it was opened.
        counters.recorded[outcome_index(outcome)].fetch_add(1, Release);
        counters.in_flight.fetch_sub(1, Relaxed);
    }

    pub(crate) fn count_panic(&self, name: &'static str) {
        let mut panics = self.0.panics.lock().unwrap_or_else(PoisonError::into_inner);
        match panics.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => panics.push((name, 1)),
        }
    }

    pub(crate) fn same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
