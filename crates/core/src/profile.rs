//! Which names telemetry has.

use std::fmt;
use std::str::FromStr;

/// The state of OpenTelemetry's GenAI conventions whose names spans, events and metrics have.
///
/// They have had no release since they left the core conventions with 1.41, and have been renamed since; backends
/// know one or the other.
///
/// ```
/// use tower_genai_core::Profile;
///
/// assert_eq!(Profile::default(), Profile::V1_41);
/// assert_eq!("v2026_10".parse(), Ok(Profile::V2026_10));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The names of release 1.41, as OpenTelemetry's own GenAI utilities still emit them.
    #[default]
    V1_41,
    /// The names of the conventions' main branch in October 2026.
    V2026_10,
    /// Both, where they differ.
    Both,
}

impl Profile {
    /// The newest names that are known: what `OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental` asks for.
    pub const LATEST: Self = Self::V2026_10;

    /// Its name in a configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_41 => "v1_41",
            Self::V2026_10 => "v2026_10",
            Self::Both => "both",
        }
    }

    /// Whether telemetry has the names of 1.41.
    pub const fn has_v1_41(self) -> bool {
        matches!(self, Self::V1_41 | Self::Both)
    }

    /// Whether telemetry has the names of October 2026.
    pub const fn has_v2026_10(self) -> bool {
        matches!(self, Self::V2026_10 | Self::Both)
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        [Self::V1_41, Self::V2026_10, Self::Both]
            .into_iter()
            .find(|profile| profile.as_str() == name)
            .ok_or(UnknownProfile)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no profile's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProfile;

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it must be v1_41, v2026_10 or both")
    }
}

impl std::error::Error for UnknownProfile {}
