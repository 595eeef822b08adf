use super::events::ServerEvent;
use super::head::{HEAD, Place};
use super::{Head, Kind};
use crate::json::Skim;
use crate::websocket::{Compression, Messages, Receiver, Sender};
use crate::{Api, Billing, ReplyFacts, ReplyHead, ReplyReader};

/// Reads what a server says in a session, at any split of the bytes.
///
/// Memory is bounded whatever the size of a message, and a message that is not JSON says nothing.
///
/// ```
/// use tower_genai_wire::realtime::{ServerEvent, ServerEvents};
/// use tower_genai_wire::Api;
///
/// let event = br#"{"type":"response.done","response":{"id":"resp_1","status":"completed",
///     "usage":{"input_tokens":12,"output_tokens":7}}}"#;
/// let mut frame = vec![0x81, 126, 0, event.len() as u8];
/// frame.extend_from_slice(event);
///
/// let mut server = ServerEvents::new(Api::OpenAiRealtime, None);
/// let mut output = None;
/// server.push(&frame, |event| {
///     if let ServerEvent::Ended { facts, .. } = event {
///         output = facts.usage.and_then(|usage| usage.output);
///     }
/// });
/// assert_eq!(output, Some(7));
/// ```
#[derive(Debug)]
pub struct ServerEvents {
    messages: Messages,
    reading: Reading,
    /// Whether it has been told that nothing more can be read.
    told_broken: bool,
}

#[derive(Debug)]
struct Reading {
    api: Api,
    skim: Skim<Place>,
    head: Head,
    /// Reads the facts of the message, once there may be some.
    reply: Option<Box<ReplyReader>>,
}

impl ServerEvents {
    /// A reader of a session of `api` whose handshake agreed on these `sec-websocket-extensions`.
    pub fn new(api: Api, extensions: Option<&str>) -> Self {
        Self {
            messages: Messages::new(Sender::Server, Compression::of(extensions)),
            reading: Reading { api, skim: Skim::new(&HEAD), head: Head::default(), reply: None },
            told_broken: false,
        }
    }

    /// Takes the next bytes of the connection, and tells what has been said in them.
    pub fn push(&mut self, bytes: &[u8], mut tell: impl FnMut(ServerEvent)) {
        self.messages.push(bytes, &mut Telling { reading: &mut self.reading, tell: &mut tell });
        if self.messages.is_broken() && !std::mem::replace(&mut self.told_broken, true) {
            tell(ServerEvent::Unreadable);
        }
    }
}

struct Telling<'a, F> {
    reading: &'a mut Reading,
    tell: &'a mut F,
}

impl<F: FnMut(ServerEvent)> Receiver for Telling<'_, F> {
    fn begin(&mut self) -> bool {
        self.reading.skim.restart(&HEAD);
        self.reading.head = Head::default();
        self.reading.reply = None;
        true
    }

    fn part(&mut self, bytes: &[u8]) {
        let Reading { api, skim, head, reply } = &mut *self.reading;
        skim.push(bytes, head);
        // The type comes first in practice: what only carries output is not read twice.
        if head.kind.is_none_or(Kind::has_facts) {
            let document = ReplyHead::new(200, Some("application/json"), None);
            reply.get_or_insert_with(|| Box::new(ReplyReader::new(*api, &document))).push(bytes);
        }
    }

    fn end(&mut self, wire_bytes: u64) {
        if let Some(event) = self.reading.event(wire_bytes) {
            (self.tell)(event);
        }
    }

    fn close(&mut self) {
        (self.tell)(ServerEvent::Closed);
    }
}

impl Reading {
    /// What the message that has ended says.
    fn event(&mut self, wire_bytes: u64) -> Option<ServerEvent> {
        let Head { kind, response, item, session, audio } = std::mem::take(&mut self.head);
        let kind = kind?;
        if !self.skim.is_done() || self.skim.is_failed() {
            return Some(ServerEvent::Unreadable);
        }
        match kind {
            Kind::Session => Some(ServerEvent::Session(session)),
            Kind::Created => Some(ServerEvent::Created { facts: self.facts() }),
            Kind::Output => Some(ServerEvent::Output { response, wire_bytes }),
            Kind::Ended => {
                let mut facts = self.facts();
                if facts.error.is_none() && facts.finish_reasons.iter().any(|reason| reason == "failed") {
                    facts.error = Some("_OTHER".into());
                }
                Some(ServerEvent::Ended { facts, wire_bytes })
            }
            Kind::Error => Some(ServerEvent::Failed { error: self.facts().error, wire_bytes }),
            Kind::Committed => item.map(|item| ServerEvent::Committed { item }),
            Kind::Transcribed => {
                let mut facts = self.facts();
                if audio.is_some() {
                    facts.billing.get_or_insert_with(|| Box::new(Billing::default())).audio_input = audio;
                }
                item.map(|item| ServerEvent::Transcribed { item, facts, wire_bytes })
            }
            Kind::Create | Kind::Other => None,
        }
    }

    fn facts(&mut self) -> Box<ReplyFacts> {
        let mut facts = Box::<ReplyFacts>::default();
        if let Some(mut reply) = self.reply.take() {
            reply.finish();
            *facts = reply.take_facts();
        }
        facts.streamed = true;
        facts
    }
}
