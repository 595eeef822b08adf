//! What spans carry, as the user wants it.

use tower_genai_core::Profile;

use crate::content::Capture;
use crate::headers::Headers;

#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    pub(crate) capture: Capture,
    pub(crate) request_headers: Headers,
    pub(crate) response_headers: Headers,
}
