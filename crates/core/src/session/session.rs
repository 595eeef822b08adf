use std::fmt;

use super::slot::Part;
use super::{Observed, SessionEnd};

/// A WebSocket connection between a client and a server that is watched from beside it.
///
/// Whoever copies its bytes says here what has been handed on. Nothing is changed, held back or answered, and what
/// cannot be understood is passed over. Every response of OpenAI's realtime API, and of its Responses API over
/// WebSocket, becomes a [`CallRecord`](crate::CallRecord) that has the session's [`SessionId`](crate::SessionId);
/// other sessions are not looked into.
///
/// Dropping it ends it, as [`SessionEnd::Stopped`].
pub struct Session {
    // Declared first, so dropped first: calls end before the exchange they were a part of.
    observed: Vec<Observed>,
    parts: Vec<Part>,
}

impl Session {
    pub(super) fn new(mut parts: Vec<Part>, extensions: Option<&str>) -> Self {
        let asked = parts.iter_mut().filter_map(|part| part.asked.take());
        Self { observed: asked.map(|asked| Observed::new(*asked, extensions)).collect(), parts }
    }

    /// Bytes of the client have been handed on to the server.
    pub fn on_client_bytes(&mut self, bytes: &[u8]) {
        self.observed.iter_mut().for_each(|observed| observed.on_client_bytes(bytes));
    }

    /// Bytes of the server have been handed on to the client.
    pub fn on_server_bytes(&mut self, bytes: &[u8]) {
        for part in &mut self.parts {
            part.exchange.on_bytes(bytes.len() as u64);
        }
        self.observed.iter_mut().for_each(|observed| observed.on_server_bytes(bytes));
    }

    /// The connection has ended. A close frame tells better who ended it: the first one counts.
    pub fn end(mut self, end: SessionEnd) {
        self.observed.drain(..).for_each(|observed| observed.end(end));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.observed.drain(..).for_each(|observed| observed.end(SessionEnd::Stopped));
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("observed", &self.observed.len()).finish_non_exhaustive()
    }
}
