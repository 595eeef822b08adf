//! What somebody has said.

/// A value and the variable that states it.
#[derive(Clone)]
pub(super) struct Stated<T> {
    pub(super) value: T,
    pub(super) variable: &'static str,
}
