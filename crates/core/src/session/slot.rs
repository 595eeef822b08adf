use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::request::Parts;
use http::{HeaderMap, Response};

use super::{Asked, Session};
use crate::end::End;
use crate::gate::asks_for_websocket;
use crate::tap::ExchangeGuard;

/// A place for the session that a WebSocket upgrade may become.
///
/// The layers put one into the extensions of every request that asks for a WebSocket. The service that answers it with
/// 101 and copies the bytes of the connection keeps a clone, and [takes](Self::take) the [`Session`] out of it when the
/// connection has been upgraded: the exchange is then under way as long as the session, and what is said over it is
/// recorded. Where nobody keeps a clone the exchange ends with the head of the reply.
///
/// ```
/// use tower_genai_core::{SessionEnd, SessionSlot};
///
/// # let request = http::Request::new(());
/// let slot = request.extensions().get::<SessionSlot>().cloned();
/// // ... the upstream has answered 101, the reply has gone through the layers, both connections are upgraded ...
/// let mut session = slot.and_then(|slot| slot.take());
/// // ... for all bytes that have been handed on ...
/// if let Some(session) = &mut session {
///     session.on_server_bytes(b"\x81\x02{}");
/// }
/// // ... and at last ...
/// if let Some(session) = session {
///     session.end(SessionEnd::Client);
/// }
/// ```
#[derive(Clone, Default)]
pub struct SessionSlot(Arc<Mutex<Kept>>);

/// What the layers have left, the innermost first.
#[derive(Default)]
struct Kept {
    parts: Vec<Part>,
    extensions: Option<String>,
}

/// What one layer leaves for a session.
#[derive(Debug)]
pub(crate) struct Part {
    pub(super) exchange: ExchangeGuard,
    /// What a layer has that records the calls made over the session.
    pub(super) asked: Option<Box<Asked>>,
}

impl Part {
    pub(crate) fn new(exchange: ExchangeGuard, asked: Option<Asked>) -> Self {
        Self { exchange, asked: asked.map(Box::new) }
    }
}

impl SessionSlot {
    /// The slot of a request that asks for a WebSocket: that of a layer further out, or a new one.
    pub(crate) fn offer(head: &mut Parts) -> Option<Self> {
        asks_for_websocket(head).then(|| head.extensions.get_or_insert_default::<Self>().clone())
    }

    /// Leaves a layer's part, unless nobody is there to take it.
    pub(crate) fn keep<B>(self, part: Part, head: &Response<B>) {
        if Arc::strong_count(&self.0) == 1 {
            return;
        }
        let mut kept = self.lock();
        kept.parts.push(part);
        kept.extensions = extensions(head.headers());
    }

    /// Takes the session out, once; `None` where no session has come of the request.
    pub fn take(&self) -> Option<Session> {
        let Kept { parts, extensions } = std::mem::take(&mut *self.lock());
        (!parts.is_empty()).then(|| Session::new(parts, extensions.as_deref()))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SessionSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionSlot").finish_non_exhaustive()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.exchange.end(End::Upgraded);
    }
}

/// All lines of the agreed extensions as one.
fn extensions(headers: &HeaderMap) -> Option<String> {
    let lines: Vec<&str> = headers
        .get_all(http::header::SEC_WEBSOCKET_EXTENSIONS)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    (!lines.is_empty()).then(|| lines.join(","))
}
