use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, request};
use http_body::Body;
use tower_genai_wire::Api;

use super::Core;
use super::call_guard::CallGuard;
use super::exchange_guard::ExchangeGuard;
use super::facts::ExchangeFacts;
use super::party::Party;
use super::request_tap::RequestTap;
use crate::call::{CallHandle, Joining};
use crate::end::{End, Failure};
use crate::gate::asks_for_websocket;
use crate::session::{Part, SessionSlot};

/// What a future or a body carries for the tap.
#[derive(Debug, Default)]
pub(super) enum Tap {
    /// Nothing: it never had, or the end has been told.
    #[default]
    Idle,
    /// A plain exchange, or an attempt of a call another layer opened.
    Exchange(ExchangeGuard),
    /// A call this layer opened.
    Call(CallGuard),
    /// The request's body of a call this layer opened.
    Request(RequestTap),
}

impl Tap {
    /// A request has arrived at a layer: opens a call, joins one, or guards a plain exchange.
    pub(super) fn begin(core: &Arc<Core>, head: &mut request::Parts) -> Self {
        let facts = ExchangeFacts::of_request(core, head);
        if !core.per_attempt {
            let call = head.extensions.get::<CallHandle>().filter(|call| call.role() == core.role).cloned();
            if let Some(call) = call {
                match call.shared.join(core) {
                    Joining::Attempt(number) => {
                        let party = Party::begin(core, &mut facts.head(head, core.role, Some(&call), number));
                        return Self::Exchange(ExchangeGuard::attempt(party, facts, call.shared, number));
                    }
                    Joining::AlreadyWatching => return Self::Idle,
                    Joining::Refused => {}
                }
            }
        }
        if let Some(admitted) = core.admit(head, facts.is_grpc()) {
            if asks_for_websocket(head) && Api::recognise_session(head.uri.path()) == Some(admitted.api) {
                return Self::Call(CallGuard::open_asking(core, admitted, facts, head));
            }
            return Self::Call(CallGuard::open(core, admitted, facts, head));
        }
        let party = Party::begin(core, &mut facts.head(head, core.role, None, 0));
        Self::Exchange(ExchangeGuard::plain(party, facts))
    }

    /// What the request's body carries, given what the future carries.
    pub(super) fn for_request(&self) -> Option<RequestTap> {
        let Self::Call(guard) = self else { return None };
        guard.shared().map(|call| RequestTap::new(call.clone()))
    }

    pub(super) const fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    /// The layer's part, if a watch of it wants to be around calls and polls.
    #[inline]
    pub(super) fn watching_party(&mut self) -> Option<&mut Party> {
        let party = match self {
            Self::Exchange(guard) => guard.party(),
            Self::Call(guard) => guard.party(),
            Self::Idle | Self::Request(_) => None,
        };
        party.filter(|party| party.is_watching())
    }

    pub(super) fn on_head<B: Body>(&mut self, head: &Response<B>) {
        let length = head.body().size_hint().exact();
        match self {
            Self::Exchange(guard) => {
                guard.on_head(head, length);
            }
            Self::Call(guard) => guard.on_head_of(head, length),
            Self::Idle | Self::Request(_) => {}
        }
    }

    pub(super) fn on_data(&mut self, data: &Bytes) {
        match self {
            Self::Exchange(guard) => guard.on_data(data),
            Self::Call(guard) => guard.on_data(data),
            Self::Request(tap) => tap.on_data(data),
            Self::Idle => {}
        }
    }

    pub(super) fn on_trailers(&mut self, trailers: &HeaderMap) {
        match self {
            Self::Exchange(guard) => {
                if let Some(facts) = guard.facts() {
                    facts.on_trailers(trailers);
                }
            }
            Self::Call(guard) => guard.on_trailers(trailers),
            Self::Idle | Self::Request(_) => {}
        }
    }

    /// The connection has become another protocol's: what is carried is left to the session, if there is to be one.
    pub(super) fn upgrade<B>(&mut self, slot: Option<SessionSlot>, head: &Response<B>) {
        let part = match std::mem::take(self) {
            Self::Exchange(exchange) => Some(Part::new(exchange, None)),
            Self::Call(call) => match call.into_session() {
                Ok((exchange, asked)) => Some(Part::new(exchange, Some(asked))),
                Err(call) => {
                    call.end(End::Upgraded);
                    None
                }
            },
            Self::Idle | Self::Request(_) => None,
        };
        // Where there is no slot, or nobody who looks into it, the drop of the part ends the exchange.
        if let (Some(part), Some(slot)) = (part, slot) {
            slot.keep(part, head);
        }
    }

    /// Ends what is carried; afterwards nothing is.
    pub(super) fn end(&mut self, end: End) {
        match self {
            Self::Exchange(guard) => guard.end(end),
            Self::Call(guard) => guard.end_in_place(end),
            Self::Request(_) | Self::Idle => {}
        }
        *self = Self::Idle;
    }

    /// What a clone of a request's body carries: the same reading, begun anew. Guards are never cloned.
    pub(super) fn for_clone(&self) -> Self {
        match self {
            Self::Request(tap) => Self::Request(tap.clone()),
            Self::Idle | Self::Exchange(_) | Self::Call(_) => Self::Idle,
        }
    }
}

/// Ends the tap if a poll of the inner future or body panics.
pub(super) struct OnUnwind<'a>(pub(super) &'a mut Tap);

impl OnUnwind<'_> {
    pub(super) fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for OnUnwind<'_> {
    fn drop(&mut self) {
        self.0.end(End::Failed(Failure::Panic));
    }
}
