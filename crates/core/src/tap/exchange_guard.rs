use std::sync::Arc;

use http::Response;

use super::facts::ExchangeFacts;
use super::party::Party;
use crate::call::Shared;
use crate::end::End;
use crate::exchange::Attempt;

/// Ends a plain exchange, or an attempt below a layer that joined a call.
#[derive(Debug)]
pub(crate) struct ExchangeGuard(Option<Running>);

#[derive(Debug)]
struct Running {
    party: Party,
    facts: ExchangeFacts,
    joined: Option<(Arc<Shared>, u32)>,
}

impl ExchangeGuard {
    pub(super) const fn plain(party: Party, facts: ExchangeFacts) -> Self {
        Self(Some(Running { party, facts, joined: None }))
    }

    pub(super) const fn attempt(party: Party, facts: ExchangeFacts, call: Arc<Shared>, number: u32) -> Self {
        Self(Some(Running { party, facts, joined: Some((call, number)) }))
    }

    #[inline]
    pub(super) fn party(&mut self) -> Option<&mut Party> {
        self.0.as_mut().map(|running| &mut running.party)
    }

    pub(super) fn on_data(&mut self, data: &[u8]) {
        if let Some(running) = &mut self.0
            && !running.joined.as_ref().is_some_and(|(call, _)| call.has_left())
        {
            running.facts.on_data(data);
        }
    }

    pub(super) fn on_head<B>(&mut self, head: &Response<B>, length: Option<u64>) {
        if let Some(running) = &mut self.0 {
            running.facts.on_head(head, length);
            running.party.on_head(head);
        }
    }

    pub(super) fn facts(&mut self) -> Option<&mut ExchangeFacts> {
        self.0.as_mut().map(|running| &mut running.facts)
    }

    /// So many bytes have been handed on, after the exchange has become another protocol's.
    pub(crate) fn on_bytes(&mut self, bytes: u64) {
        if let Some(facts) = self.facts() {
            facts.on_bytes(bytes);
        }
    }

    /// Ends the exchange; a second time does nothing.
    pub(crate) fn end(&mut self, end: End) {
        if let Some(running) = self.0.take() {
            running.end(end);
        }
    }
}

impl Drop for ExchangeGuard {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            let terminal = running.joined.as_ref().is_some_and(|(call, _)| call.is_terminal());
            let end = running.facts.dropped(terminal);
            running.end(end);
        }
    }
}

impl Running {
    #[inline]
    fn end(self, end: End) {
        let Self { mut party, facts, joined } = self;
        let left_at = joined.as_ref().and_then(|(call, _)| call.left_at());
        let (ended, end) = left_at.map_or_else(|| (party.core().clock.now(), end), |at| (at, End::Dropped));
        let exchange = facts.into_exchange(party.core().role, ended, end);
        match joined {
            None => party.on_exchange(&exchange),
            Some((call, number)) => {
                party.on_attempt(&Attempt { number, exchange });
                // What comes back, an earlier attempt's part or this one, is dropped here, outside the lock.
                drop(call.leave(party));
            }
        }
    }
}
