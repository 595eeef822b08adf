use std::io::Write;
use std::str::FromStr;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::body::{Cut, ReplyBody};

/// How a body is sent: `whole`, `frames` or `frames=SEED`, `bytes`, `gzip`, `gzip-frames` or `gzip-frames=SEED`,
/// `deflate`, `br`, `zstd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In one frame, with its length.
    Whole,
    /// In frames of random length, from this seed.
    Frames(u64),
    /// A frame for each byte.
    Bytes,
    /// Encoded with gzip, in one frame, with its length.
    Gzip,
    /// Encoded with gzip, in frames of random length.
    GzipFrames(u64),
    /// Encoded with deflate (zlib), in one frame, with its length.
    Deflate,
    /// Encoded with brotli, in one frame, with its length.
    Brotli,
    /// Encoded with zstd, in one frame, with its length.
    Zstd,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, seed) = text.split_once('=').unwrap_or((text, "0"));
        let seed = seed.parse().map_err(|_| format!("`{seed}` is not a seed"))?;
        match name {
            "whole" => Ok(Self::Whole),
            "frames" => Ok(Self::Frames(seed)),
            "bytes" => Ok(Self::Bytes),
            "gzip" => Ok(Self::Gzip),
            "gzip-frames" => Ok(Self::GzipFrames(seed)),
            "deflate" => Ok(Self::Deflate),
            "br" => Ok(Self::Brotli),
            "zstd" => Ok(Self::Zstd),
            _ => Err(format!("`{text}` is no mode: whole, frames, bytes, gzip, gzip-frames, deflate")),
        }
    }
}

impl Mode {
    /// The value of `content-encoding`.
    pub const fn encoding(self) -> Option<&'static str> {
        match self {
            Self::Gzip | Self::GzipFrames(_) => Some("gzip"),
            Self::Deflate => Some("deflate"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
            Self::Whole | Self::Frames(_) | Self::Bytes => None,
        }
    }

    /// The bytes that stand for `body` on the wire. The same every time, so that a test can compare.
    pub fn encode(self, body: &Bytes) -> Bytes {
        // Writing into memory cannot fail.
        match self.encoding() {
            None => body.clone(),
            Some("gzip") => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(body).and_then(|()| encoder.finish()).unwrap().into()
            }
            Some("br") => {
                let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 1, 20);
                encoder.write_all(body).unwrap();
                encoder.into_inner().into()
            }
            Some("zstd") => {
                let mut encoded = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
                zstd_safe::compress(&mut encoded, body, 1).unwrap();
                encoded.into()
            }
            Some(_) => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(body).and_then(|()| encoder.finish()).unwrap().into()
            }
        }
    }

    /// The body that is sent.
    pub(super) fn send(self, body: &Bytes) -> ReplyBody {
        let encoded = self.encode(body);
        match self {
            Self::Whole | Self::Gzip | Self::Deflate | Self::Brotli | Self::Zstd => ReplyBody::whole(encoded),
            Self::Bytes => ReplyBody::cut(encoded, Cut::Bytes),
            Self::Frames(seed) | Self::GzipFrames(seed) => {
                ReplyBody::cut(encoded, Cut::Random(fastrand::Rng::with_seed(seed)))
            }
        }
    }
}
