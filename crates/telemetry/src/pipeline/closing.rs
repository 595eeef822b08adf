//! Tells running exports that time is running out.

use tokio::sync::watch;
use tokio::time::Instant;

/// Says when exports must stop.
#[derive(Debug)]
pub(crate) struct Closing(watch::Sender<Option<Instant>>);

/// Hears it.
#[derive(Clone, Debug)]
pub(crate) struct Closed(watch::Receiver<Option<Instant>>);

pub(crate) fn closing() -> (Closing, Closed) {
    let (sender, receiver) = watch::channel(None);
    (Closing(sender), Closed(receiver))
}

impl Closing {
    /// Exports that still run at this time are given up, and later ones are not begun.
    pub(crate) fn at(&self, deadline: Instant) {
        self.0.send_replace(Some(deadline));
    }
}

impl Closed {
    /// Whether the time is over.
    pub(crate) fn is_over(&self) -> bool {
        self.0.borrow().is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Waits until the time is over; for ever, if nobody says so.
    pub(crate) async fn over(&mut self) {
        // The sender outlives the exporter's thread or has set a deadline before it went.
        let Ok(deadline) = self.0.wait_for(Option::is_some).await.map(|deadline| *deadline) else {
            return std::future::pending().await;
        };
        if let Some(deadline) = deadline {
            tokio::time::sleep_until(deadline).await;
        }
    }
}
