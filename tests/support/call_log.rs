//! Reads the call log.

use std::ops::Deref;
use std::path::Path;

use serde_json::{Map, Value};

/// One line of the call log.
#[derive(Clone, Debug)]
pub struct Line(Map<String, Value>);

/// The lines of the file; none when it does not exist.
///
/// # Panics
///
/// A line is not a JSON object, or the last one is not complete.
pub fn read(file: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is not complete");
    let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(line).map(Line).collect()
}

impl Line {
    /// A text; `None` when the key is absent.
    ///
    /// # Panics
    ///
    /// It is something else.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|value| value.as_str().unwrap_or_else(|| panic!("{key} is {value}")))
    }

    /// A number of things; `None` when the key is absent.
    ///
    /// # Panics
    ///
    /// It is something else.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key).map(|value| value.as_u64().unwrap_or_else(|| panic!("{key} is {value}")))
    }

    /// `outcome`, `error.type` and `error_origin`.
    pub fn verdict(&self) -> (Option<&str>, Option<&str>, Option<&str>) {
        (self.text("outcome"), self.text("error.type"), self.text("error_origin"))
    }
}

impl Deref for Line {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
