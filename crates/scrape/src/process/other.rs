use super::Reading;

/// Nothing is known here.
pub(super) fn read() -> Reading {
    Reading::default()
}
