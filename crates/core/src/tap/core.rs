use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use tower_genai_wire::DecoderBudget;

use super::shielded;
use crate::clock::Clock;
use crate::content::Redact;
use crate::exchange::Role;
use crate::gate::{Admitted, Gate};
use crate::observer::Observer;
use crate::route::Interner;
use crate::self_check::SelfCheck;

type RouteOf = dyn for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync;

/// What all clones of one layer share. Its address is the layer's identity.
#[derive(Clone)]
pub(crate) struct Core {
    pub(crate) role: Role,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) gate: Gate,
    pub(crate) route: Option<Arc<RouteOf>>,
    pub(crate) per_attempt: bool,
    /// How much text the observers want.
    pub(crate) text_limit: u32,
    /// How much content they want.
    pub(crate) content_limit: u32,
    /// In the order in which they are to run.
    pub(crate) redacts: Vec<Arc<dyn Redact>>,
    /// By which sizes the observers want times between chunks to be counted.
    pub(crate) chunk_bounds: Option<Arc<[f64]>>,
    pub(crate) https: bool,
    pub(crate) clock: Clock,
    pub(crate) self_check: SelfCheck,
    pub(crate) decoder_budget: DecoderBudget,
    pub(crate) texts: Arc<Interner>,
}

impl Core {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            observers: Vec::new(),
            gate: Gate::default(),
            route: None,
            per_attempt: false,
            text_limit: 0,
            content_limit: 0,
            redacts: Vec::new(),
            chunk_bounds: None,
            https: false,
            clock: Clock::new(),
            self_check: SelfCheck::new(),
            decoder_budget: DecoderBudget::default(),
            texts: Arc::default(),
        }
    }
}

impl Core {
    /// What the user's extractor finds. It is their code on the traffic's path, like an observer.
    pub(super) fn route_of<'a>(&self, head: &'a Parts) -> Option<&'a str> {
        let route = self.route.as_ref()?;
        let mut found = None;
        shielded(self, "route", || found = route(head));
        found
    }

    /// What the gate finds. A judge of the user's that panics has found nothing, and no call is lost by it.
    pub(super) fn admit(&self, head: &Parts, grpc: bool) -> Option<Admitted> {
        let mut judged = None;
        if self.gate.has_judge() {
            shielded(self, "gate", || judged = self.gate.judged(head));
        }
        judged.or_else(|| self.gate.known(head, grpc))
    }

    /// The name of the observer in that place.
    pub(super) fn observer_name(&self, place: u32) -> &'static str {
        let observer = usize::try_from(place).ok().and_then(|place| self.observers.get(place));
        observer.map_or("unknown", |observer| observer.name())
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("role", &self.role)
            .field("observers", &self.observers.iter().map(|observer| observer.name()).collect::<Vec<_>>())
            .field("gate", &self.gate)
            .field("per_attempt", &self.per_attempt)
            .finish_non_exhaustive()
    }
}
