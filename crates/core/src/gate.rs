//! Which requests are model calls.

use std::fmt;
use std::sync::Arc;

use http::Method;
use http::header::{CONTENT_TYPE, UPGRADE};
use http::request::Parts;
use tower_genai_wire::{Api, Operation};

type Extra = dyn Fn(&Parts) -> Option<Operation> + Send + Sync;

/// Decides by a request's head whether it is a model call.
///
/// Everything else is a plain exchange: nothing in its body is read.
///
/// ```
/// use tower_genai_core::{Gate, Operation};
///
/// // An application's own endpoint whose handler calls a model and reports it through the `CallHandle`.
/// let gate = Gate::recognised().also(|head| (head.uri.path() == "/ask").then_some(Operation::Chat));
/// # drop(gate);
/// ```
#[derive(Clone)]
pub struct Gate {
    base: Base,
    extra: Option<Arc<Extra>>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    Recognised,
    EveryPost,
    Nothing,
}

/// What the gate found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admitted {
    pub(crate) api: Api,
    pub(crate) operation: Operation,
}

impl Gate {
    /// Requests whose method and path are those of a known model API, and WebSocket upgrades on paths of realtime
    /// sessions. The default.
    ///
    /// Paths that any application may have are left out, Ollama's `/api/chat` among them: a client of such a server
    /// has [`every_post`](Self::every_post), and a router names its own with [`also`](Self::also).
    pub const fn recognised() -> Self {
        Self { base: Base::Recognised, extra: None }
    }

    /// Every POST but those of known management paths (files, batches, fine-tuning, ...): for a layer around a client
    /// that talks to model providers and to nothing else. An unknown path has the operation `unknown`.
    pub const fn every_post() -> Self {
        Self { base: Base::EveryPost, extra: None }
    }

    /// Nothing is a model call.
    pub const fn nothing() -> Self {
        Self { base: Base::Nothing, extra: None }
    }

    /// Also the requests for which `judge` names an operation; asked first.
    #[must_use]
    pub fn also(mut self, judge: impl Fn(&Parts) -> Option<Operation> + Send + Sync + 'static) -> Self {
        self.extra = Some(match self.extra.take() {
            Some(earlier) => Arc::new(move |head| earlier(head).or_else(|| judge(head))),
            None => Arc::new(judge),
        });
        self
    }

    /// Whether the user has a say.
    pub(crate) const fn has_judge(&self) -> bool {
        self.extra.is_some()
    }

    /// What the user's judge says, who is asked first.
    pub(crate) fn judged(&self, head: &Parts) -> Option<Admitted> {
        let operation = self.extra.as_ref()?(head)?;
        let api = Api::at_provider(head.uri.path()).unwrap_or(Api::Unknown);
        Some(Admitted { api, operation })
    }

    /// What method and path say of a request that is gRPC or not.
    pub(crate) fn known(&self, head: &Parts, grpc: bool) -> Option<Admitted> {
        if matches!(self.base, Base::Nothing) {
            return None;
        }
        let path = head.uri.path();
        if asks_for_websocket(head) {
            let api = Api::recognise_session(path)?;
            return Some(Admitted { api, operation: api.operation() });
        }
        if head.method != Method::POST || grpc {
            return None;
        }
        let api = match self.base {
            Base::EveryPost => match Api::at_provider(path) {
                None if tower_genai_wire::is_management(path) => None,
                api => api.or(Some(Api::Unknown)),
            },
            Base::Recognised | Base::Nothing => Api::recognise("POST", path),
        };
        api.map(|api| Admitted { api, operation: api.operation() })
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::recognised()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("base", &self.base).field("extended", &self.extra.is_some()).finish()
    }
}

/// Whether the request asks for a WebSocket, as HTTP/1.1 does.
pub(crate) fn asks_for_websocket(head: &Parts) -> bool {
    head.method == Method::GET
        && head.headers.get_all(UPGRADE).iter().any(|protocols| {
            protocols.as_bytes().split(|byte| *byte == b',').any(|protocol| {
                let name = protocol.split(|byte| *byte == b'/').next().unwrap_or_default();
                name.trim_ascii().eq_ignore_ascii_case(b"websocket")
            })
        })
}

pub(crate) fn is_grpc(head: &Parts) -> bool {
    head.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}
