use smallvec::SmallVec;

/// A content-encoding that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The codings of a body, in the order in which they were applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Codings(SmallVec<[Coding; MOST]>);

/// A body that was encoded more often is not read.
const MOST: usize = 2;

impl Codings {
    /// Reads a `content-encoding`; `None` where the body cannot be decoded.
    pub(crate) fn of(header: Option<&str>) -> Option<Self> {
        let mut codings = Self::default();
        for name in header.unwrap_or_default().split(',').map(str::trim) {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let coding = if name.is_empty() || is("identity") {
                continue;
            } else if is("gzip") || is("x-gzip") {
                Coding::Gzip
            } else if is("deflate") {
                Coding::Deflate
            } else if is("br") {
                Coding::Brotli
            } else if is("zstd") {
                Coding::Zstd
            } else {
                return None;
            };
            if codings.0.len() == MOST {
                return None;
            }
            codings.0.push(coding);
        }
        Some(codings)
    }

    /// The codings in the order in which they are undone.
    pub(super) fn undone(&self) -> impl Iterator<Item = Coding> {
        self.0.iter().rev().copied()
    }
}
