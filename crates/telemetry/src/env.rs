//! Where variables come from.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasher, Hash};

/// A variable's value is not Unicode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUnicode;

impl fmt::Display for NotUnicode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not valid Unicode")
    }
}

impl std::error::Error for NotUnicode {}

/// A set of variables: the process's, or a map in a test.
pub trait Environment {
    /// The variable's value; `None` when it is not set.
    ///
    /// # Errors
    ///
    /// The value is not Unicode.
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnv;

impl Environment for ProcessEnv {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the process's environment")]
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        match std::env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(NotUnicode),
        }
    }
}

impl<E: Environment + ?Sized> Environment for &E {
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        (**self).get(name)
    }
}

impl<K, V, S> Environment for HashMap<K, V, S>
where
    K: std::borrow::Borrow<str> + Eq + Hash,
    V: AsRef<str>,
    S: BuildHasher,
{
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        Ok(HashMap::get(self, name).map(|value| value.as_ref().to_owned()))
    }
}

impl<K, V> Environment for BTreeMap<K, V>
where
    K: std::borrow::Borrow<str> + Ord,
    V: AsRef<str>,
{
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        Ok(BTreeMap::get(self, name).map(|value| value.as_ref().to_owned()))
    }
}

/// The last pair with the name counts, as in a shell.
impl<K: AsRef<str>, V: AsRef<str>> Environment for [(K, V)] {
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        let pair = self.iter().rev().find(|(key, _)| key.as_ref() == name);
        Ok(pair.map(|(_, value)| value.as_ref().to_owned()))
    }
}

/// The last pair with the name counts, as in a shell.
impl<K: AsRef<str>, V: AsRef<str>, const N: usize> Environment for [(K, V); N] {
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        Environment::get(self.as_slice(), name)
    }
}
