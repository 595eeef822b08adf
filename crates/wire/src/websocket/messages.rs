use super::extensions::{Compression, Sender};
use super::frames::{Frames, Payload};
use super::inflater::Inflater;

/// Receives the messages of one direction.
pub(crate) trait Receiver {
    /// A message begins. Says whether it is wanted.
    fn begin(&mut self) -> bool;
    /// Some of a message that is wanted, as its sender wrote it.
    fn part(&mut self, bytes: &[u8]);
    /// A message that is wanted has ended; it took so many bytes of payload on the wire.
    fn end(&mut self, wire_bytes: u64);
    /// The sender has closed the connection.
    fn close(&mut self);
}

/// Reads the messages of one direction of a connection, at any split of its bytes.
///
/// A message is handed out as it arrives and never held; text and binary are not told apart.
#[derive(Debug)]
pub(crate) struct Messages {
    frames: Frames,
    /// The compression, where one was agreed on.
    inflater: Option<Inflater>,
    /// Whether the handshake was understood.
    readable: bool,
    message: Message,
}

/// The message that is passing.
#[derive(Clone, Copy, Debug, Default)]
struct Message {
    compressed: bool,
    wanted: bool,
    wire_bytes: u64,
}

impl Messages {
    pub(crate) fn new(sender: Sender, compression: Compression) -> Self {
        let inflater = match (compression, sender) {
            (Compression::Deflate { client_keeps_window: keeps, .. }, Sender::Client)
            | (Compression::Deflate { server_keeps_window: keeps, .. }, Sender::Server) => {
                Some(Inflater::new(keeps))
            }
            (Compression::None | Compression::Unknown, _) => None,
        };
        let readable = compression != Compression::Unknown;
        Self { frames: Frames::default(), inflater, readable, message: Message::default() }
    }

    /// Whether the bytes cannot be read, or not any further.
    pub(crate) const fn is_broken(&self) -> bool {
        !self.readable || self.frames.is_broken()
    }

    pub(crate) fn push(&mut self, bytes: &[u8], receiver: &mut impl Receiver) {
        if self.readable {
            let mut reading =
                Reading { inflater: self.inflater.as_mut(), message: &mut self.message, receiver };
            self.frames.push(bytes, &mut reading);
        }
    }
}

/// One push.
struct Reading<'a, R> {
    inflater: Option<&'a mut Inflater>,
    message: &'a mut Message,
    receiver: &'a mut R,
}

impl<R: Receiver> Payload for Reading<'_, R> {
    fn begin(&mut self, compressed: bool) -> bool {
        let wanted = self.receiver.begin();
        *self.message = Message { compressed, wanted, wire_bytes: 0 };
        !compressed || self.inflater.is_some()
    }

    /// A sender that keeps its window refers to what it said in messages that nobody wants.
    fn is_wanted(&self) -> bool {
        let Message { compressed, wanted, .. } = *self.message;
        wanted || compressed && self.inflater.as_ref().is_some_and(|inflater| inflater.keeps_window())
    }

    fn part(&mut self, payload: &[u8]) -> bool {
        let Message { compressed, wanted, .. } = *self.message;
        self.message.wire_bytes += payload.len() as u64;
        let receiver = &mut *self.receiver;
        match &mut self.inflater {
            Some(inflater) if compressed => {
                inflater.push(payload, |bytes| deliver(receiver, wanted, bytes)).is_ok()
            }
            _ => {
                deliver(receiver, wanted, payload);
                true
            }
        }
    }

    fn end(&mut self) -> bool {
        if !self.is_wanted() {
            return true;
        }
        let Message { compressed, wanted, wire_bytes } = *self.message;
        let receiver = &mut *self.receiver;
        let whole = match &mut self.inflater {
            Some(inflater) if compressed => inflater.end(|bytes| deliver(receiver, wanted, bytes)).is_ok(),
            _ => true,
        };
        if wanted && whole {
            self.receiver.end(wire_bytes);
        }
        whole
    }

    fn close(&mut self) {
        self.receiver.close();
    }
}

fn deliver(receiver: &mut impl Receiver, wanted: bool, bytes: &[u8]) {
    if wanted && !bytes.is_empty() {
        receiver.part(bytes);
    }
}
