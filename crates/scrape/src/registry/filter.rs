use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::encoder::{Selection, Sheet};

/// Takes a page of text in any pieces, and writes the families that are wanted and free.
pub(super) struct Filter<'a> {
    taken: &'a HashSet<String>,
    selection: &'a Selection,
    sheet: &'a mut Sheet,
    /// Where on the sheet the line begins that is being written.
    line: usize,
    /// Whether the family is written to which the line belongs.
    keep: bool,
}

impl<'a> Filter<'a> {
    pub(super) fn new(taken: &'a HashSet<String>, selection: &'a Selection, sheet: &'a mut Sheet) -> Self {
        let line = sheet.bytes().len();
        Self { taken, selection, sheet, line, keep: true }
    }

    fn end_line(&mut self) {
        // Only heads begin like this, and all that belongs to a family stands below its head.
        if let Some(name) = head(&self.sheet.bytes()[self.line..]) {
            self.keep = self.selection.takes_name(name) && !is_taken(self.taken, name);
        }
        if self.keep {
            self.sheet.rest();
        } else {
            self.sheet.bytes().truncate(self.line);
        }
        self.line = self.sheet.bytes().len();
    }
}

impl fmt::Write for Filter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.sheet.is_given_up() {
            return Err(fmt::Error);
        }
        for part in text.split_inclusive('\n') {
            self.sheet.bytes().extend_from_slice(part.as_bytes());
            if part.ends_with('\n') {
                self.end_line();
            }
        }
        Ok(())
    }
}

/// The name in the head of a family.
fn head(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(b"# ")?;
    let rest = ["HELP ", "TYPE ", "UNIT "].iter().find_map(|what| rest.strip_prefix(what.as_bytes()))?;
    std::str::from_utf8(rest.split(|byte| matches!(byte, b' ' | b'\n')).next()?).ok()
}

fn is_taken(taken: &HashSet<String>, name: &str) -> bool {
    static SAID: AtomicBool = AtomicBool::new(false);
    let is_taken = taken.contains(name);
    if is_taken && !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!(name, "a registry's metric is left out of the scrape: another source has its name");
    }
    is_taken
}
