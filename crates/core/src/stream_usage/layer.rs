use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use super::StreamUsage;
use super::memory::Memory;
use crate::clock::Clock;

/// Asks for the usage of streams whose clients did not, and takes the extra event out of their replies.
///
/// See [the module](super) for what it does and where it stands. What it learns about upstreams is shared by all
/// services that it, or a clone of it, is put around. Bodies must be `Unpin`, as those of hyper and axum and boxed ones
/// are, and the service `Clone`, which is cloned for requests that may have to be edited only.
#[derive(Clone, Debug)]
pub struct StreamUsageLayer {
    memory: Arc<Memory>,
    enabled: bool,
}

impl StreamUsageLayer {
    /// A layer that knows nothing about any upstream yet.
    pub fn new() -> Self {
        Self { memory: Arc::default(), enabled: true }
    }

    /// Whether anything is done at all, for a stack whose type is not to hang on a setting.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// For how long an upstream that rejects the field is left alone; an hour unless said otherwise.
    #[must_use]
    pub fn try_again_after(mut self, period: Duration) -> Self {
        Arc::make_mut(&mut self.memory).period = period;
        self
    }

    /// Reads the given clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        Arc::make_mut(&mut self.memory).clock = clock;
        self
    }
}

impl Default for StreamUsageLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for StreamUsageLayer {
    type Service = StreamUsage<S>;

    fn layer(&self, inner: S) -> StreamUsage<S> {
        StreamUsage::new(inner, self.memory.clone(), self.enabled)
    }
}
