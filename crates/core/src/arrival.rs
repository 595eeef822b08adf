//! When a request came in, for those who ask how long it was held before it was sent on.

use crate::clock::Instant;

/// The moment a proxy took a request, as the one who took it knows.
///
/// Put it into the request's extensions where it arrives; a layer on the client's side then tells in
/// [`CallRecord::time_before`](crate::CallRecord::time_before) how long the request was under way inside the process.
///
/// ```
/// use tower_genai_core::{Arrival, clock::Clock};
///
/// let clock = Clock::new();
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(Arrival::at(clock.now()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival(Instant);

impl Arrival {
    /// By the clock that the layers have.
    pub const fn at(moment: Instant) -> Self {
        Self(moment)
    }

    pub(crate) const fn moment(self) -> Instant {
        self.0
    }
}
