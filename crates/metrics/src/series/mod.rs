//! Label sets and the numbers they own.

mod histogram;
mod key;
mod map;
mod money;
mod open;

pub(crate) use histogram::Histogram;
pub(crate) use key::Key;
pub(crate) use map::{Census, SeriesMap};
pub(crate) use money::Money;
pub(crate) use open::{OTHER, OpenLabel, Reserved, Vocabulary, error_type, is_presentable};
