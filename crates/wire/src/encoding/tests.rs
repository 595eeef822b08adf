use std::io::{self, Write};

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};

use super::{Codings, Decoder, DecoderBudget};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn raw(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn brotli(body: &[u8], window: u32) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 2, window);
    encoder.write_all(body).unwrap();
    encoder.into_inner()
}

fn zstd(body: &[u8], level: i32) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
    zstd_safe::compress(&mut encoded, body, level).unwrap();
    encoded
}

/// With a window of this size, whatever the body.
fn zstd_window(body: &[u8], log: u32) -> Vec<u8> {
    let mut context = zstd_safe::CCtx::create();
    context.set_parameter(zstd_safe::CParameter::WindowLog(log)).unwrap();
    context.set_parameter(zstd_safe::CParameter::ContentSizeFlag(false)).unwrap();
    let mut encoded = Vec::with_capacity(zstd_safe::compress_bound(body.len()) + 64);
    let mut output = zstd_safe::OutBuffer::around(&mut encoded);
    let mut input = zstd_safe::InBuffer::around(body);
    while input.pos < body.len() {
        context.compress_stream(&mut output, &mut input).unwrap();
    }
    assert_eq!(context.end_stream(&mut output).unwrap(), 0);
    encoded
}

fn decode_with(
    encoding: &str,
    frames: &mut dyn Iterator<Item = &[u8]>,
    budget: &DecoderBudget,
) -> io::Result<Vec<u8>> {
    let mut decoder = Decoder::new(&Codings::of(Some(encoding)).unwrap(), budget).unwrap();
    let mut decoded = Vec::new();
    for frame in frames {
        decoder.push(frame, |bytes| decoded.extend_from_slice(bytes))?;
    }
    Ok(decoded)
}

/// At several splits, which must be the same.
fn decode(encoding: &str, encoded: &[u8]) -> Option<Vec<u8>> {
    let budget = DecoderBudget::default();
    let whole = decode_with(encoding, &mut std::iter::once(encoded), &budget).ok();
    for size in [1, 7, 1000] {
        let pieces = decode_with(encoding, &mut encoded.chunks(size), &budget).ok();
        assert_eq!(pieces.is_some(), whole.is_some(), "{encoding} by {size}");
        assert!(pieces == whole, "{encoding} by {size}");
    }
    assert_eq!(budget.in_use(), 0);
    whole
}

/// Text that does not repeat itself much.
fn text(len: usize) -> Vec<u8> {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut text = Vec::with_capacity(len + 20);
    while text.len() < len {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        write!(text, "-0.0{},", seed >> 40).unwrap();
    }
    text.truncate(len);
    text
}

#[test]
fn what_was_encoded_is_decoded() {
    for body in [&b""[..], b"x", b"{\"id\":\"c\"}", &text(300_000)] {
        for (encoding, encoded) in [
            ("gzip", gzip(body)),
            ("deflate", zlib(body)),
            ("deflate", raw(body)),
            ("br", brotli(body, 22)),
            ("br", brotli(body, 10)),
            ("zstd", zstd(body, 3)),
            ("ZSTD", zstd_window(body, 20)),
            ("gzip, br", brotli(&gzip(body), 22)),
            ("zstd,gzip", gzip(&zstd(body, 1))),
        ] {
            assert_eq!(decode(encoding, &encoded).as_deref(), Some(body), "{encoding}");
        }
    }
    let members = [gzip(b"ab"), gzip(b"cd")].concat();
    assert_eq!(decode("gzip", &members).as_deref(), Some(&b"abcd"[..]));
    let frames = [zstd(b"ab", 3), b"\x50\x2a\x4d\x18\x02\x00\x00\x00xy".to_vec(), zstd(b"cd", 3)].concat();
    assert_eq!(decode("zstd", &frames).as_deref(), Some(&b"abcd"[..]));
}

#[test]
fn codings_are_recognised() {
    let count = |header: &str| Codings::of(Some(header)).map(|codings| codings.undone().count());
    assert_eq!(Codings::of(None), Some(Codings::default()));
    for (header, expected) in [
        ("", Some(0)),
        ("identity", Some(0)),
        ("X-GZip", Some(1)),
        ("identity, br", Some(1)),
        ("gzip , zstd", Some(2)),
        ("gzip,gzip,gzip", None),
        ("compress", None),
        ("gzip, dcb", None),
    ] {
        assert_eq!(count(header), expected, "{header}");
    }
}

#[test]
fn a_flushed_event_does_not_wait() {
    let event = b"data: {\"type\":\"ping\"}\n\n";
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    encoder.write_all(event).unwrap();
    encoder.flush().unwrap();
    let brotli = encoder.get_ref().clone();

    let mut zstd = Vec::with_capacity(1000);
    let mut context = zstd_safe::CCtx::create();
    let mut output = zstd_safe::OutBuffer::around(&mut zstd);
    context.compress_stream(&mut output, &mut zstd_safe::InBuffer::around(event)).unwrap();
    assert_eq!(context.flush_stream(&mut output).unwrap(), 0);

    for (encoding, encoded) in [("br", brotli), ("zstd", zstd)] {
        assert_eq!(decode(encoding, &encoded).as_deref(), Some(&event[..]), "{encoding}");
    }
}

#[test]
fn windows_are_bounded() {
    let body = text(300_000).repeat(31);
    let budget = DecoderBudget::default();
    for (encoding, encoded, is_read) in [
        ("br", brotli(&body, 22), true),
        ("br", brotli(&body, 23), true),
        ("br", brotli(&body, 24), false),
        ("zstd", zstd_window(&body, 23), true),
        ("zstd", zstd_window(&body, 24), false),
    ] {
        let mut most = 0;
        let mut decoder = Decoder::new(&Codings::of(Some(encoding)).unwrap(), &budget).unwrap();
        let mut decoded = 0;
        let ended = encoded.chunks(16 * 1024).try_for_each(|frame| {
            decoder.push(frame, |bytes| decoded += bytes.len())?;
            most = most.max(budget.in_use());
            io::Result::Ok(())
        });
        assert_eq!(ended.is_ok(), is_read, "{encoding}");
        assert!(most <= (8 << 20) + (512 << 10), "{encoding}: {most}");
        assert!(!is_read || decoded == body.len() && most > 1 << 20);
    }
    assert_eq!((budget.in_use(), budget.refused()), (0, 0));
}

#[test]
fn the_budget_is_shared() {
    let body = text(3 << 20);
    for (encoding, encoded) in [("br", brotli(&body, 22)), ("zstd", zstd_window(&body, 21))] {
        let budget = DecoderBudget::new(8 << 20);
        let mut first = Decoder::new(&Codings::of(Some(encoding)).unwrap(), &budget).unwrap();
        let mut decoded = 0;
        first.push(&encoded[..encoded.len() - 100], |bytes| decoded += bytes.len()).unwrap();
        assert!(decoded > 0 && budget.in_use() > 2 << 20, "{encoding}");

        let most = budget.limit() - budget.in_use();
        let small = DecoderBudget::new(most.min(1 << 20));
        assert!(decode_with(encoding, &mut std::iter::once(&encoded[..]), &small).is_err(), "{encoding}");
        assert_eq!((small.in_use(), small.refused()), (0, 1));
        drop(first);
        assert_eq!((budget.in_use(), budget.refused()), (0, 0));
        assert!(decode_with(encoding, &mut std::iter::once(&encoded[..]), &budget).is_ok());
    }
    let none = DecoderBudget::new(0);
    for (encoding, encoded) in [("br", brotli(&body, 22)), ("zstd", zstd(&body, 3))] {
        assert!(decode_with(encoding, &mut std::iter::once(&encoded[..]), &none).is_err(), "{encoding}");
    }
    assert!(decode_with("gzip", &mut std::iter::once(&gzip(&body)[..]), &none).is_ok());
}

#[test]
fn bombs() {
    let blanks = vec![b' '; 64 << 20];
    for (encoding, bomb) in [
        ("gzip", gzip(&blanks)),
        ("br", brotli(&blanks, 22)),
        ("zstd", zstd(&blanks, 3)),
        ("gzip, gzip", gzip(&gzip(&blanks))),
    ] {
        for size in [1, 1000, bomb.len()] {
            let mut decoder =
                Decoder::new(&Codings::of(Some(encoding)).unwrap(), &DecoderBudget::default()).unwrap();
            let (mut given, mut taken) = (0, 0);
            let ended = bomb.chunks(size).try_for_each(|frame| {
                taken += frame.len();
                decoder.push(frame, |bytes| given += bytes.len())
            });
            assert!(ended.is_err(), "{encoding}");
            assert!(
                given <= (1 << 20) + taken.next_multiple_of(1024) * 256,
                "{encoding}: {given} of {taken}"
            );
        }
    }
}

#[test]
fn what_is_damaged_is_refused() {
    let body = text(20_000);
    for (encoding, encoded) in [("gzip", gzip(&body)), ("br", brotli(&body, 22)), ("zstd", zstd(&body, 3))] {
        let mut damaged = 0;
        for at in (0..encoded.len()).step_by(97) {
            let mut bytes = encoded.clone();
            bytes[at] ^= 0x55;
            damaged += usize::from(decode(encoding, &bytes).as_deref() != Some(&body[..]));
        }
        assert!(damaged > 50, "{encoding}: {damaged}");
        assert!(decode(encoding, b"neither").is_none_or(|decoded| decoded.is_empty()), "{encoding}");
    }
}
