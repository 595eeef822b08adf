//! What is said in calls, for observers that ask for it, and who may change it before they see it.
//!
//! Nothing of it is kept unless an observer asks with [`Observer::content_limit`](crate::Observer::content_limit). It is
//! then part of the record ([`CallRecord::content`](crate::CallRecord::content)), after every [`Redact`] of the layers
//! that take part has seen it:
//!
//! ```
//! use tower_genai_core::{CallLayer, CallRecord, Observer};
//!
//! struct Print;
//! impl Observer for Print {
//!     fn name(&self) -> &'static str {
//!         "print"
//!     }
//!     fn content_limit(&self) -> usize {
//!         16 * 1024
//!     }
//!     fn on_end(&self, record: &CallRecord) {
//!         for message in record.content().iter().flat_map(|content| &content.output_messages) {
//!             println!("{} said {} parts", message.role, message.parts.len());
//!         }
//!     }
//! }
//!
//! let layer = CallLayer::client().with(Print).redact(|content: &mut tower_genai_core::Content| {
//!     content.for_each_text(&mut |text| *text = text.replace("Ada", "..."));
//! });
//! # drop(layer);
//! ```

use std::sync::Arc;

use tower_genai_wire::KeptText;
pub use tower_genai_wire::content::{Content, Json, Message, Part};

use crate::call::Joined;
use crate::tap::{Core, shielded};

/// Takes out of the content of a call what nobody may see. Any function of `&mut Content` is one.
///
/// It sees all that leaves: every observer is shown what it has left, and no text is cut in between but where a side of
/// the call is larger than the [limit](crate::Observer::content_limit), at a space. It runs on the I/O path once for a
/// call, and must not block. Where it panics nobody sees anything, and the panic is counted, as those of observers are,
/// under the name `redact`.
pub trait Redact: Send + Sync + 'static {
    /// Changes the content; see [`Content::for_each_text`].
    fn redact(&self, content: &mut Content);
}

impl<F: Fn(&mut Content) + Send + Sync + 'static> Redact for F {
    fn redact(&self, content: &mut Content) {
        self(content);
    }
}

impl Redact for Arc<dyn Redact> {
    fn redact(&self, content: &mut Content) {
        self.as_ref().redact(content);
    }
}

/// No more than this is kept of the content of a request or a reply, whatever observers ask for.
pub(crate) const MOST_CONTENT: u32 = 128 * 1024;

/// The name under which a panic of a [`Redact`] is counted.
const REDACT: &str = "redact";

/// What the readers have kept of one side of a call.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) text: Option<KeptText>,
    pub(crate) content: Option<Content>,
}

/// Puts both sides together and shows them to whoever may change them.
pub(crate) fn of_call(
    request: Option<Content>,
    reply: Option<Content>,
    opener: &Core,
    joined: &[Joined],
) -> Option<Box<Content>> {
    let mut content = match (request, reply) {
        (Some(request), Some(reply)) => request.and(reply),
        (request, reply) => request.or(reply)?,
    };
    let cores = joined.iter().map(|joined| joined.party.core().as_ref());
    for core in std::iter::once(opener).chain(cores) {
        for redact in &core.redacts {
            let mut whole = false;
            shielded(core, REDACT, || {
                redact.redact(&mut content);
                whole = true;
            });
            if !whole {
                return None;
            }
        }
    }
    // Not before: a secret that is whole must be seen whole.
    content.trim_cuts();
    Some(Box::new(content))
}
