#![no_main]

use std::io::Write;

use flate2::{Compression, write::GzEncoder, write::ZlibEncoder};
use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::{check_encoded, read};
use tower_genai_wire::{Api, ReplyHead};

const SSE: Option<&str> = Some("text/event-stream");

fuzz_target!(|body: &[u8]| {
    // As it is.
    let encodings: &[&str] = match body {
        [0x1f, 0x8b, ..] => &["gzip", "br, gzip"],
        [0x28, 0xb5, 0x2f, 0xfd, ..] => &["zstd", "deflate, zstd"],
        _ => &["deflate", "br", "zstd, br"],
    };
    for encoding in encodings {
        check_encoded(Api::OpenAiChat, &ReplyHead::new(200, SSE, Some(encoding)), body);
    }
    // And encoded.
    let plain = read(Api::OpenAiChat, &ReplyHead::new(200, SSE, None), [body]);
    for (encoding, encoded) in encoded(body) {
        let read = check_encoded(Api::OpenAiChat, &ReplyHead::new(200, SSE, Some(encoding)), &encoded);
        assert_eq!(read, plain, "{encoding}");
    }
});

fn encoded(body: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(body).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(body).unwrap();
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 1, 18);
    brotli.write_all(body).unwrap();
    let mut zstd = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
    zstd_safe::compress(&mut zstd, body, 1).unwrap();
    let mut twice = Vec::with_capacity(zstd_safe::compress_bound(gzip.len()));
    zstd_safe::compress(&mut twice, &gzip, 1).unwrap();
    [
        ("gzip", gzip),
        ("deflate", zlib.finish().unwrap()),
        ("br", brotli.into_inner()),
        ("zstd", zstd),
        ("gzip, zstd", twice),
    ]
}
