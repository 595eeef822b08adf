use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body::Body;
use tower_genai_wire::Operation;

use super::office::Office;
use super::task::read_to_the_end;
use crate::call::{CallHandle, CallSlot};
use crate::end::{DropFacts, End};

/// A request on its way.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) office: Arc<Office>,
    pub(super) call: CallSlot,
    pub(super) head_request: bool,
}

impl Asked {
    /// What to do about the reply, if it is worth reading on.
    pub(super) fn answered<B>(self, reply: &Response<B>) -> Option<Rest> {
        let call = self.call.get()?.clone();
        let refused = reply.status().as_u16() >= 400;
        if refused || !(call.operation() != Operation::Unknown || is_stream(reply)) {
            return None;
        }
        let length = reply.headers().get(CONTENT_LENGTH);
        let facts = DropFacts {
            head_request: self.head_request,
            status: Some(reply.status().as_u16()),
            content_length: length.and_then(|value| value.to_str().ok()?.parse().ok()),
            bytes: 0,
            terminal: false,
        };
        Some(Rest { office: self.office, call, facts })
    }
}

/// Whether the reply comes event by event.
fn is_stream<B>(reply: &Response<B>) -> bool {
    let content_type = reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(tower_genai_wire::is_stream_type)
}

/// What is left of a reply, for the case that its client leaves.
#[derive(Debug)]
pub(super) struct Rest {
    office: Arc<Office>,
    call: CallHandle,
    facts: DropFacts,
}

impl Rest {
    pub(super) fn on_data(&mut self, bytes: &[u8]) {
        self.facts.bytes += bytes.len() as u64;
    }

    /// The body has been dropped: reads it on, if there is anything to be learnt and a place to do it.
    pub(super) fn read_on<B>(self, body: B)
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        let Self { office, call, facts } = self;
        let terminal = call.shared.is_terminal();
        let delivered = DropFacts { terminal, ..facts }.classify() == End::Complete || body.is_end_stream();
        // A drop by a panic stays one.
        if delivered || std::thread::panicking() || !call.is_live() {
            return;
        }
        match office.admit() {
            Ok((runtime, permit)) => {
                call.shared.client_left();
                let reading = read_to_the_end(body, call, Arc::clone(&office), permit);
                // A runtime that is shutting down drops the task, and so ends the call.
                office.tasks.spawn_on(reading, &runtime);
            }
            Err(reason) => call.shared.annotate(|notes| notes.drain = Some(reason)),
        }
    }
}
