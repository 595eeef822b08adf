//! Label sets and the numbers they own.

mod histogram;
mod key;
mod label_sets;
mod money;
mod open;
mod reserved;

pub(crate) use histogram::{Histogram, Layout};
pub(crate) use key::Key;
pub(crate) use label_sets::{Census, LabelSets};
pub(crate) use money::Money;
pub(crate) use open::{OTHER, OpenLabel, Vocabulary, error_type, is_presentable};
pub(crate) use reserved::Reserved;
