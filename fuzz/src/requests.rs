//! What must hold for every request.

use tower_genai_wire::{Api, DecoderBudget, RequestFacts, RequestHead, RequestReader};

use crate::{Held, Splits};

fn read<'a>(reader: &mut RequestReader, frames: impl IntoIterator<Item = &'a [u8]>) -> RequestFacts {
    let held = Held::new();
    for frame in frames {
        reader.push(frame);
        held.check(0);
    }
    reader.take_facts()
}

/// Panics where some split of a body is read in another way than no split, or where a body is read in another way when
/// it is sent again.
pub fn check_request(api: Api, head: &RequestHead<'_>, body: &[u8]) {
    let splits = Splits::new(body).all(body);
    let reader = || RequestReader::with_budget(api, head, &DecoderBudget::default());
    let whole = read(&mut reader(), splits[0].iter().copied());
    let mut again = reader();
    for frames in &splits[1..] {
        assert_eq!(read(&mut reader(), frames.iter().copied()), whole, "{api:?} {head:?}");
        again.push(&body[..body.len() / 2]);
        again.restart();
        assert_eq!(read(&mut again, frames.iter().copied()), whole, "{api:?} {head:?}, sent again");
        again.restart();
    }
}
