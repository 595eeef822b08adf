use std::sync::{Arc, OnceLock};

use super::CallHandle;

/// A place for the handle of a call that has not been opened yet.
///
/// A layer that stands further out than the tower-genai layers and wants to annotate the record puts an empty slot
/// into the request's extensions, keeps a clone, and finds the handle in it once a call has been opened.
///
/// ```
/// use tower_genai_core::CallSlot;
///
/// let slot = CallSlot::new();
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(slot.clone());
/// // ... the request passes the layers ...
/// if let Some(call) = slot.get() {
///     call.set_response_model("gpt-4o-mini");
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallSlot(Arc<OnceLock<CallHandle>>);

impl CallSlot {
    /// An empty slot.
    pub fn new() -> Self {
        Self::default()
    }

    /// The handle, once a call has been opened.
    pub fn get(&self) -> Option<&CallHandle> {
        self.0.get()
    }

    pub(crate) fn fill(&self, handle: &CallHandle) {
        // A slot that a retry brings along a second time keeps its first call.
        let _ = self.0.set(handle.clone());
    }
}
