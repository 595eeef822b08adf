use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

/// Every session that is under way: they outlive the requests that opened them, and not the proxy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions(Arc<State>);

#[derive(Debug, Default)]
struct State {
    open: watch::Sender<usize>,
    closing: watch::Sender<bool>,
}

impl Sessions {
    /// Lets a session run beside the request that opened it.
    pub(crate) fn begin(&self, session: impl Future<Output = ()> + Send + 'static) {
        let open = Open::new(self.clone());
        tokio::spawn(async move {
            session.await;
            drop(open);
        });
    }

    /// Waits until none is open.
    pub(crate) async fn ended(&self) {
        // The sender is held by `self`, so that waiting cannot fail.
        let _ = self.0.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Ends all that are open, and returns how many there were.
    pub(crate) async fn close(&self) -> usize {
        let open = *self.0.open.borrow();
        self.0.closing.send_replace(true);
        self.ended().await;
        open
    }

    /// Waits until sessions have to end.
    pub(super) async fn closing(&self) {
        let _ = self.0.closing.subscribe().wait_for(|closing| *closing).await;
    }
}

/// Counts one session, also when its task is dropped or panics.
struct Open(Sessions);

impl Open {
    fn new(sessions: Sessions) -> Self {
        sessions.0.open.send_modify(|open| *open += 1);
        Self(sessions)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.open.send_modify(|open| *open -= 1);
    }
}
