use std::io::{self, Write};
use std::mem;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use zstd::stream::write::Encoder as ZstdEncoder;

use super::scrape::Maker;
use crate::encoder::Outlet;
use crate::encoding::Encoding;

/// How many compressed bytes make a piece.
const PIECE: usize = 16 * 1024;

/// Compresses a page while it is written, and hands it to its readers.
pub(super) struct Press {
    maker: Maker,
    coder: Coder,
}

enum Coder {
    Identity,
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(ZstdEncoder<'static, Vec<u8>>),
    /// It failed, and what it has written is no page.
    Broken,
}

impl Press {
    pub(super) fn new(encoding: Encoding, maker: Maker) -> Self {
        Self { maker, coder: Coder::new(encoding) }
    }
}

impl Outlet for Press {
    fn is_wanted(&self) -> bool {
        !matches!(self.coder, Coder::Broken) && self.maker.is_wanted()
    }

    fn take(&mut self, bytes: &mut Vec<u8>) {
        match self.coder.press(bytes) {
            Ok(piece) => self.maker.add(piece),
            Err(error) => {
                complain(&error);
                self.coder = Coder::Broken;
                bytes.clear();
            }
        }
    }

    fn finish(self: Box<Self>, bytes: Vec<u8>, made: &dyn Fn()) {
        match self.coder.finish(bytes) {
            Ok(last) => {
                made();
                self.maker.finish(last);
            }
            // Without the end of the page its readers are told that it is broken.
            Err(error) => complain(&error),
        }
    }
}

fn complain(error: &io::Error) {
    tracing::error!(%error, "a page of metrics could not be compressed");
}

impl Coder {
    fn new(encoding: Encoding) -> Self {
        // Metrics repeat themselves: even the fastest level makes a tenth of them.
        match encoding {
            Encoding::Identity => Self::Identity,
            Encoding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), Compression::fast())),
            Encoding::Zstd => ZstdEncoder::new(Vec::new(), 1).map_or(Self::Broken, Self::Zstd),
        }
    }

    /// Takes all of `bytes`, and gives what is ready to be sent.
    fn press(&mut self, bytes: &mut Vec<u8>) -> io::Result<Bytes> {
        let made = match self {
            Self::Identity => return Ok(mem::take(bytes).into()),
            Self::Gzip(coder) => {
                coder.write_all(bytes)?;
                coder.get_mut()
            }
            Self::Zstd(coder) => {
                coder.write_all(bytes)?;
                coder.get_mut()
            }
            Self::Broken => return Err(io::ErrorKind::Other.into()),
        };
        bytes.clear();
        Ok(if made.len() < PIECE { Bytes::new() } else { mem::take(made).into() })
    }

    /// Takes the last of the page, and gives all that has not been sent.
    fn finish(self, bytes: Vec<u8>) -> io::Result<Bytes> {
        match self {
            Self::Identity => Ok(bytes.into()),
            Self::Gzip(mut coder) => {
                coder.write_all(&bytes)?;
                coder.finish().map(Bytes::from)
            }
            Self::Zstd(mut coder) => {
                coder.write_all(&bytes)?;
                coder.finish().map(Bytes::from)
            }
            Self::Broken => Err(io::ErrorKind::Other.into()),
        }
    }
}
