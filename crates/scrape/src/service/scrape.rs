use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::time::Instant;

use crate::Format;
use crate::encoder::Selection;
use crate::encoding::Encoding;

/// What a scraper wants to see. Scrapers that want the same at the same time share one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) format: Format,
    pub(super) encoding: Encoding,
    pub(super) selection: Selection,
}

/// The pages that are being made.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Vec<(Wanted, Weak<Scrape>)>>);

/// A page that is being made. Its pieces stay until it is whole, since more readers may come until then.
///
/// The maker never waits for a reader: it may hold a lock of a source, which the traffic would wait for in its turn.
#[derive(Debug)]
struct Scrape(Mutex<State>);

#[derive(Debug)]
struct State {
    pieces: Vec<Bytes>,
    end: Option<End>,
    /// When the most patient reader has no use for it any more; none is needed where one waits for ever.
    deadline: Option<Instant>,
    waiting: Vec<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
}

impl Pending {
    /// A reader of a page that is wanted until `deadline`. The maker is returned to the first who wants it.
    pub(super) fn join(&self, wanted: &Wanted, deadline: Option<Instant>) -> (Reader, Option<Maker>) {
        let mut pending = lock(&self.0);
        pending.retain(|(_, scrape)| scrape.strong_count() > 0);
        let found =
            pending.iter().find(|(other, _)| other == wanted).and_then(|(_, scrape)| scrape.upgrade());
        if let Some(scrape) = found.filter(|scrape| scrape.welcome(deadline)) {
            return (Reader { scrape, next: 0 }, None);
        }
        pending.retain(|(other, _)| other != wanted);
        let scrape = Arc::new(Scrape::new(deadline));
        pending.push((wanted.clone(), Arc::downgrade(&scrape)));
        let maker = Maker(Arc::downgrade(&scrape));
        (Reader { scrape, next: 0 }, Some(maker))
    }
}

impl Scrape {
    fn new(deadline: Option<Instant>) -> Self {
        Self(Mutex::new(State { pieces: Vec::new(), end: None, deadline, waiting: Vec::new() }))
    }

    /// Takes another reader in, unless the page is made already: then it is of the past.
    fn welcome(&self, deadline: Option<Instant>) -> bool {
        let mut state = lock(&self.0);
        state.deadline = state.deadline.zip(deadline).map(|(ours, theirs)| ours.max(theirs));
        state.end.is_none()
    }
}

/// Hands a page to all who read it.
#[derive(Debug)]
pub(super) struct Maker(Weak<Scrape>);

impl Maker {
    /// Whether anybody still has a use for the page. Once nobody has, it is given up: who comes later, with more
    /// patience, has one of its own made.
    pub(super) fn is_wanted(&self) -> bool {
        let mut wanted = false;
        self.tell(|state| {
            wanted = state.end.is_none() && state.deadline.is_none_or(|deadline| Instant::now() < deadline);
            if !wanted {
                state.end.get_or_insert(End::Broken);
            }
            !wanted
        });
        wanted
    }

    /// Adds a piece.
    pub(super) fn add(&self, piece: Bytes) {
        if !piece.is_empty() {
            self.tell(|state| {
                state.pieces.push(piece);
                true
            });
        }
    }

    /// Adds the last piece. Who waits for the first learns at once that there is no other.
    pub(super) fn finish(self, last: Bytes) {
        self.tell(|state| {
            if state.end.is_none() {
                state.pieces.extend((!last.is_empty()).then_some(last));
                state.end = Some(End::Whole);
            }
            true
        });
    }

    /// Changes the page. When `change` says that there is something to see, those who wait are woken.
    fn tell(&self, change: impl FnOnce(&mut State) -> bool) {
        let Some(scrape) = self.0.upgrade() else { return };
        let waiting = {
            let mut state = lock(&scrape.0);
            if !change(&mut state) {
                return;
            }
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        // Given up, or the runtime runs no blocking tasks any more.
        self.tell(|state| {
            state.end.get_or_insert(End::Broken);
            true
        });
    }
}

/// Reads a page while it is made.
#[derive(Debug)]
pub(super) struct Reader {
    scrape: Arc<Scrape>,
    next: usize,
}

impl Reader {
    /// Waits for the first piece; false when there will be none, because the page was given up.
    pub(super) fn poll_begun(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut state = lock(&self.scrape.0);
        if state.end.is_none() && state.pieces.is_empty() {
            state.wait(cx);
            return Poll::Pending;
        }
        Poll::Ready(state.end != Some(End::Broken) || !state.pieces.is_empty())
    }

    /// The next piece, none after the last; an error when the page was given up before its end.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ()>>> {
        // Nobody joins a page that is whole: the last of its readers leaves no piece behind.
        let alone = Arc::strong_count(&self.scrape) == 1;
        let mut state = lock(&self.scrape.0);
        let end = state.end;
        if let Some(piece) = state.pieces.get_mut(self.next) {
            self.next += 1;
            let piece = if alone && end.is_some() { std::mem::take(piece) } else { piece.clone() };
            return Poll::Ready(Some(Ok(piece)));
        }
        match end {
            Some(End::Whole) => Poll::Ready(None),
            Some(End::Broken) => Poll::Ready(Some(Err(()))),
            None => {
                state.wait(cx);
                Poll::Pending
            }
        }
    }

    /// How many bytes are there to read, and whether there will be no others.
    pub(super) fn remaining(&self) -> (u64, bool) {
        let state = lock(&self.scrape.0);
        let pieces = state.pieces.iter().skip(self.next);
        (pieces.map(|piece| piece.len() as u64).sum(), state.end == Some(End::Whole))
    }
}

impl State {
    fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_page_that_was_given_up_takes_nobody_in() {
        let wanted =
            Wanted { format: Format::Text, encoding: Encoding::Identity, selection: Selection::default() };
        let pending = Pending::default();
        let now = Instant::now();
        let (_impatient, maker) = pending.join(&wanted, Some(now));
        let maker = maker.unwrap();
        assert!(!maker.is_wanted());
        let (patient, own) = pending.join(&wanted, Some(now + Duration::from_secs(60)));
        let own = own.unwrap();
        assert!(own.is_wanted() && !maker.is_wanted());
        drop(maker);
        own.finish(Bytes::from_static(b"page"));
        assert_eq!(patient.remaining(), (4, true));
    }
}
