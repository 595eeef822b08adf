use std::fmt;

/// How much is written before it is handed out.
const PIECE: usize = 64 * 1024;
/// What a piece takes that ends with the sample that made it large enough.
const ROOM: usize = PIECE + PIECE / 8;

/// Where what is written goes, piece by piece.
pub(crate) trait Outlet: Send {
    /// Whether anybody still waits for the page.
    fn is_wanted(&self) -> bool;

    /// Takes the bytes and leaves none; the vector too where that saves a copy.
    fn take(&mut self, bytes: &mut Vec<u8>);

    /// Takes the last bytes, and says that all is `made` before anybody can have the last of it.
    fn finish(self: Box<Self>, bytes: Vec<u8>, made: &dyn Fn());
}

/// What a page is written on. With an outlet it holds no more than a piece of the page at a time.
pub(crate) struct Sheet {
    bytes: Vec<u8>,
    handed_out: u64,
    outlet: Option<Box<dyn Outlet>>,
    given_up: bool,
}

impl Sheet {
    /// One that keeps the page.
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), handed_out: 0, outlet: None, given_up: false }
    }

    /// One that hands the page out.
    pub(crate) fn to(outlet: Box<dyn Outlet>) -> Self {
        Self { bytes: Vec::with_capacity(ROOM), outlet: Some(outlet), ..Self::new() }
    }

    /// What is written after that which was handed out.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// How much was written in all.
    pub(crate) const fn len(&self) -> u64 {
        self.handed_out + self.bytes.len() as u64
    }

    /// Takes back what was written after the first `len` bytes, as far as it was not handed out.
    pub(crate) fn take_back_to(&mut self, len: u64) {
        let len = len.saturating_sub(self.handed_out);
        self.bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
    }

    /// What was written so far can stand: hands it out when there is enough of it.
    pub(crate) fn rest(&mut self) {
        if self.bytes.len() >= PIECE && self.outlet.is_some() {
            self.hand_out();
        }
    }

    /// Writes bytes that can stand. Many of them are handed out as they are.
    pub(crate) fn append(&mut self, mut bytes: Vec<u8>) {
        if bytes.len() < PIECE || self.outlet.is_none() {
            self.bytes.append(&mut bytes);
        } else {
            self.hand_out();
            self.bytes = bytes;
        }
        self.rest();
    }

    fn hand_out(&mut self) {
        if self.is_given_up_now() {
            self.bytes.clear();
        } else if let Some(outlet) = &mut self.outlet {
            self.handed_out += self.bytes.len() as u64;
            outlet.take(&mut self.bytes);
            if self.bytes.capacity() == 0 {
                self.bytes = Vec::with_capacity(ROOM);
            }
        }
    }

    /// Whether nobody waited for the page when somebody asked last: what is written then goes nowhere.
    pub(crate) const fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Whether anybody waits for the page.
    pub(crate) fn is_given_up_now(&mut self) -> bool {
        self.given_up |= self.outlet.as_ref().is_some_and(|outlet| !outlet.is_wanted());
        self.given_up
    }

    /// Hands the last of the page out, unless it was given up. How long the page is is told before anybody has it all.
    pub(crate) fn finish(mut self, made: impl Fn(u64)) {
        let len = self.len();
        if self.is_given_up_now() {
            return;
        }
        if let Some(outlet) = self.outlet {
            outlet.finish(self.bytes, &|| made(len));
        }
    }

    /// The page that was kept.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheet")
            .field("len", &self.len())
            .field("given_up", &self.given_up)
            .finish_non_exhaustive()
    }
}
