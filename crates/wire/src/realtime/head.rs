use std::time::Duration;

use compact_str::CompactString;

use super::SessionFacts;
use crate::json::{Node, Scalar, Sink};

/// What a message is about, which tells what its facts belong to.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) kind: Option<Kind>,
    pub(super) response: Option<CompactString>,
    pub(super) item: Option<CompactString>,
    pub(super) session: SessionFacts,
    /// The length of what was transcribed, where that is what is billed.
    pub(super) audio: Option<Duration>,
}

/// What an event says, by its `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By a client: a response is asked for.
    Create,
    Session,
    Created,
    Output,
    Ended,
    Error,
    Committed,
    Transcribed,
    Other,
}

impl Kind {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "response.create" => Self::Create,
            "session.created"
            | "session.updated"
            | "transcription_session.created"
            | "transcription_session.updated" => Self::Session,
            "response.created" => Self::Created,
            // The first is the realtime API's, the others are those of responses.
            "response.done"
            | "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => Self::Ended,
            "error" => Self::Error,
            "input_audio_buffer.committed" => Self::Committed,
            "conversation.item.input_audio_transcription.completed"
            | "conversation.item.input_audio_transcription.failed" => Self::Transcribed,
            _ if name.strip_suffix(".delta").is_some_and(|name| name.starts_with("response.")) => {
                Self::Output
            }
            _ => Self::Other,
        }
    }

    /// Whether the event has facts that the API's dialect reads.
    pub(super) const fn has_facts(self) -> bool {
        matches!(self, Self::Create | Self::Created | Self::Ended | Self::Error | Self::Transcribed)
    }
}

/// What a place in an event means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Type,
    Response,
    Item,
    SessionModel,
    TranscriptionModel,
    Seconds,
}

const fn leaf(place: Place) -> Node<Place> {
    Node::leaf(place)
}

pub(super) static HEAD: Node<Place> = Node::object(&[
    ("type", &leaf(Place::Type)),
    ("response_id", &leaf(Place::Response)),
    ("item_id", &leaf(Place::Item)),
    ("session", &SESSION),
    ("usage", &Node::object(&[("seconds", &leaf(Place::Seconds))])),
]);

static SESSION: Node<Place> = Node::object(&[
    ("model", &leaf(Place::SessionModel)),
    ("audio", &Node::object(&[("input", &Node::object(&[("transcription", &TRANSCRIPTION)]))])),
    // Before the API was generally available.
    ("input_audio_transcription", &TRANSCRIPTION),
]);

static TRANSCRIPTION: Node<Place> = Node::object(&[("model", &leaf(Place::TranscriptionModel))]);

impl Sink<Place> for Head {
    fn open(&mut self, _: Place) {}

    fn close(&mut self, _: Place) {}

    fn scalar(&mut self, place: Place, value: Scalar<'_>) {
        match place {
            // The first one counts: what is read depends on it as soon as it is known.
            Place::Type if self.kind.is_none() => self.kind = value.string().map(|name| Kind::of(&name)),
            Place::Type => {}
            Place::Response => self.response = value.string(),
            Place::Item => self.item = value.string(),
            Place::SessionModel => self.session.model = value.string(),
            Place::TranscriptionModel => self.session.transcription_model = value.string(),
            Place::Seconds => {
                self.audio = value.float().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            }
        }
    }
}
