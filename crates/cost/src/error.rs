//! What is wrong with a price file.

use std::borrow::Cow;
use std::fmt;

/// How many faults an error lists; the others are counted.
const LISTED: usize = 20;

/// One fault of a price file or of an operator's prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(crate) line: Option<usize>,
    pub(crate) model: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) what: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { line: None, model: None, key: None, what: what.into() }
    }

    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn in_model(mut self, model: &str) -> Self {
        self.model = Some(shorten(model));
        self
    }

    pub(crate) fn at_key(mut self, key: &str) -> Self {
        self.key = Some(shorten(key));
        self
    }

    /// The line it is on, counted from 1.
    pub const fn line(&self) -> Option<usize> {
        self.line
    }

    /// The model whose entry it is in.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The key whose value it is.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// What is wrong, without where.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(model) = &self.model {
            write!(f, "{model:?}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key:?}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// A name as an error shows it: a file of rubbish may hold one of any length.
fn shorten(name: &str) -> String {
    const LENGTH: usize = 120;
    match name.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// Prices that cannot be used, with everything that is wrong with them.
///
/// Shows as one line per fault. At most 20 are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueError {
    faults: Vec<Fault>,
    unlisted: usize,
}

impl CatalogueError {
    /// The faults, in the order of the file.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        match self.unlisted {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for CatalogueError {}

/// Collects faults, so that all are reported at once, and bounded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    listed: Vec<Fault>,
    unlisted: usize,
}

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        if self.is_full() {
            self.unlisted += 1;
        } else {
            self.listed.push(fault);
        }
    }

    /// Whether the next fault is only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.listed.len() >= LISTED
    }

    /// `value`, unless there were faults.
    pub(crate) fn none_or<T>(self, value: T) -> Result<T, CatalogueError> {
        if self.listed.is_empty() {
            Ok(value)
        } else {
            Err(CatalogueError { faults: self.listed, unlisted: self.unlisted })
        }
    }
}

impl From<Fault> for CatalogueError {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], unlisted: 0 }
    }
}
