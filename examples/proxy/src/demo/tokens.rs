//! Token counts of the demo provider: about four characters each, as OpenAI's rule of thumb has it.

/// At least one for a text that is not empty.
pub(super) fn count(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4)
}
