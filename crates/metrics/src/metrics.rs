use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tower_genai_core::{Exchange, Head, Role, SelfCheck};
use tower_genai_scrape::{Encoder, Family, Source};

use crate::buckets::Buckets;
use crate::gen_ai::GenAi;
use crate::http::Http;
use crate::rpc::Rpc;
use crate::series::{Census, Reserved};
use crate::{MetricsBuilder, MetricsObserver, own};

/// All series of a process, and the [`Source`] that shows them.
///
/// A clone shows and fills the same series: one store makes the layers of servers and clients. See the
/// [crate's documentation](crate) for an example.
#[derive(Clone)]
pub struct Metrics {
    store: Arc<Store>,
}

pub(crate) struct Store {
    reserved: Reserved,
    http: [Http; 2],
    rpc: [Rpc; 2],
    gen_ai: GenAi,
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
        Self::with(&Buckets::default(), crate::DEFAULT_SERIES_BUDGET, Reserved::default(), String::new())
    }

    /// A store with other buckets, another budget, or reserved values.
    pub fn builder() -> MetricsBuilder {
        MetricsBuilder::default()
    }

    pub(crate) fn with(buckets: &Buckets, budget: usize, reserved: Reserved, revision: String) -> Self {
        let http = [Role::Server, Role::Client].map(|role| Http::new(role, buckets, budget));
        let rpc = [Role::Server, Role::Client].map(|role| Rpc::new(role, buckets, budget));
        let families = http
            .iter()
            .flat_map(Http::families)
            .chain(rpc.iter().map(Rpc::family).cloned())
            .chain(GenAi::families().cloned())
            .chain(own::FAMILIES.iter().cloned())
            .collect();
        Self {
            store: Arc::new(Store {
                reserved,
                http,
                rpc,
                gen_ai: GenAi::new(buckets, budget),
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
        store.http.iter().for_each(|http| http.collect(encoder, &mut room));
        store.rpc.iter().for_each(|rpc| rpc.collect(encoder, &mut room));
        store.gen_ai.collect(encoder, &mut room);
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
        self.http[index(head.role())].begin(head, &self.reserved);
    }

    pub(crate) fn exchange(&self, exchange: &Exchange) {
        let role = index(exchange.role);
        self.http[role].end(exchange, &self.reserved);
        if exchange.grpc {
            self.rpc[role].record(exchange, &self.reserved);
        } else {
            self.http[role].record(exchange, &self.reserved);
        }
    }

    pub(crate) fn call(&self, record: &tower_genai_core::CallRecord) {
        self.note_role(record.role());
        self.gen_ai.record(record, &self.reserved);
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
        http.chain(self.rpc.iter().map(Rpc::census)).chain(self.gen_ai.censuses()).collect()
    }
}
