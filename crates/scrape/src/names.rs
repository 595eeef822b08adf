//! The series this crate writes about itself.

pub(crate) const SCRAPE_DURATION: &str = "tower_genai_scrape_duration_seconds";
pub(crate) const SCRAPE_SIZE: &str = "tower_genai_scrape_size_bytes";
