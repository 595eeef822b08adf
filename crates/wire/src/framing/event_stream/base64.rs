use ::base64::{
    Engine,
    alphabet::STANDARD,
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};

/// A decoder of base64 in pieces: what it hands out does not depend on how they are cut.
#[derive(Debug, Default)]
pub(crate) struct Base64 {
    /// The letters of a group of four that is not complete.
    carry: [u8; 4],
    carried: usize,
    /// Whether the padding has begun, behind which no letter may stand.
    padded: bool,
}

/// Padding is taken off before.
const ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, NO_PAD);

/// Letters are decoded by this many at a time.
const PIECE: usize = 1024;

impl Base64 {
    /// Decodes more letters; `false` where they are none.
    pub(crate) fn push(&mut self, letters: &[u8], out: &mut impl FnMut(&[u8])) -> bool {
        let padding = memchr::memchr(b'=', letters).unwrap_or(letters.len());
        let (mut rest, padding) = letters.split_at(padding);
        if self.carried == 0 && !self.padded {
            while rest.len() >= 4 {
                let (piece, behind) = rest.split_at(rest.len().min(PIECE) & !3);
                let mut bytes = [0; PIECE / 4 * 3];
                let Ok(len) = ENGINE.decode_slice(piece, &mut bytes) else { break };
                out(bytes.get(..len).unwrap_or_default());
                rest = behind;
            }
        }
        // What is left over, a piece with what is no letter, and the padding.
        rest.iter().chain(padding).all(|letter| self.letter(*letter, out))
    }

    /// The text has ended; `false` where it must not end here.
    pub(crate) fn end(&mut self, out: &mut impl FnMut(&[u8])) -> bool {
        let letters = self.carry;
        let letters = letters.get(..std::mem::take(&mut self.carried)).unwrap_or_default();
        Self::group(letters, out)
    }

    fn letter(&mut self, letter: u8, out: &mut impl FnMut(&[u8])) -> bool {
        if self.padded || letter == b'=' {
            self.padded = true;
            return letter == b'=';
        }
        if let Some(slot) = self.carry.get_mut(self.carried) {
            *slot = letter;
            self.carried += 1;
        }
        self.carried < self.carry.len() || self.end(out)
    }

    fn group(letters: &[u8], out: &mut impl FnMut(&[u8])) -> bool {
        let mut bytes = [0; 3];
        let Ok(len) = ENGINE.decode_slice(letters, &mut bytes) else { return false };
        out(bytes.get(..len).unwrap_or_default());
        true
    }
}
