//! Splits of a body, and messages of an event stream.

/// A small generator (xorshift) that the body seeds, so that a finding repeats.
pub struct Splits(u64);

impl Splits {
    pub fn new(body: &[u8]) -> Self {
        let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        Self(body.iter().fold(0xcbf2_9ce4_8422_2325, fnv) | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap_or(0)
    }

    /// The body in frames of up to so many bytes.
    pub fn frames<'a>(&mut self, mut body: &'a [u8], longest: usize) -> Vec<&'a [u8]> {
        let mut frames = Vec::new();
        while !body.is_empty() {
            let (frame, rest) = body.split_at((1 + self.below(longest)).min(body.len()));
            frames.push(frame);
            body = rest;
        }
        frames
    }

    /// The splits that are tried: none, byte by byte where that does not take long, and at random.
    pub fn all<'a>(&mut self, body: &'a [u8]) -> Vec<Vec<&'a [u8]>> {
        let mut splits = vec![vec![body]];
        if body.len() <= 1024 {
            splits.push(body.chunks(1).collect());
        }
        let longest = [2, 5, 20, 60, 500][self.below(5)];
        splits.push(self.frames(body, longest));
        splits
    }
}

/// A message of an event stream, with headers that are texts.
pub fn event_stream_message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for (name, value) in headers {
        let value = &value.as_bytes()[..value.len().min(1000)];
        encoded.push(name.len() as u8);
        encoded.extend_from_slice(name.as_bytes());
        encoded.push(7);
        encoded.extend_from_slice(&(value.len() as u16).to_be_bytes());
        encoded.extend_from_slice(value);
    }
    let total = (16 + encoded.len() + payload.len()) as u32;
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&(encoded.len() as u32).to_be_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(&encoded);
    message.extend_from_slice(payload);
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message
}
