use crate::end::{End, ErrorOrigin, Failure};
use crate::verdict::Fault;

/// How the connection of a session ended, which is what becomes of the responses that are still under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionEnd {
    /// The client closed it or was gone. Responses under way are dropped.
    Client,
    /// The server closed it or was gone. Responses under way have failed: `truncated`.
    Server,
    /// Nothing was said for too long. Responses under way have failed: `timeout`.
    Idle,
    /// We stop. Responses under way are dropped.
    Stopped,
}

impl SessionEnd {
    pub(super) fn of_call(self) -> (End, Option<Fault>) {
        match self {
            Self::Client | Self::Stopped => (End::Dropped, None),
            Self::Server => (End::Failed(Failure::Body), None),
            Self::Idle => (End::Failed(Failure::Body), Some(Fault::new("timeout", ErrorOrigin::Upstream))),
        }
    }
}
