use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tower_genai_core::{Exchange, Head, Role, SelfCheck};
use tower_genai_scrape::{Encoder, Family, Source};

use crate::calls::{Calls, Drains, Facts};
use crate::catalogue::{Applied, CustomLabels};
use crate::http::Http;
use crate::litellm::Callbacks;
use crate::overhead::Overhead;
use crate::plan::Plan;
use crate::rpc::Rpc;
use crate::series::Census;
use crate::{MetricsBuilder, MetricsObserver, Naming, litellm, own};

/// All series of a process, and the [`Source`] that shows them.
///
/// A clone shows and fills the same series: one store makes the layers of servers and clients. See the
/// [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Metrics {
    store: Arc<Store>,
}

pub(crate) struct Store {
    naming: Naming,
    http: [Http; 2],
    rpc: [Rpc; 2],
    calls: Calls,
    custom: CustomLabels,
    drains: Drains,
    overhead: Option<Overhead>,
    callbacks: Callbacks,
    self_check: SelfCheck,
    families: Vec<Family>,
    revision: String,
    roles: [AtomicBool; 2],
    said_both_roles: AtomicBool,
}

impl Metrics {
    /// A store with the conventions' buckets and a budget of
    /// [`DEFAULT_SERIES_BUDGET`](crate::DEFAULT_SERIES_BUDGET) label sets per metric.
    pub fn new() -> Self {
        Self::with(Plan::default())
    }

    /// A store with other buckets, another budget, or reserved values.
    pub fn builder() -> MetricsBuilder {
        MetricsBuilder::default()
    }

    pub(crate) fn with(plan: Plan) -> Self {
        let Plan { buckets, budget, naming, callbacks, applied, options, reserved, revision, clock } = plan;
        let Applied { definitions, custom, allowed, hidden } = applied;
        let http = [Role::Server, Role::Client].map(|role| Http::new(role, &buckets, budget));
        let rpc = [Role::Server, Role::Client].map(|role| Rpc::new(role, &buckets, budget));
        let overhead = options.overhead.then(|| Overhead::new(buckets.overhead.clone(), clock.clone()));
        let calls = Calls::new(definitions, budget, reserved, allowed, options, clock);
        let exchanges = http.iter().flat_map(Http::families).chain(rpc.iter().map(Rpc::family).cloned());
        let litellm = litellm::families().iter().filter(|_| naming.has_litellm()).cloned();
        let shown = |family: &Family| !hidden.iter().any(|name| name == family.name());
        let families = exchanges
            .filter(|_| naming.has_otel())
            .filter(shown)
            .chain(calls.families().cloned())
            .chain(litellm.filter(shown))
            .chain([Drains::family().clone()].into_iter().filter(shown))
            .chain(overhead.iter().map(|_| Overhead::family().clone()).filter(shown))
            .chain(own::FAMILIES.iter().cloned())
            .collect();
        Self {
            store: Arc::new(Store {
                naming,
                http,
                rpc,
                calls,
                custom,
                drains: Drains::default(),
                overhead,
                callbacks,
                self_check: SelfCheck::new(),
                families,
                revision,
                roles: Default::default(),
                said_both_roles: AtomicBool::new(false),
            }),
        }
    }

    /// An observer for a [`CallLayer`](tower_genai_core::CallLayer) that has others as well. Give that layer the
    /// [`self_check`](Self::self_check) too; [`MetricsLayer`](crate::MetricsLayer) does both.
    ///
    /// ```
    /// use tower_genai_core::CallLayer;
    /// use tower_genai_metrics::Metrics;
    ///
    /// let metrics = Metrics::new();
    /// let layer = CallLayer::server().self_check(metrics.self_check()).with(metrics.observer());
    /// # drop(layer);
    /// ```
    pub fn observer(&self) -> MetricsObserver {
        MetricsObserver::new(self.store.clone())
    }

    /// The counters of calls opened, in flight and recorded that this store shows.
    pub fn self_check(&self) -> SelfCheck {
        self.store.self_check.clone()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sets: usize = self.store.censuses().iter().map(|census| census.size()).sum();
        f.debug_struct("Metrics").field("label_sets", &sets).finish_non_exhaustive()
    }
}

impl Source for Metrics {
    fn families(&self) -> &[Family] {
        &self.store.families
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let store = &*self.store;
        let mut room = Vec::new();
        if store.naming.has_otel() {
            store.http.iter().for_each(|http| http.collect(encoder, &mut room));
            store.rpc.iter().for_each(|rpc| rpc.collect(encoder, &mut room));
        }
        store.calls.collect(encoder, &mut room);
        if store.naming.has_litellm() {
            litellm::collect(encoder, &store.callbacks, &store.self_check);
        }
        store.drains.collect(encoder);
        if let Some(overhead) = &store.overhead {
            overhead.collect(encoder, &mut room);
        }
        own::collect(encoder, &store.self_check, &store.censuses(), &store.revision);
    }
}

const fn index(role: Role) -> usize {
    match role {
        Role::Server => 0,
        Role::Client => 1,
    }
}

impl Store {
    pub(crate) fn begin(&self, head: &Head<'_>) {
        if self.naming.has_otel() {
            self.http[index(head.role())].begin(head);
        }
    }

    /// Whether any metric of calls looks at when their requests arrived.
    pub(crate) const fn shows_arrivals(&self) -> bool {
        self.naming.has_litellm()
    }

    /// What the operator's own labels show of a request's head is left with its call.
    pub(crate) fn pick(&self, head: &Head<'_>) {
        if let Some(call) = head.call() {
            self.custom.pick(self.address(), head.parts, call);
        }
    }

    /// Tells this store from others that the same call is told to.
    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(crate) fn exchange(&self, exchange: &Exchange) {
        if !self.naming.has_otel() {
            return;
        }
        let role = index(exchange.role);
        self.http[role].end(exchange);
        if exchange.grpc {
            self.rpc[role].record(exchange);
        } else {
            self.http[role].record(exchange);
        }
    }

    pub(crate) fn call(&self, record: &tower_genai_core::CallRecord) {
        self.note_role(record.role());
        let raised = self.naming.has_litellm().then(|| litellm::exception_class(record));
        let custom = self.custom.values(self.address(), record);
        self.calls.record(Facts {
            record,
            custom: &custom,
            exception: raised.as_deref().unwrap_or_default(),
            hashed_key: self.calls.hashed_key(record),
        });
        self.drains.record(record);
    }

    pub(crate) const fn overhead(&self) -> Option<&Overhead> {
        self.overhead.as_ref()
    }

    pub(crate) fn chunk_bounds(&self) -> Vec<f64> {
        self.calls.chunk_bounds()
    }

    fn note_role(&self, role: Role) {
        let seen = &self.roles[index(role)];
        if seen.load(Relaxed) {
            return;
        }
        seen.store(true, Relaxed);
        if self.roles.iter().all(|seen| seen.load(Relaxed)) && !self.said_both_roles.swap(true, Relaxed) {
            tracing::warn!(
                "model calls are recorded on the server's and on the client's side into one store, so sums over the \
                 `role` label count them twice: add `.exchange_only()` to one side's layers, or query one role"
            );
        }
    }

    fn censuses(&self) -> Vec<&dyn Census> {
        let http = self.http.iter().flat_map(Http::censuses);
        let exchanges = http.chain(self.rpc.iter().map(Rpc::census)).filter(|_| self.naming.has_otel());
        let shown =
            |census: &&dyn Census| self.families.iter().any(|family| family.name() == census.metric());
        exchanges.filter(shown).chain(self.calls.censuses()).collect()
    }
}
