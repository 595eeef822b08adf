use std::sync::Arc;
use std::time::Duration;

use super::office::Office;

/// Owns the readings of a [`DrainLayer`](super::DrainLayer). Keep it for as long as calls are made, and
/// [`shutdown`](Self::shutdown) at the end.
///
/// Dropping it tells all readings to stop, without waiting for them; replies whose clients leave later are given up.
#[derive(Debug)]
#[must_use = "nothing is drained once the guard is dropped"]
pub struct DrainGuard(Option<Arc<Office>>);

impl DrainGuard {
    pub(super) const fn new(office: Option<Arc<Office>>) -> Self {
        Self(office)
    }

    /// How many replies are being read.
    pub fn in_flight(&self) -> usize {
        self.0.as_ref().map_or(0, |office| office.tasks.len())
    }

    /// Waits for the replies that are being read, stops those that are not through in time, and returns how many had to
    /// be stopped. All have been recorded then. Replies whose clients leave after the call of this are given up.
    ///
    /// A future that is dropped stops all at once.
    pub async fn shutdown(self, deadline: Duration) -> usize {
        let Some(office) = &self.0 else { return 0 };
        office.close();
        if tokio::time::timeout(deadline, office.tasks.wait()).await.is_ok() {
            return 0;
        }
        let stopped = office.tasks.len();
        office.stop.cancel();
        office.tasks.wait().await;
        stopped
    }
}

impl Drop for DrainGuard {
    fn drop(&mut self) {
        if let Some(office) = &self.0 {
            office.close();
            office.stop.cancel();
        }
    }
}
