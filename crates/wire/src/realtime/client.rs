use super::events::ClientEvent;
use super::head::{HEAD, Place};
use super::{Head, Kind};
use crate::json::Skim;
use crate::websocket::{Compression, Messages, Receiver, Sender};
use crate::{Api, RequestHead, RequestReader};

/// Reads what a client says in a session, at any split of the bytes.
///
/// In the realtime API the server repeats whatever matters, and only the end is listened for: the audio that a
/// client sends is passed over unread.
#[derive(Debug)]
pub struct ClientEvents {
    messages: Messages,
    reading: Reading,
}

#[derive(Debug)]
struct Reading {
    api: Api,
    skim: Skim<Place>,
    head: Head,
    request: RequestReader,
}

impl ClientEvents {
    /// A reader of a session of `api` whose handshake agreed on these `sec-websocket-extensions`.
    pub fn new(api: Api, extensions: Option<&str>) -> Self {
        let compression = match api {
            // Frames are all that is read.
            Api::OpenAiRealtime => Compression::ignored(),
            _ => Compression::of(extensions),
        };
        let request = RequestReader::new(api, &RequestHead::new(Some("application/json"), None));
        let reading = Reading { api, skim: Skim::new(&HEAD), head: Head::default(), request };
        Self { messages: Messages::new(Sender::Client, compression), reading }
    }

    /// Takes the next bytes of the connection, and tells what has been said in them.
    pub fn push(&mut self, bytes: &[u8], tell: impl FnMut(ClientEvent)) {
        self.messages.push(bytes, &mut Telling { reading: &mut self.reading, tell });
    }
}

struct Telling<'a, F> {
    reading: &'a mut Reading,
    tell: F,
}

impl<F: FnMut(ClientEvent)> Receiver for Telling<'_, F> {
    fn begin(&mut self) -> bool {
        let Reading { api, skim, head, request } = &mut *self.reading;
        if *api == Api::OpenAiRealtime {
            return false;
        }
        skim.restart(&HEAD);
        *head = Head::default();
        request.restart();
        true
    }

    fn part(&mut self, bytes: &[u8]) {
        let Reading { skim, head, request, .. } = &mut *self.reading;
        skim.push(bytes, head);
        if head.kind.is_none_or(Kind::has_facts) {
            request.push(bytes);
        }
    }

    fn end(&mut self, wire_bytes: u64) {
        if self.reading.head.kind == Some(Kind::Create) {
            let facts = Box::new(self.reading.request.take_facts());
            (self.tell)(ClientEvent::Create { facts, wire_bytes });
        }
    }

    fn close(&mut self) {
        (self.tell)(ClientEvent::Closed);
    }
}
