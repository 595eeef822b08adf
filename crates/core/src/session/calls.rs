use std::collections::VecDeque;

use compact_str::CompactString;
use smallvec::SmallVec;
use tower_genai_wire::realtime::{ClientEvent, ServerEvent, SessionFacts};
use tower_genai_wire::{Api, Operation, ReplyFacts, RequestFacts};

use super::asked::requested_model;
use super::{Asked, SessionEnd, SessionId};
use crate::clock::Instant;
use crate::end::End;
use crate::session::Within;
use crate::tap::CallGuard;

/// The calls that are made over a session.
///
/// In the realtime API a call is a response, from `response.created` to `response.done`, whoever asked for it, and
/// each transcription of what the user said. In the Responses API a call begins when the client asks for it; the
/// server answers one after the other.
pub(super) struct Calls {
    asked: Asked,
    id: SessionId,
    facts: SessionFacts,
    /// What clients asked for that the server has not begun.
    waiting: VecDeque<Call>,
    /// What the server has begun.
    open: SmallVec<[Call; 1]>,
    /// When items were committed that may be transcribed.
    committed: VecDeque<(CompactString, Instant)>,
    /// Who was the first to send a close frame.
    closed: Option<SessionEnd>,
}

struct Call {
    id: Option<CompactString>,
    guard: CallGuard,
}

/// More than any server runs at a time, and more than a client should have waiting. What is beyond is recorded when it
/// ends.
const MOST: usize = 64;

impl Calls {
    pub(super) fn new(asked: Asked) -> Self {
        let facts = SessionFacts::default();
        Self {
            asked,
            id: SessionId::random(),
            facts,
            waiting: VecDeque::new(),
            open: SmallVec::new(),
            committed: VecDeque::new(),
            closed: None,
        }
    }

    pub(super) fn on_client(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Create { facts, wire_bytes } if self.waiting.len() < MOST => {
                let call = self.begin(None, *facts, wire_bytes);
                self.waiting.push_back(call);
            }
            ClientEvent::Closed => _ = self.closed.get_or_insert(SessionEnd::Client),
            _ => {}
        }
    }

    pub(super) fn on_server(&mut self, event: ServerEvent) {
        match event {
            ServerEvent::Session(SessionFacts { model, transcription_model, .. }) => {
                self.facts.model = model.or(self.facts.model.take());
                self.facts.transcription_model =
                    transcription_model.or(self.facts.transcription_model.take());
            }
            ServerEvent::Created { facts } if self.open.len() < MOST => {
                let mut call = self.next(facts.id.clone());
                call.say(*facts);
                self.open.push(call);
            }
            ServerEvent::Output { response, wire_bytes } => {
                if let Some(call) = self.find(response.as_ref()).and_then(|at| self.open.get_mut(at)) {
                    call.guard.on_part(wire_bytes, true);
                }
            }
            ServerEvent::Ended { facts, wire_bytes } => {
                let found = self.find(facts.id.as_ref()).map(|at| self.open.remove(at));
                let mut call = found.unwrap_or_else(|| self.next(facts.id.clone()));
                call.say(*facts);
                self.end_call(call, wire_bytes);
            }
            // In the realtime API an error concerns an event of the client's, and ends no response.
            ServerEvent::Failed { error, wire_bytes } if self.asked.admitted.api == Api::OpenAiResponses => {
                let found = if self.open.is_empty() { None } else { Some(self.open.remove(0)) };
                if let Some(mut call) = found.or_else(|| self.waiting.pop_front()) {
                    if let Some(within) = call.guard.within() {
                        within.reply.error = error.or(Some(CompactString::const_new("_OTHER")));
                    }
                    self.end_call(call, wire_bytes);
                }
            }
            ServerEvent::Committed { item } => {
                self.committed.truncate(MOST - 1);
                self.committed.push_front((item, self.asked.core.clock.now()));
            }
            ServerEvent::Transcribed { item, facts, wire_bytes } => {
                self.transcribed(item, *facts, wire_bytes);
            }
            ServerEvent::Closed => _ = self.closed.get_or_insert(SessionEnd::Server),
            ServerEvent::Unreadable => {
                for within in self.open.iter_mut().filter_map(|call| call.guard.within()) {
                    within.reply.unreadable = true;
                }
            }
            _ => {}
        }
    }

    pub(super) fn end(mut self, end: SessionEnd) {
        let (end, fault) = self.closed.unwrap_or(end).of_call();
        for mut call in std::mem::take(&mut self.open).into_iter().chain(std::mem::take(&mut self.waiting)) {
            if let (Some(fault), Some(handle)) = (&fault, call.guard.handle()) {
                handle.fail(fault.clone());
            }
            self.name(&mut call);
            call.guard.end(end);
        }
    }

    /// The call that the server begins now, or has ended without having said that it began.
    fn next(&mut self, id: Option<CompactString>) -> Call {
        match self.waiting.pop_front() {
            Some(waiting) => Call { id, ..waiting },
            None => self.begin(id, RequestFacts::default(), 0),
        }
    }

    fn begin(&self, id: Option<CompactString>, request: RequestFacts, request_bytes: u64) -> Call {
        let within = self.within(request, request_bytes);
        Call { id, guard: self.asked.open(None, within, None) }
    }

    fn within(&self, mut request: RequestFacts, request_bytes: u64) -> Within {
        request.model = request.model.or_else(|| requested_model(&self.asked.head.uri));
        let mut reply = ReplyFacts::default();
        reply.streamed = true;
        Within { session: self.id, request, request_bytes, reply }
    }

    /// Where the response with that id is among those that are open. The Responses API does not say in every event
    /// which one it is about, and has only one at a time.
    fn find(&self, response: Option<&CompactString>) -> Option<usize> {
        match response {
            Some(id) => self.open.iter().position(|call| call.id.as_ref() == Some(id)),
            None => self.open.len().checked_sub(1),
        }
    }

    fn end_call(&self, mut call: Call, wire_bytes: u64) {
        call.guard.on_part(wire_bytes, false);
        self.name(&mut call);
        call.guard.end(End::Complete);
    }

    /// The realtime API says once for all responses which model it is that answers.
    fn name(&self, call: &mut Call) {
        if let Some(within) = call.guard.within() {
            let model = &self.facts.model;
            within.reply.model = within.reply.model.take().or_else(|| model.clone());
            within.request.model = within.request.model.take().or_else(|| model.clone());
        }
    }

    fn transcribed(&mut self, item: CompactString, mut reply: ReplyFacts, wire_bytes: u64) {
        let committed = self.committed.iter().position(|(committed, _)| *committed == item);
        let started = committed.and_then(|at| self.committed.remove(at)).map(|(_, at)| at);
        let mut request = RequestFacts::default();
        request.model.clone_from(&self.facts.transcription_model);
        reply.model.clone_from(&self.facts.transcription_model);
        reply.id = Some(item);
        let within = Within { session: self.id, request, request_bytes: 0, reply };
        let mut guard = self.asked.open(Some(Operation::GenerateContent), within, started);
        guard.on_part(wire_bytes, false);
        guard.end(End::Complete);
    }
}

impl Call {
    /// Takes what an event says about the whole response; what it does not repeat stays.
    fn say(&mut self, facts: ReplyFacts) {
        if let Some(within) = self.guard.within() {
            let before = std::mem::replace(&mut within.reply, facts);
            let reply = &mut within.reply;
            reply.id = reply.id.take().or(before.id);
            reply.model = reply.model.take().or(before.model);
            reply.service_tier = reply.service_tier.take().or(before.service_tier);
            reply.unreadable |= before.unreadable;
        }
    }
}
