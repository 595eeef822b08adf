use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::Format;
use crate::encoder::Selection;

/// What a scraper wants to see. Scrapers that want the same at the same time share one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) format: Format,
    pub(super) gzip: bool,
    pub(super) selection: Selection,
}

/// The body of a page, or nothing when it could not be made.
pub(super) type Made = Option<Bytes>;

/// The pages that are being made.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Vec<(Wanted, Weak<Scrape>)>>);

/// A page that is being made, as those see it who wait for it.
#[derive(Debug, Default)]
struct Scrape(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    made: Option<Made>,
    waiting: Vec<Waker>,
}

impl Pending {
    /// Waits for a page that is wanted. The maker is returned to the first who wants it.
    pub(super) fn join(&self, wanted: &Wanted) -> (Waiting, Option<Maker>) {
        let mut pending = lock(&self.0);
        pending.retain(|(_, scrape)| scrape.strong_count() > 0);
        let found =
            pending.iter().find(|(other, _)| other == wanted).and_then(|(_, scrape)| scrape.upgrade());
        // One that is made already is of the past.
        if let Some(scrape) = found.filter(|scrape| lock(&scrape.0).made.is_none()) {
            return (Waiting(scrape), None);
        }
        let scrape = Arc::new(Scrape::default());
        pending.push((wanted.clone(), Arc::downgrade(&scrape)));
        let maker = Maker(Arc::downgrade(&scrape));
        (Waiting(scrape), Some(maker))
    }
}

/// Hands a page to all who wait for it.
#[derive(Debug)]
pub(super) struct Maker(Weak<Scrape>);

impl Maker {
    /// Whether nobody waits any more.
    pub(super) fn is_forsaken(&self) -> bool {
        self.0.strong_count() == 0
    }

    pub(super) fn finish(self, made: Made) {
        self.tell(made);
    }

    fn tell(&self, made: Made) {
        let Some(scrape) = self.0.upgrade() else { return };
        let mut state = lock(&scrape.0);
        if state.made.is_none() {
            state.made = Some(made);
            state.waiting.drain(..).for_each(Waker::wake);
        }
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        // Given up: the runtime runs no blocking tasks any more.
        self.tell(None);
    }
}

/// Resolves to the page.
#[derive(Debug)]
pub(super) struct Waiting(Arc<Scrape>);

impl Future for Waiting {
    type Output = Made;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Made> {
        let mut state = lock(&self.0.0);
        if let Some(made) = &state.made {
            return Poll::Ready(made.clone());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
