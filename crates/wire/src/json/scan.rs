//! Byte searches that are quick for the short distances JSON is made of, and no slower than `memchr` for long
//! ones.

const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high bit of each byte that equals `byte`; exact up to and including the first such byte.
const fn hits_of(word: u64, byte: u8) -> u64 {
    let zero = word ^ splat(byte);
    zero.wrapping_sub(splat(0x01)) & !zero & splat(0x80)
}

const fn first(hits: u64) -> usize {
    (hits.trailing_zeros() / 8) as usize
}

/// Whether two short strings are equal, without the call to `memcmp` that costs more than they do.
#[inline]
pub(super) fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() || left.len() > 16 {
        return left == right;
    }
    match (left.first_chunk::<8>(), right.first_chunk::<8>()) {
        (Some(head), Some(other)) => head == other && left.last_chunk::<8>() == right.last_chunk::<8>(),
        _ => match (left.first_chunk::<4>(), right.first_chunk::<4>()) {
            (Some(head), Some(other)) => head == other && left.last_chunk::<4>() == right.last_chunk::<4>(),
            _ => left.iter().eq(right),
        },
    }
}

/// What follows white space, mostly everything.
#[inline]
pub(crate) fn skip_space(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b'!'..=u8::MAX, ..] => bytes,
        _ => bytes.trim_ascii_start(),
    }
}

/// Where the next quote or backslash stands.
#[inline]
pub(crate) fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    // Most keys and values end within two words; a call to memchr costs as much as both.
    while at < 16 {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else { break };
        let word = u64::from_le_bytes(*word);
        let hits = hits_of(word, b'"') | hits_of(word, b'\\');
        if hits != 0 {
            return Some(at + first(hits));
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', bytes.get(at..)?).map(|found| at + found)
}

/// Where the next quote or bracket stands.
#[inline]
pub(crate) fn quote_or_bracket(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        // Square and curly brackets differ in one bit.
        let word = u64::from_le_bytes(*word);
        let curly = word | splat(0x20);
        let hits = hits_of(word, b'"') | hits_of(curly, b'{') | hits_of(curly, b'}');
        if hits != 0 {
            return Some(at + first(hits));
        }
        at += 8;
    }
    let tail = bytes.get(at..)?;
    tail.iter().position(|byte| matches!(byte, b'"' | b'[' | b']' | b'{' | b'}')).map(|found| at + found)
}

/// The length of the text up to the next quote, backslash or control character; `None` where none follows.
#[inline]
pub(crate) fn plain_text_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(splat(0x20)) & !word & splat(0x80);
        let hits = hits_of(word, b'"') | hits_of(word, b'\\') | control;
        if hits != 0 {
            return Some(at + first(hits));
        }
        at += 8;
    }
    let tail = bytes.get(at..)?;
    tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{equal, plain_text_len, quote_or_bracket, quote_or_escape};

    #[test]
    fn equality() {
        let text = b"an alphabet: abcdefghijkl";
        for len in 0..text.len() {
            for changed in 0..len {
                let mut other = text[..len].to_vec();
                assert!(equal(&text[..len], &other));
                other[changed] ^= 1;
                assert!(!equal(&text[..len], &other), "{len} {changed}");
            }
            assert!(!equal(&text[..len], &text[..=len]));
        }
    }

    proptest! {
        #[test]
        fn like_a_plain_search(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b' '), Just(b'a'), Just(b'a'), Just(b'"'), Just(b'\\'), Just(b'[')],
            0..80,
        )) {
            prop_assert_eq!(
                quote_or_escape(&bytes),
                bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'))
            );
            prop_assert_eq!(
                quote_or_bracket(&bytes),
                bytes.iter().position(|byte| matches!(byte, b'"' | b'[' | b']' | b'{' | b'}'))
            );
            prop_assert_eq!(
                plain_text_len(&bytes),
                bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
            );
        }
    }
}
