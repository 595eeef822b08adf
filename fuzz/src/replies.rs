//! What must hold for every reply.

use tower_genai_wire::{Api, DecoderBudget, ReplyFacts, ReplyHead, ReplyReader};

use crate::{Held, Splits};

/// What a reader has found.
#[derive(Debug, PartialEq)]
pub struct Read {
    pub facts: ReplyFacts,
    /// How often first output was reported.
    pub first_outputs: usize,
    /// Whether an end was reported.
    pub ended: bool,
}

/// Reads a body, minding the memory.
pub fn read<'a>(api: Api, head: &ReplyHead<'_>, frames: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let budget = DecoderBudget::default();
    let held = Held::new();
    let mut reader = ReplyReader::with_budget(api, head, &budget);
    let (mut first_outputs, mut ended) = (0, false);
    for (number, frame) in frames.into_iter().enumerate() {
        let progress = reader.push(frame);
        first_outputs += usize::from(progress.first_output);
        ended |= progress.terminal;
        // Twice the largest window: a decoder of each step of a body that was encoded twice.
        assert!(budget.in_use() <= 2 * ((8 << 20) + (512 << 10)));
        // Looking costs more than reading a byte.
        if number % 32 == 0 {
            held.check(budget.in_use());
        }
    }
    held.check(budget.in_use());
    reader.finish();
    held.check(budget.in_use());
    assert_eq!((budget.in_use(), budget.refused()), (0, 0));
    Read { facts: reader.into_facts(), first_outputs, ended }
}

/// Panics where some split of a body is read in another way than no split.
pub fn check(api: Api, head: &ReplyHead<'_>, body: &[u8]) -> Read {
    let splits = Splits::new(body).all(body);
    let whole = read(api, head, splits[0].iter().copied());
    assert!(whole.first_outputs <= 1);
    for frames in &splits[1..] {
        let other = read(api, head, frames.iter().copied());
        assert_eq!(other, whole, "{api:?} {head:?} by frames of {} bytes", frames[0].len());
    }
    whole
}

/// The same for a body that is encoded. What comes before a fault in it may be seen or not.
pub fn check_encoded(api: Api, head: &ReplyHead<'_>, body: &[u8]) -> Read {
    let splits = Splits::new(body).all(body);
    let whole = read(api, head, splits[0].iter().copied());
    for frames in &splits[1..] {
        let other = read(api, head, frames.iter().copied());
        assert_eq!(other.facts.unreadable, whole.facts.unreadable, "{head:?}");
        assert!(whole.facts.unreadable || other == whole, "{head:?}: {other:?} instead of {whole:?}");
    }
    whole
}
