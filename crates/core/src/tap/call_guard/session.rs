//! Calls that ask for a session, and calls within one.

use std::sync::Arc;

use http::request;

use super::{CallGuard, Opening, Running, Tie};
use crate::call::Joining;
use crate::clock::Instant;
use crate::gate::Admitted;
use crate::session::{Asked, Within, kept_head, requested_model};
use crate::tap::exchange_guard::ExchangeGuard;
use crate::tap::facts::ExchangeFacts;
use crate::tap::{Core, Party};

impl CallGuard {
    /// For a request that asks for a session. When it is refused it is a failed call, and when it is granted it is none.
    pub(in crate::tap) fn open_asking(
        core: &Arc<Core>,
        admitted: Admitted,
        facts: ExchangeFacts,
        head: &mut request::Parts,
    ) -> Self {
        let mut running = Running::open(core, admitted, facts, head, Opening::Asks);
        if let Some(model) = requested_model(&head.uri) {
            running.shared.annotate(|notes| notes.request_model = Some(model));
        }
        let kept = kept_head(head, &running.caller, &running.upstream);
        running.tie = Some(Tie::Asks(Box::new(kept)));
        Self(Some(running))
    }

    /// For a response within a session that began at `started`, or else now.
    pub(crate) fn open_within(
        core: &Arc<Core>,
        admitted: Admitted,
        head: &mut request::Parts,
        within: Within,
        started: Option<Instant>,
    ) -> Self {
        let facts = ExchangeFacts::of_request(core, head);
        let started = started.unwrap_or_else(|| facts.started());
        let opening = Opening::Within(within.session);
        let mut running = Running::open(core, admitted, facts.in_session(started), head, opening);
        running.tie = Some(Tie::Within(Box::new(within)));
        Self(Some(running))
    }

    /// Lets another layer's observers take part in a response within a session.
    pub(crate) fn joined_by(&mut self, core: &Arc<Core>, head: &mut request::Parts) {
        let Some(handle) = self.handle() else { return };
        let session = self.within().map(|within| within.session);
        let Some(running) = &self.0 else { return };
        if let Joining::Attempt(number) = running.shared.join(core) {
            let mut seen = running.facts.head(head, core.role, Some(&handle), number);
            seen.session = session;
            seen.started_at = Some(running.started_at);
            let party = Party::begin(core, &mut seen);
            drop(running.shared.leave(party));
        }
    }

    /// What the events of the session say about the response.
    pub(crate) fn within(&mut self) -> Option<&mut Within> {
        match self.0.as_mut()?.tie.as_mut()? {
            Tie::Within(within) => Some(within),
            Tie::Asks(_) => None,
        }
    }

    /// A part of the response has been handed on: so many bytes, with output or without.
    pub(crate) fn on_part(&mut self, bytes: u64, output: bool) {
        let Some(running) = &mut self.0 else { return };
        running.facts.on_bytes(bytes);
        if output {
            running.on_output(true, 1);
        }
    }

    /// A session has been granted. If that is what was asked for, no call has been made: what is left is the exchange,
    /// and what the calls of the session begin with.
    ///
    /// # Errors
    ///
    /// The guard itself, of a call that did not ask for one.
    pub(in crate::tap) fn into_session(mut self) -> Result<(ExchangeGuard, Asked), Self> {
        let Some(mut running) = self.0.take() else { return Err(self) };
        let head = match running.tie.take() {
            Some(Tie::Asks(head)) => *head,
            other => {
                running.tie = other;
                self.0 = Some(running);
                return Err(self);
            }
        };
        let Running { party, shared, facts, admitted, .. } = *running;
        let others = shared.settle().joined.iter().map(|joined| joined.party.core().clone()).collect();
        let asked = Asked { core: party.core().clone(), others, admitted, head };
        Ok((ExchangeGuard::plain(party, facts), asked))
    }
}

impl Running {
    /// What asked for a session has turned out to be a call, or another call never was in doubt.
    pub(super) fn is_a_call(&mut self) {
        if matches!(self.tie, Some(Tie::Asks(_))) {
            self.tie = None;
            self.shared.count();
        }
    }

    pub(super) fn take_within(&mut self) -> Option<Box<Within>> {
        match self.tie.take()? {
            Tie::Within(within) => Some(within),
            Tie::Asks(_) => None,
        }
    }
}
