use super::{Events, LARGEST};

/// The data so far of an event that has not ended: kept up to [`LARGEST`] bytes, and beyond that handed on in parts.
#[derive(Debug)]
pub(super) struct Pending {
    data: Vec<u8>,
    /// Whether the event outgrew `LARGEST` and goes out in parts.
    parts: bool,
}

impl Pending {
    pub(super) const fn new() -> Self {
        Self { data: Vec::new(), parts: false }
    }

    /// Whether nothing has been kept yet.
    pub(super) fn is_empty(&self) -> bool {
        self.data.is_empty() && !self.parts
    }

    pub(super) fn keep<E: Events>(&mut self, data: &[u8], events: &mut E) {
        let len = self.data.len() + data.len();
        if !self.parts && len > LARGEST {
            self.parts = true;
            events.part(&self.data);
            self.data = Vec::new();
        }
        if self.parts {
            events.part(data);
            return;
        }
        extend(&mut self.data, data);
    }

    /// The event has ended.
    pub(super) fn dispatch<E: Events>(&mut self, events: &mut E) {
        if self.parts {
            events.parts_end();
        } else {
            events.event(&self.data);
        }
        self.data.clear();
        self.parts = false;
    }
}

/// Appends to a buffer that grows as a vector does, but never beyond [`LARGEST`].
pub(super) fn extend(buffer: &mut Vec<u8>, bytes: &[u8]) {
    let len = buffer.len() + bytes.len();
    if len > buffer.capacity() {
        let capacity = len.next_power_of_two().clamp(512, LARGEST);
        buffer.reserve_exact(capacity - buffer.len());
    }
    buffer.extend_from_slice(bytes);
}
