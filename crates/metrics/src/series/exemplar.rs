use std::fmt::Write;
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::SystemTime;

use tower_genai_core::SpanRef;
use tower_genai_scrape::Exemplar;

/// Where an observation can be looked at, and when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) span: SpanRef,
    pub(crate) at: SystemTime,
}

/// The newest observation of each of several places that can be looked at.
///
/// It takes no memory before there is one, and whoever has one never waits: where another is just being noted, or read,
/// the new one is left out.
#[derive(Default)]
pub(crate) struct Exemplars(Mutex<Option<Box<[Option<Noted>]>>>);

#[derive(Clone, Copy)]
struct Noted {
    value: f64,
    mark: Mark,
}

impl Exemplars {
    /// Notes an observation in one of so many places.
    pub(crate) fn note(&self, place: usize, places: usize, value: f64, mark: &Mark) {
        let mut noted = match self.0.try_lock() {
            Ok(noted) => noted,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let noted = noted.get_or_insert_with(|| std::iter::repeat_n(None, places).collect());
        if let Some(noted) = noted.get_mut(place) {
            *noted = Some(Noted { value, mark: *mark });
        }
    }

    /// Shows what there is, a place each; nothing when nothing was ever noted.
    pub(crate) fn show(&self, show: impl FnOnce(&[Option<Exemplar<'_>>])) {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let noted = noted.unwrap_or_default();
        let texts: Vec<_> = noted
            .iter()
            .map(|noted| {
                noted.map(|noted| {
                    let SpanRef { trace_id, span_id, .. } = noted.mark.span;
                    (hex(&trace_id), hex(&span_id), noted)
                })
            })
            .collect();
        let labels: Vec<_> = texts
            .iter()
            .map(|text| {
                text.as_ref()
                    .map(|(trace, span, _)| [("trace_id", trace.as_str()), ("span_id", span.as_str())])
            })
            .collect();
        let exemplars: Vec<_> = texts
            .iter()
            .zip(&labels)
            .map(|(text, labels)| {
                let (Some((_, _, noted)), Some(labels)) = (text, labels) else { return None };
                Some(Exemplar { labels, value: noted.value, at: noted.mark.at })
            })
            .collect();
        show(&exemplars);
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
