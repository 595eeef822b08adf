//! Where the settings came from.

use std::collections::BTreeMap;
use std::fmt;

/// The section and the setting.
pub(crate) type Place = (&'static str, &'static str);

/// Where a setting came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody has said anything.
    #[default]
    Default,
    /// The program has a default of its own.
    Program,
    /// The variable of this name.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Program => "program",
            Self::Variable(name) => name,
        })
    }
}

/// The origins of the settings that are no defaults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(BTreeMap<Place, Origin>);

impl Origins {
    pub(super) fn set(&mut self, place: Place, origin: Origin) {
        self.0.insert(place, origin);
    }

    pub(super) fn set_variable(&mut self, place: Place, variable: &'static str) {
        self.set(place, Origin::Variable(variable));
    }

    pub(crate) fn of(&self, place: Place) -> Origin {
        self.0.get(&place).copied().unwrap_or_default()
    }
}
