use std::sync::Arc;

use tower_genai_wire::realtime::{ClientEvents, ServerEvents};

use super::{Asked, Calls, SessionEnd};
use crate::tap::{Core, READER, shielded};

/// A session as one layer sees it that records its calls.
pub(super) struct Observed {
    core: Arc<Core>,
    client: Option<Box<ClientEvents>>,
    server: Option<Box<ServerEvents>>,
    calls: Calls,
}

impl Observed {
    pub(super) fn new(asked: Asked, extensions: Option<&str>) -> Self {
        let api = asked.admitted.api;
        Self {
            core: asked.core.clone(),
            client: Some(Box::new(ClientEvents::new(api, extensions))),
            server: Some(Box::new(ServerEvents::new(api, extensions))),
            calls: Calls::new(asked),
        }
    }

    pub(super) fn on_client_bytes(&mut self, bytes: &[u8]) {
        let Self { core, client, calls, .. } = self;
        // A reader that panics is not put back: what it holds is not trusted.
        if let Some(mut reader) = client.take() {
            shielded(core, READER, || {
                reader.push(bytes, |event| calls.on_client(event));
                *client = Some(reader);
            });
        }
    }

    pub(super) fn on_server_bytes(&mut self, bytes: &[u8]) {
        let Self { core, server, calls, .. } = self;
        if let Some(mut reader) = server.take() {
            shielded(core, READER, || {
                reader.push(bytes, |event| calls.on_server(event));
                *server = Some(reader);
            });
        }
    }

    pub(super) fn end(self, end: SessionEnd) {
        self.calls.end(end);
    }
}
