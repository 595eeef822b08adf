use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use tower_genai_wire::{Operation, RequestFacts, Usage};

use super::Shared;
use crate::exchange::Role;
use crate::record::{CallId, SpanRef};
use crate::verdict::Fault;

/// Takes part in a call: annotates its record, but cannot end it.
///
/// The layer that opens a call puts one into the request's extensions. A handler that calls a model itself reports it
/// there; what it says wins over what the bodies say. After the end of the call the setters do nothing.
///
/// ```
/// use tower_genai_core::{CallHandle, Usage};
///
/// async fn ask(call: CallHandle) -> &'static str {
///     // ... call the model with an SDK ...
///     call.set_request_model("gpt-4o-mini");
///     call.set_usage(Usage::new(12, 40));
///     "answer"
/// }
/// # drop(ask);
/// ```
#[derive(Clone)]
pub struct CallHandle {
    pub(crate) shared: Arc<Shared>,
}

impl CallHandle {
    /// The call's id.
    pub fn id(&self) -> CallId {
        self.shared.id()
    }

    /// Which side opened the call.
    pub fn role(&self) -> Role {
        self.shared.role()
    }

    /// The operation the gate found.
    pub fn operation(&self) -> Operation {
        self.shared.operation()
    }

    /// Whether the call has not ended yet.
    pub fn is_live(&self) -> bool {
        self.shared.is_live()
    }

    /// States the token counts, as reported.
    pub fn set_usage(&self, usage: Usage) {
        self.shared.annotate(|notes| notes.usage = Some(usage));
    }

    /// States `gen_ai.operation.name`.
    pub fn set_operation(&self, operation: Operation) {
        self.shared.annotate(|notes| notes.operation = Some(operation));
    }

    /// States `gen_ai.provider.name`.
    pub fn set_provider(&self, provider: impl Into<Arc<str>>) {
        let provider = provider.into();
        self.shared.annotate(|notes| notes.provider = Some(provider));
    }

    /// States `gen_ai.request.model`.
    pub fn set_request_model(&self, model: &str) {
        self.shared.annotate(|notes| notes.request_model = Some(CompactString::from(model)));
    }

    /// States `gen_ai.response.model`.
    pub fn set_response_model(&self, model: &str) {
        self.shared.annotate(|notes| notes.response_model = Some(CompactString::from(model)));
    }

    /// Names the span of the call; the first one stays, so that a server's span is not replaced by a part of it.
    pub fn set_span(&self, span: SpanRef) {
        self.shared.annotate(|notes| {
            notes.span.get_or_insert(span);
        });
    }

    /// The span that [`set_span`](Self::set_span) named; `None` when nobody has yet, or the call has ended.
    pub fn span(&self) -> Option<SpanRef> {
        let mut span = None;
        self.shared.annotate(|notes| span = notes.span);
        span
    }

    /// `gen_ai.provider.name` of the provider whose API the call speaks: a guess for where nobody says who serves it.
    pub fn api_provider(&self) -> Option<&'static str> {
        self.shared.api().provider()
    }

    /// What the request says, as far as its body has been sent; `None` when the call has ended. It is copied: this is
    /// for what happens rarely, such as an attempt that is not the last.
    pub fn request(&self) -> Option<RequestFacts> {
        self.shared.request()
    }

    /// Leaves something with the call, for [`CallRecord::extensions`](crate::CallRecord::extensions). What was there of
    /// that type is replaced.
    pub fn extend<T: Clone + Send + Sync + 'static>(&self, value: T) {
        let mut replaced = None;
        self.shared.annotate(|notes| replaced = notes.extensions.insert(value));
        // Only now, outside the lock: its drop is somebody else's code.
        drop(replaced);
    }

    /// What [`extend`](Self::extend) left; `None` when nobody has left such a thing, or the call has ended.
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        let mut found = None;
        self.shared.annotate(|notes| found = notes.extensions.get::<T>().cloned());
        found
    }

    /// Says what went wrong, when the one who knows is not the provider. The first fault stays.
    pub fn fail(&self, fault: Fault) {
        self.shared.annotate(|notes| {
            notes.extensions.get_or_insert_with(|| fault);
        });
    }
}

impl fmt::Debug for CallHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallHandle").field("id", &self.id()).field("role", &self.role()).finish()
    }
}
