/// The first bytes of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prelude {
    /// How many bytes the message has, checksum included.
    pub(super) total: usize,
    /// How many of them are headers.
    pub(super) headers: usize,
}

/// How many bytes the prelude has.
pub(super) const PRELUDE: usize = 12;

/// How many bytes a checksum has.
pub(super) const CHECKSUM: usize = 4;

impl Prelude {
    /// The prelude that `bytes` begins with; `None` where it is none, and so where the next message begins is lost.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (lengths, behind) = bytes.split_first_chunk::<8>()?;
        let (checksum, _) = behind.split_first_chunk::<CHECKSUM>()?;
        if crc32fast::hash(lengths) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let (total, headers) = lengths.split_first_chunk::<4>()?;
        let total = usize::try_from(u32::from_be_bytes(*total)).ok()?;
        let headers = usize::try_from(u32::from_be_bytes(*headers.first_chunk()?)).ok()?;
        let least = headers.checked_add(PRELUDE + CHECKSUM)?;
        (total >= least).then_some(Self { total, headers })
    }

    /// How many bytes the prelude and the headers have.
    pub(super) const fn head(self) -> usize {
        PRELUDE + self.headers
    }

    /// How many bytes the payload has.
    pub(super) const fn payload(self) -> usize {
        self.total - self.head() - CHECKSUM
    }
}
