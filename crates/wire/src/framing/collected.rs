//! What a framing hands out, for tests.

use super::{Events, LARGEST};

#[derive(Debug, Default, PartialEq)]
pub(super) struct Collected {
    pub(super) events: Vec<Vec<u8>>,
    /// What came in parts that have not ended.
    pub(super) parts: Vec<u8>,
    pub(super) cut: bool,
    pub(super) kinds: Vec<String>,
    pub(super) failures: Vec<Vec<u8>>,
    pub(super) broken: bool,
}

impl Events for Collected {
    fn known(&mut self, _: &[u8]) -> Option<usize> {
        None
    }

    fn whole(&mut self, _: &[u8], data: &[u8]) {
        self.event(data);
    }

    fn event(&mut self, data: &[u8]) {
        assert!(data.len() <= LARGEST);
        self.events.push(data.to_vec());
    }

    fn part(&mut self, data: &[u8]) {
        self.parts.extend_from_slice(data);
    }

    fn parts_end(&mut self) {
        self.events.push(std::mem::take(&mut self.parts));
    }

    fn cut(&mut self) {
        self.cut = true;
    }

    fn kind(&mut self, kind: &str) {
        self.kinds.push(kind.to_owned());
    }

    fn failure(&mut self, name: &[u8]) {
        self.failures.push(name.to_vec());
    }

    fn broken(&mut self) {
        self.broken = true;
    }
}
