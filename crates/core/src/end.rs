//! How an exchange ended, as data.

/// How an exchange ended, seen from the tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The reply was delivered whole.
    Complete,
    /// The inner service failed before there was a reply, or the reply's body failed, or something panicked.
    Failed(Failure),
    /// The future or the body was dropped before its end. The one who dropped it may be a client that left, or a
    /// timeout above us: from here they look the same.
    Dropped,
    /// The connection was handed over to another protocol: status 101, or a successful `CONNECT`.
    Upgraded,
}

/// Where a failed exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The inner service returned an error instead of a reply.
    BeforeHead,
    /// The body of the reply returned an error.
    Body,
    /// The inner future or body panicked.
    Panic,
}

/// What is known when a body is dropped without having said that it ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DropFacts {
    /// The request's method was `HEAD`.
    pub(crate) head_request: bool,
    /// The reply's status, if there was a reply.
    pub(crate) status: Option<u16>,
    /// The reply's `content-length`.
    pub(crate) content_length: Option<u64>,
    /// Body bytes that were handed on.
    pub(crate) bytes: u64,
    /// The stream's terminal event, or the whole document, was handed on.
    pub(crate) terminal: bool,
}

impl DropFacts {
    /// Tells a delivered reply from a reply that was given up.
    ///
    /// hyper drops a body it has delivered without polling it again: after exactly `content-length` bytes, and at
    /// once for replies that have no body. Clients of event streams close right after the terminal event.
    pub(crate) fn classify(self) -> End {
        let Some(status) = self.status else { return End::Dropped };
        let bodiless = self.head_request || matches!(status, 204 | 304);
        if bodiless || self.terminal || self.content_length == Some(self.bytes) {
            End::Complete
        } else {
            End::Dropped
        }
    }
}

/// What became of a call, for the one who counts calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Delivered whole, status below 400, no error event in the stream.
    Complete,
    /// Status 400 or above, an error event in the stream, a reply cut short, a timeout, or no upstream.
    Failed,
    /// Given up from our side of the body before its end.
    Dropped,
}

impl Outcome {
    /// The value in labels, attributes and log lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

/// What became of the rest of a reply whose client had left.
///
/// Only calls below a `DrainLayer` (feature `drain`) have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DrainResult {
    /// It was read to its terminal event or its end.
    Drained,
    /// It was longer than may be read.
    MaxBytes,
    /// It took longer than may be waited.
    MaxTime,
    /// It was given up at once: as many replies as may be were being read already.
    MaxConcurrent,
    /// The upstream broke it off, or reading it panicked.
    Failed,
    /// Reading it was stopped: the process is shutting down, or there is no runtime to read it on.
    Stopped,
}

impl DrainResult {
    /// Every result.
    pub const ALL: [Self; 6] =
        [Self::Drained, Self::MaxBytes, Self::MaxTime, Self::MaxConcurrent, Self::Failed, Self::Stopped];

    /// The value of the label `result`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drained => "drained",
            Self::MaxBytes => "max_bytes",
            Self::MaxTime => "max_time",
            Self::MaxConcurrent => "max_concurrent",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// Which of the three parties an error came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorOrigin {
    /// The one who sent the request: its upload broke off, or it sent something that cannot be forwarded.
    Client,
    /// We ourselves: a refusal, a limit, a fault of ours.
    Proxy,
    /// The upstream: it answered with an error, answered too late, broke off, or could not be reached.
    Upstream,
}

impl ErrorOrigin {
    /// The value in labels, attributes and log lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Proxy => "proxy",
            Self::Upstream => "upstream",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DropFacts, End};

    #[test]
    fn a_drop_is_classified_by_what_was_delivered() {
        let reply = DropFacts { status: Some(200), bytes: 10, ..DropFacts::default() };
        let table = [
            ("no reply yet", DropFacts::default(), End::Dropped),
            ("mid-stream", reply, End::Dropped),
            ("after the terminal event", DropFacts { terminal: true, ..reply }, End::Complete),
            ("all promised bytes", DropFacts { content_length: Some(10), ..reply }, End::Complete),
            ("fewer than promised", DropFacts { content_length: Some(11), ..reply }, End::Dropped),
            ("empty by length", DropFacts { content_length: Some(0), bytes: 0, ..reply }, End::Complete),
            (
                "HEAD",
                DropFacts { head_request: true, content_length: Some(99), bytes: 0, ..reply },
                End::Complete,
            ),
            ("HEAD without a reply", DropFacts { head_request: true, ..DropFacts::default() }, End::Dropped),
            ("204", DropFacts { status: Some(204), bytes: 0, ..reply }, End::Complete),
            ("304", DropFacts { status: Some(304), bytes: 0, ..reply }, End::Complete),
            ("an unread error reply", DropFacts { status: Some(500), bytes: 0, ..reply }, End::Dropped),
        ];
        for (name, facts, expected) in table {
            assert_eq!(facts.classify(), expected, "{name}");
        }
    }
}
