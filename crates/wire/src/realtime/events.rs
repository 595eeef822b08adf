use compact_str::CompactString;

use crate::{ReplyFacts, RequestFacts};

/// Something a server said in a session.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// What the session is set to.
    Session(SessionFacts),
    /// A response has begun.
    Created {
        /// Its id and, where it is stated, its model.
        facts: Box<ReplyFacts>,
    },
    /// A part of a response: its output.
    Output {
        /// The response's id, where it is stated.
        response: Option<CompactString>,
        /// Bytes of payload that the message took on the wire.
        wire_bytes: u64,
    },
    /// A response is over.
    Ended {
        /// Everything that is known of it.
        facts: Box<ReplyFacts>,
        /// Bytes of payload that the message took on the wire.
        wire_bytes: u64,
    },
    /// Something that was asked for could not be done.
    Failed {
        /// The provider's code or type of the error.
        error: Option<CompactString>,
        /// Bytes of payload that the message took on the wire.
        wire_bytes: u64,
    },
    /// What the user said is an item of the conversation now; its transcription follows, if one was asked for.
    Committed {
        /// The item.
        item: CompactString,
    },
    /// What the user said has been transcribed, or could not be.
    Transcribed {
        /// The item.
        item: CompactString,
        /// The usage, or the error.
        facts: Box<ReplyFacts>,
        /// Bytes of payload that the message took on the wire.
        wire_bytes: u64,
    },
    /// The server has closed the connection.
    Closed,
    /// A message could not be read, or nothing more can be.
    Unreadable,
}

/// Something a client said in a session.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientEvent {
    /// A response is asked for.
    Create {
        /// What the event says about it.
        facts: Box<RequestFacts>,
        /// Bytes of payload that the message took on the wire.
        wire_bytes: u64,
    },
    /// The client has closed the connection.
    Closed,
}

/// What a session is set to. Absent is what the event did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionFacts {
    /// The model that answers.
    pub model: Option<CompactString>,
    /// The model that transcribes what the user says.
    pub transcription_model: Option<CompactString>,
}
