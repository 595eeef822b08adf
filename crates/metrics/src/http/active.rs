use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tower_genai_scrape::{Encoder, Family, Name};

use super::method::{MethodLabel, scheme};
use super::requests::address_and_port;
use crate::series::{Census, Key, LabelSets, OpenLabel};

/// Requests under way.
pub(super) struct Active {
    /// Those without a server's address: servers have none, and they are the hot path. One look-up less.
    local: [[Gauge; 2]; MethodLabel::NAMES.len()],
    remote: LabelSets<(MethodLabel, bool), Gauge, 1>,
}

/// A gauge as two counters, so that one that is back to zero is told from one that was never used.
#[derive(Default)]
struct Gauge {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Gauge {
    /// `None` when nothing ever began.
    fn get(&self) -> Option<u64> {
        // In this order: an end that is seen has its begin seen too.
        let ended = self.ended.load(Relaxed);
        let begun = self.begun.load(Relaxed);
        (begun > 0).then(|| begun.saturating_sub(ended))
    }
}

impl Active {
    pub(super) fn new(metric: Name, budget: usize) -> Self {
        Self { local: Default::default(), remote: LabelSets::new(metric, [OpenLabel::Server], budget) }
    }

    pub(super) fn begin(&self, method: MethodLabel, https: bool, server: &str) {
        self.with(method, https, server, |gauge| gauge.begun.fetch_add(1, Relaxed));
    }

    pub(super) fn end(&self, method: MethodLabel, https: bool, server: &str) {
        self.with(method, https, server, |gauge| gauge.ended.fetch_add(1, Relaxed));
    }

    /// The same labels find the same gauge at the begin and at the end: label sets are never taken away, and one that
    /// was folded at the begin finds the budget still used up at the end.
    fn with(&self, method: MethodLabel, https: bool, server: &str, then: impl FnOnce(&Gauge) -> u64) {
        if server.is_empty() {
            then(&self.local[method.index()][usize::from(https)]);
        } else {
            let key = Key { closed: (method, https), open: [server] };
            self.remote.with(key, |_| Gauge::default(), then);
        }
    }

    pub(super) fn collect(&self, encoder: &mut Encoder<'_>, family: &Family) {
        // A server's family has the first two labels only.
        let labels = family.labels().len();
        let mut samples = encoder.family(family);
        for (method, gauges) in MethodLabel::NAMES.iter().zip(&self.local) {
            for (https, gauge) in [false, true].into_iter().zip(gauges) {
                if let Some(value) = gauge.get() {
                    samples.value(&[method, scheme(https), "", ""][..labels], value);
                }
            }
        }
        self.remote.show(|sets| {
            for (key, gauge) in sets {
                let ((method, https), [server]) = (key.closed, key.open());
                let (address, port) = address_and_port(server, https);
                if let Some(value) = gauge.get() {
                    samples.value(&[method.as_str(), scheme(https), address, port][..labels], value);
                }
            }
        });
    }

    pub(super) const fn census(&self) -> &dyn Census {
        &self.remote
    }
}
