//! How far the shutdown has come.

use tokio::sync::watch;

/// Each phase includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Everything is served.
    Serving,
    /// No new connections; what is in flight may finish.
    Closing,
    /// Everything ends now.
    Aborting,
}

/// Announces phases to the listeners.
#[derive(Clone, Debug)]
pub(crate) struct Phases(watch::Sender<Phase>);

impl Phases {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Phase::Serving))
    }

    /// Goes on to a phase; never back.
    pub(crate) fn enter(&self, phase: Phase) {
        self.0.send_if_modified(|current| {
            let later = phase > *current;
            *current = phase.max(*current);
            later
        });
    }

    /// Waits until the phase has been reached.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender is held by `self`, so that waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|current| *current >= phase).await;
    }
}
