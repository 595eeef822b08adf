use std::sync::Arc;

use tower_genai_core::{Arrival, Attempt, Exchange, Head, Role, Watch};

use super::Stopwatch;
use crate::metrics::Store;

/// One side of a request whose own time is measured.
pub(crate) struct OverheadWatch {
    store: Arc<Store>,
    stopwatch: Stopwatch,
    role: Role,
}

impl OverheadWatch {
    /// Begins the measurement on the server's side, and joins it on the client's.
    pub(crate) fn begin(store: &Arc<Store>, head: &mut Head<'_>) -> Option<Self> {
        let role = head.role();
        let now = store.overhead()?.now();
        let running = head.parts.extensions.get::<Stopwatch>().cloned();
        let stopwatch = match (role, running) {
            (Role::Client, Some(stopwatch)) => {
                stopwatch.upstream_begins(now);
                stopwatch
            }
            (Role::Server, None) => {
                let stopwatch = Stopwatch::start(now);
                head.parts.extensions.insert(stopwatch.clone());
                if store.shows_arrivals() && head.parts.extensions.get::<Arrival>().is_none() {
                    head.parts.extensions.insert(Arrival::at(now));
                }
                stopwatch
            }
            // A client's request that no server of ours has received, and a layer within another.
            (Role::Client, None) | (Role::Server, Some(_)) => return None,
        };
        Some(Self { store: store.clone(), stopwatch, role })
    }

    fn end(&self) {
        let Some(overhead) = self.store.overhead() else { return };
        let now = overhead.now();
        match self.role {
            Role::Client => self.stopwatch.upstream_ends(now),
            Role::Server => {
                if let Some(own) = self.stopwatch.stop(now) {
                    overhead.record(own);
                }
            }
        }
    }
}

impl Watch for OverheadWatch {
    fn on_exchange(&mut self, _: &Exchange) {
        self.end();
    }

    fn on_attempt(&mut self, _: &Attempt) {
        self.end();
    }
}
