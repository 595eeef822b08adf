use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tower_genai_core::{Session, SessionEnd};

/// One of the two that speak in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Client,
    Upstream,
}

impl Party {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Upstream,
            Self::Upstream => Self::Client,
        }
    }
}

/// When one party has gone, the other may go on for so long without being heard of.
const LINGER: Duration = Duration::from_secs(10);

/// What both directions of a session know in common.
#[derive(Debug)]
pub(super) struct Watched(Mutex<State>);

#[derive(Debug)]
struct State {
    session: Option<Session>,
    /// When something was said last.
    moved: Instant,
    /// Who went first.
    gone: Option<Party>,
}

impl Watched {
    pub(super) fn new(session: Option<Session>) -> Self {
        Self(Mutex::new(State { session, moved: Instant::now(), gone: None }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a party said has been handed on.
    pub(super) fn passed(&self, speaker: Party, bytes: &[u8]) {
        let mut state = self.lock();
        state.moved = Instant::now();
        if let Some(session) = &mut state.session {
            match speaker {
                Party::Client => session.on_client_bytes(bytes),
                Party::Upstream => session.on_server_bytes(bytes),
            }
        }
    }

    /// A party says nothing more, or cannot be spoken to.
    pub(super) fn gone(&self, party: Party) {
        let mut state = self.lock();
        state.moved = Instant::now();
        state.gone.get_or_insert(party);
    }

    /// Waits until nothing has been said for too long.
    pub(super) async fn idle(&self, limit: Duration) {
        loop {
            let (moved, gone) = {
                let state = self.lock();
                (state.moved, state.gone)
            };
            let limit = if gone.is_some() { limit.min(LINGER) } else { limit };
            let left = (moved + limit).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            // Somebody may go meanwhile.
            sleep(left.min(LINGER)).await;
        }
    }

    /// Ends the session, by whoever went first or else as is said, and tells how.
    pub(super) fn end(self, otherwise: SessionEnd) -> SessionEnd {
        let State { session, gone, .. } = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let end = match gone {
            Some(Party::Client) => SessionEnd::Client,
            Some(Party::Upstream) => SessionEnd::Server,
            None => otherwise,
        };
        if let Some(session) = session {
            session.end(end);
        }
        end
    }
}
