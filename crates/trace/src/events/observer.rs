use std::fmt;
use std::sync::Arc;

use opentelemetry::logs::{AnyValue, Logger, LoggerProvider, Severity};
use opentelemetry::{InstrumentationScope, Key};
use tower_genai_core::{CallRecord, Observer, Profile};

use super::log::{Event, EventLog, LoggerLog, any};
use crate::attributes::{Attributes, ERROR_TYPE, exchange, gen_ai};
use crate::content::{Capture, event_attributes};

const DETAILS: &str = "gen_ai.client.inference.operation.details";
const EXCEPTION: &str = "gen_ai.client.operation.exception";

/// Tells a log of every model call that has ended.
///
/// ```
/// use opentelemetry_sdk::logs::SdkLoggerProvider;
/// use tower_genai_core::CallLayer;
/// use tower_genai_trace::events::EventObserver;
///
/// let provider = SdkLoggerProvider::builder().build();
/// let layer = CallLayer::client().with(EventObserver::new(&provider));
/// # drop(layer);
/// ```
#[derive(Clone)]
pub struct EventObserver {
    log: Arc<dyn EventLog>,
    profile: Profile,
    capture: Capture,
}

impl EventObserver {
    /// Events in the provider's logs, in the scope `tower-genai`.
    pub fn new<P>(provider: &P) -> Self
    where
        P: LoggerProvider,
        P::Logger: Send + Sync + 'static,
    {
        let scope = InstrumentationScope::builder("tower-genai").with_version(env!("CARGO_PKG_VERSION"));
        Self::from_logger(provider.logger_with_scope(scope.build()))
    }

    /// Events of the logger's, in its own scope.
    pub fn from_logger<L>(logger: L) -> Self
    where
        L: Logger + Send + Sync + 'static,
    {
        Self { log: Arc::new(LoggerLog(logger)), profile: Profile::default(), capture: Capture::NO_CONTENT }
    }

    /// Which names the attributes have; [`Profile::V1_41`] unless said otherwise.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Writes what is said in calls to the events of their details, if [`Capture::event`] says so; nothing of it unless
    /// said otherwise.
    #[must_use]
    pub fn capture(mut self, capture: Capture) -> Self {
        self.capture = capture;
        self
    }

    fn emit(
        &self,
        name: &'static str,
        severity: Severity,
        record: &CallRecord,
        attributes: Vec<(Key, AnyValue)>,
    ) {
        let at = record.started_at() + record.duration();
        self.log.emit(Event { name, severity, at, span: record.span(), attributes });
    }
}

impl Observer for EventObserver {
    fn name(&self) -> &'static str {
        "events"
    }

    fn content_limit(&self) -> usize {
        self.capture.limit(self.capture.event)
    }

    fn on_end(&self, record: &CallRecord) {
        if self.log.wants(DETAILS, Severity::Info) {
            let mut attributes = details(record, self.profile);
            if let Some(content) = record.content().filter(|_| self.capture.event) {
                attributes.extend(event_attributes(content, self.capture.max_bytes));
            }
            self.emit(DETAILS, Severity::Info, record, attributes);
        }
        if gen_ai::error(record).is_some() && self.log.wants(EXCEPTION, Severity::Warn) {
            self.emit(EXCEPTION, Severity::Warn, record, exception(record));
        }
    }
}

impl fmt::Debug for EventObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventObserver").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// What the span of the call says.
fn details(record: &CallRecord, profile: Profile) -> Vec<(Key, AnyValue)> {
    let mut attributes = Attributes::default();
    gen_ai::call(record, profile, &mut attributes);
    let exchange = record.exchange();
    let server = exchange.server.as_deref().unwrap_or_default();
    exchange::sent_to(server, exchange.https, &mut attributes);
    attributes.text(ERROR_TYPE, gen_ai::error(record));
    attributes.into_iter().map(|attribute| (attribute.key, any(attribute.value))).collect()
}

/// What went wrong, by its kind only: a message may repeat what was sent.
fn exception(record: &CallRecord) -> Vec<(Key, AnyValue)> {
    let kind = record.error_type().unwrap_or("_OTHER").to_owned();
    vec![
        (Key::from_static_str("exception.type"), kind.into()),
        (Key::from_static_str(gen_ai::OPERATION), record.operation().as_str().into()),
        (Key::from_static_str(gen_ai::PROVIDER), gen_ai::provider(record.likely_provider()).into()),
    ]
}
