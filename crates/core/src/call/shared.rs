use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use smallvec::SmallVec;
use tower_genai_wire::{Api, Operation, RequestFacts, RequestHead, RequestReader, Usage};

use crate::chunks;
use crate::clock::Instant;
use crate::content::Kept;
use crate::end::DrainResult;
use crate::exchange::Role;
use crate::gate::Admitted;
use crate::record::{CallId, SpanRef};
use crate::tap::{Core, Party, READER, shielded};

/// All shared state of one call, in one allocation.
///
/// The lock is taken per request frame, per join and at the end; never across a poll, and never while an observer
/// runs. Frames of the reply do not touch it.
pub(crate) struct Shared {
    id: CallId,
    opener: Arc<Core>,
    admitted: Admitted,
    scans: AtomicU32,
    /// Whether the reply's terminal event has been handed on: a joined layer cannot see it itself.
    terminal: AtomicBool,
    /// Whether the client has left and the rest of the reply is read without it.
    left: AtomicBool,
    /// Whether a layer that takes part wants the times between chunks.
    wants_chunks: AtomicBool,
    /// How much text the layers that take part want.
    text_limit: AtomicU32,
    /// How much content they want.
    content_limit: AtomicU32,
    state: Mutex<State>,
}

struct State {
    live: bool,
    /// Whether it is counted as a call: one that asks for a session may yet turn out to be none.
    counted: bool,
    /// In a box, as all that few calls have.
    left_at: Option<Box<Instant>>,
    notes: Annotations,
    request: RequestScan,
    joined: SmallVec<[Joined; 1]>,
}

/// The reading of the request's body. A retry sends a clone of the body: it is scanned again under a new number.
struct RequestScan {
    current: u32,
    bytes: u64,
    reader: Option<RequestReader>,
}

/// What participants said.
#[derive(Default)]
pub(crate) struct Annotations {
    pub(crate) usage: Option<Usage>,
    pub(crate) operation: Option<Operation>,
    pub(crate) provider: Option<Arc<str>>,
    pub(crate) request_model: Option<CompactString>,
    pub(crate) response_model: Option<CompactString>,
    pub(crate) span: Option<SpanRef>,
    pub(crate) drain: Option<DrainResult>,
    /// The first [`Fault`](crate::Fault), and what participants left for the record.
    pub(crate) extensions: http::Extensions,
}

/// A layer that joined the call.
pub(crate) struct Joined {
    pub(crate) party: Party,
    attempts: u32,
    live: bool,
    /// Whether no earlier party shares this one's self-check.
    pub(crate) counts: bool,
}

/// How a layer may take part.
pub(crate) enum Joining {
    /// As the attempt with this number.
    Attempt(u32),
    /// The layer opened the call itself and stands in the stack twice: it watches once.
    AlreadyWatching,
    /// Not at all: the call has ended, or the layer's earlier attempt is still running.
    Refused,
}

/// What the call knows at its end.
pub(crate) struct Settled {
    pub(crate) notes: Annotations,
    pub(crate) request: RequestFacts,
    pub(crate) request_kept: Kept,
    pub(crate) request_bytes: u64,
    pub(crate) joined: SmallVec<[Joined; 1]>,
}

impl Settled {
    pub(crate) fn attempts(&self) -> u32 {
        self.joined.iter().map(|joined| joined.attempts).max().unwrap_or(0)
    }
}

impl Shared {
    /// A call that is counted as opened; one that asks for a session is counted later.
    pub(crate) fn new(
        id: CallId,
        opener: Arc<Core>,
        admitted: Admitted,
        headers: &HeaderMap,
        counted: bool,
    ) -> Self {
        if counted {
            opener.self_check.count_opened(opener.role);
        }
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let head = RequestHead::new(text(CONTENT_TYPE), text(CONTENT_ENCODING));
        let mut reader = RequestReader::with_budget(admitted.api, &head, &opener.decoder_budget);
        if opener.text_limit > 0 {
            reader.keep_text(admitted.api, opener.text_limit as usize);
        }
        if opener.content_limit > 0 {
            reader.keep_content(admitted.api, opener.content_limit as usize);
        }
        Self {
            id,
            text_limit: AtomicU32::new(opener.text_limit),
            content_limit: AtomicU32::new(opener.content_limit),
            wants_chunks: AtomicBool::new(opener.chunk_bounds.is_some()),
            opener,
            admitted,
            scans: AtomicU32::new(0),
            terminal: AtomicBool::new(false),
            left: AtomicBool::new(false),
            state: Mutex::new(State {
                live: true,
                counted,
                left_at: None,
                notes: Annotations::default(),
                request: RequestScan { current: 0, bytes: 0, reader: Some(reader) },
                joined: SmallVec::new(),
            }),
        }
    }

    pub(crate) const fn id(&self) -> CallId {
        self.id
    }

    pub(crate) fn role(&self) -> Role {
        self.opener.role
    }

    pub(crate) const fn operation(&self) -> Operation {
        self.admitted.operation
    }

    pub(crate) const fn api(&self) -> Api {
        self.admitted.api
    }

    /// Counts the call as opened, if it is not; those who join later are counted as they do.
    pub(crate) fn count(&self) {
        let mut state = self.lock();
        if !std::mem::replace(&mut state.counted, true) {
            self.opener.self_check.count_opened(self.opener.role);
            for joined in state.joined.iter().filter(|joined| joined.counts) {
                joined.party.core().self_check.count_opened(self.opener.role);
            }
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.lock().live
    }

    pub(crate) fn annotate(&self, note: impl FnOnce(&mut Annotations)) {
        let mut state = self.lock();
        if state.live {
            note(&mut state.notes);
        }
    }

    /// What the request says so far.
    pub(crate) fn request(&self) -> Option<RequestFacts> {
        let state = self.lock();
        let mut request = state.live.then(|| state.request.reader.as_ref())??.facts().clone();
        if state.notes.request_model.is_some() {
            request.model.clone_from(&state.notes.request_model);
        }
        drop(state);
        Some(request)
    }

    /// A number for one more pass over the request's body; the first is 0.
    pub(crate) fn next_scan(&self) -> u32 {
        self.scans.fetch_add(1, Relaxed) + 1
    }

    pub(crate) fn set_terminal(&self) {
        self.terminal.store(true, Relaxed);
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal.load(Relaxed)
    }

    /// The client has left. What the tap sees from now on, nobody was given.
    #[cfg(feature = "drain")]
    pub(crate) fn client_left(&self) {
        let mut state = self.lock();
        if state.live {
            state.left_at = Some(Box::new(self.opener.clock.now()));
            self.left.store(true, Relaxed);
        }
    }

    pub(crate) fn text_limit(&self) -> u32 {
        self.text_limit.load(Relaxed)
    }

    pub(crate) fn content_limit(&self) -> u32 {
        self.content_limit.load(Relaxed)
    }

    /// By which sizes times between chunks are to be counted; `None` when nobody wants them.
    pub(crate) fn chunk_bounds(&self) -> Option<Arc<[f64]>> {
        if !self.wants_chunks.load(Relaxed) {
            return None;
        }
        let state = self.lock();
        let joined = state.joined.iter().map(|joined| joined.party.core().chunk_bounds.as_ref());
        joined.fold(self.opener.chunk_bounds.clone(), chunks::both)
    }

    #[inline]
    pub(crate) fn has_left(&self) -> bool {
        self.left.load(Relaxed)
    }

    /// When the client left, if it did.
    pub(crate) fn left_at(&self) -> Option<Instant> {
        if self.has_left() { self.lock().left_at.as_deref().copied() } else { None }
    }

    pub(crate) fn read_request(&self, scan: u32, bytes: &[u8]) {
        let mut state = self.lock();
        if !state.live {
            return;
        }
        let request = &mut state.request;
        if request.current != scan {
            request.current = scan;
            request.bytes = 0;
            if let Some(reader) = &mut request.reader {
                reader.restart();
            }
        }
        request.bytes += bytes.len() as u64;
        if let Some(reader) = &mut request.reader {
            let mut read = false;
            shielded(&self.opener, READER, || {
                reader.push(bytes);
                read = true;
            });
            if !read {
                // What a reader that panicked holds is not trusted, and it reads no further.
                request.reader = None;
            }
        }
    }

    /// Registers the layer for one attempt. The observers take part from here on, whatever becomes of the attempt.
    pub(crate) fn join(&self, core: &Arc<Core>) -> Joining {
        let mut state = self.lock();
        if !state.live {
            return Joining::Refused;
        }
        if Arc::ptr_eq(&self.opener, core) {
            return Joining::AlreadyWatching;
        }
        if let Some(joined) = state.joined.iter_mut().find(|joined| Arc::ptr_eq(joined.party.core(), core)) {
            if joined.live {
                return Joining::Refused;
            }
            joined.live = true;
            joined.attempts += 1;
            return Joining::Attempt(joined.attempts);
        }
        if core.text_limit > self.text_limit() && state.request.bytes == 0 {
            self.text_limit.store(core.text_limit, Relaxed);
            if let Some(reader) = &mut state.request.reader {
                reader.keep_text(self.admitted.api, core.text_limit as usize);
            }
        }
        if core.content_limit > self.content_limit() && state.request.bytes == 0 {
            self.content_limit.store(core.content_limit, Relaxed);
            if let Some(reader) = &mut state.request.reader {
                reader.keep_content(self.admitted.api, core.content_limit as usize);
            }
        }
        if core.chunk_bounds.is_some() {
            self.wants_chunks.store(true, Relaxed);
        }
        let check = &core.self_check;
        let counts = !check.same_as(&self.opener.self_check)
            && !state.joined.iter().any(|joined| joined.party.core().self_check.same_as(check));
        if counts && state.counted {
            check.count_opened(self.opener.role);
        }
        let party = Party::new(core.clone());
        state.joined.push(Joined { party, attempts: 1, live: true, counts });
        Joining::Attempt(1)
    }

    /// Leaves the part of an ended attempt with the call, in place of an earlier attempt's. Returned is what is no
    /// longer needed: the earlier one, or this one when the call has ended already.
    pub(crate) fn leave(&self, party: Party) -> Party {
        let mut state = self.lock();
        match state.joined.iter_mut().find(|joined| Arc::ptr_eq(joined.party.core(), party.core())) {
            Some(joined) => {
                joined.live = false;
                std::mem::replace(&mut joined.party, party)
            }
            None => party,
        }
    }

    /// Ends the call for all who hold a handle.
    pub(crate) fn settle(&self) -> Settled {
        let mut state = self.lock();
        state.live = false;
        let mut request_kept = Kept::default();
        if let Some(reader) = &mut state.request.reader {
            shielded(&self.opener, READER, || {
                request_kept = Kept { text: reader.take_text(), content: reader.take_content() };
            });
        }
        Settled {
            notes: std::mem::take(&mut state.notes),
            request_bytes: state.request.bytes,
            request_kept,
            request: state.request.reader.as_mut().map(RequestReader::take_facts).unwrap_or_default(),
            joined: std::mem::take(&mut state.joined),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("id", &self.id).finish_non_exhaustive()
    }
}
