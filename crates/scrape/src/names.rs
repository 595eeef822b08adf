//! The series this crate writes about itself.
#![allow(clippy::disallowed_methods, reason = "this is the module that lists the names")]

use crate::Name;

pub(crate) const SCRAPE_DURATION: Name = Name::new("tower_genai_scrape_duration_seconds");
pub(crate) const SCRAPE_SIZE: Name = Name::new("tower_genai_scrape_size_bytes");
