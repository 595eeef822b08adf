use std::sync::Arc;

use compact_str::CompactString;
use http::request::Parts;
use http::{HeaderMap, Request, Uri};
use percent_encoding::percent_decode_str;
use tower_genai_wire::{Operation, ReplyFacts, RequestFacts};

use super::SessionId;
use crate::caller::Caller;
use crate::clock::Instant;
use crate::credential;
use crate::gate::Admitted;
use crate::tap::{CallGuard, Core};
use crate::upstream::Upstream;

/// What the request that asked for a session leaves for the calls that are made over it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) core: Arc<Core>,
    /// The layers further in that joined.
    pub(crate) others: Vec<Arc<Core>>,
    pub(crate) admitted: Admitted,
    pub(crate) head: Parts,
}

/// What the events of a session say about one of its calls.
#[derive(Debug)]
pub(crate) struct Within {
    pub(crate) session: SessionId,
    pub(crate) request: RequestFacts,
    pub(crate) request_bytes: u64,
    pub(crate) reply: ReplyFacts,
}

impl Asked {
    /// Opens a call over the session.
    pub(super) fn open(
        &self,
        operation: Option<Operation>,
        within: Within,
        started: Option<Instant>,
    ) -> CallGuard {
        let admitted = Admitted { operation: operation.unwrap_or(self.admitted.operation), ..self.admitted };
        let mut head = self.head.clone();
        let mut guard = CallGuard::open_within(&self.core, admitted, &mut head, within, started);
        for other in &self.others {
            guard.joined_by(other, &mut head);
        }
        guard
    }
}

/// A head without what concerns the handshake only, and without credentials. Its headers name the span of the session
/// as the parent of what is done over it.
pub(crate) fn kept_head(head: &Parts, caller: &Caller, upstream: &Upstream) -> Parts {
    let (mut kept, ()) = Request::new(()).into_parts();
    kept.method = head.method.clone();
    kept.uri = head.uri.clone();
    kept.version = head.version;
    kept.headers = end_to_end(&head.headers);
    kept.extensions.insert(caller.clone());
    kept.extensions.insert(upstream.clone());
    kept
}

fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    credential::remove(&mut headers);
    headers
}

/// The model that the URL of a session names: OpenAI's `model`, Azure's `deployment`.
pub(crate) fn requested_model(uri: &Uri) -> Option<CompactString> {
    let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let (_, model) =
        pairs.find(|(name, value)| matches!(*name, "model" | "deployment") && !value.is_empty())?;
    Some(percent_decode_str(model).decode_utf8().ok()?.into())
}
