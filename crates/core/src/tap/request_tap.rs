use std::sync::Arc;

use crate::call::Shared;

/// Reads a request's body for its call.
#[derive(Debug)]
pub(super) struct RequestTap {
    call: Arc<Shared>,
    scan: u32,
}

impl RequestTap {
    pub(super) const fn new(call: Arc<Shared>) -> Self {
        Self { call, scan: 0 }
    }

    pub(super) fn on_data(&self, data: &[u8]) {
        self.call.read_request(self.scan, data);
    }
}

impl Clone for RequestTap {
    /// The same reading, begun anew.
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), scan: self.call.next_scan() }
    }
}
