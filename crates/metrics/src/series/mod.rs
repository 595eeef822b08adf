//! Label sets and the numbers they own.

mod exemplar;
mod histogram;
mod key;
mod label_sets;
mod money;
mod native;
mod open;
mod reserved;

pub(crate) use exemplar::{Exemplars, Mark};
pub(crate) use histogram::{Histogram, Layout};
pub(crate) use key::Key;
pub(crate) use label_sets::{Census, LabelSets};
pub(crate) use money::Money;
use native::Native;
pub(crate) use open::{OTHER, OpenLabel, Vocabulary, error_type, is_presentable};
pub(crate) use reserved::Reserved;
