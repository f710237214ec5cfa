//! Bodies: content codings undone piece by piece, under a cap on what comes out.
//!
//! The cap counts *decoded* bytes at every stage, so that a bomb stops at the cap whatever it is packed in, nested
//! codings included. A body that ends in the middle of a coding is an error, never a shorter body.
//!
//! Sources: RFC 9110 section 8.4 (codings are undone in reverse order; `x-gzip` is gzip), RFC 8878 (a zstd window of
//! 8 MiB is enough for HTTP). Servers also send raw deflate where zlib is meant, so both are taken.

use std::io::{self, Write};

use bytes::Bytes;
use http::{HeaderMap, header};
use zstd::stream::raw::{DParameter, InBuffer, Operation, OutBuffer};

use crate::error::{Error, Kind};

/// A body that decodes to more than this many times its size is a bomb: text that people write packs 20 to 1 at best.
const RATIO: u64 = 500;

/// Below this many decoded bytes the ratio says nothing.
const RATIO_FROM: u64 = 1024 * 1024;

/// A body up to this size is cheaper to copy than the buffer it came in is to keep.
const SMALL: usize = 16 * 1024;

/// Collects one body.
pub(crate) struct BodyReader {
    stages: Vec<(String, Stage)>,
    limit: u64,
    expected: usize,
    /// Bytes as they came.
    received: u64,
    plain: Plain,
}

/// A body without coding: most come in one piece, which is then kept without a copy.
enum Plain {
    Empty,
    One(Bytes),
    Many(Vec<u8>),
}

enum Stage {
    Gzip(Box<flate2::write::MultiGzDecoder<Capped>>),
    /// Which of the two deflates it is shows in the first byte.
    DeflateUnknown(Capped),
    Inflate(Box<Inflate>),
    Brotli(Box<brotli_decompressor::DecompressorWriter<Capped>>),
    Zstd(Box<Zstd>),
}

/// zlib or raw deflate, by hand because flate2's writers do not tell a stream that ends in the middle.
struct Inflate {
    decoder: flate2::Decompress,
    buffer: Vec<u8>,
    complete: bool,
    out: Capped,
}

struct Zstd {
    decoder: zstd::stream::raw::Decoder<'static>,
    buffer: Vec<u8>,
    /// Whether the last frame was complete.
    complete: bool,
    out: Capped,
}

/// Takes decoded bytes until the cap is reached.
struct Capped {
    buffer: Vec<u8>,
    room: u64,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        if length > self.room {
            self.full = true;
            return Err(io::Error::other("the cap is reached"));
        }
        self.room -= length;
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BodyReader {
    /// A reader for a body with these headers that may be `limit` decoded bytes long.
    pub(crate) fn new(headers: &HeaderMap, limit: u64) -> Result<Self, Error> {
        let mut stages = Vec::new();
        for value in headers.get_all(header::CONTENT_ENCODING) {
            let codings = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            for coding in codings.split(',').map(str::trim) {
                if !coding.is_empty() && coding != "identity" {
                    stages.push((coding.to_owned(), Stage::new(coding, limit)?));
                }
            }
        }
        stages.reverse();
        let expected = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
            .unwrap_or(0);
        if stages.is_empty() && expected > limit {
            return Err(Error::new(Kind::TooLarge(limit)));
        }
        Ok(Self {
            stages,
            limit,
            expected: usize::try_from(expected.min(limit)).unwrap_or(0),
            received: 0,
            plain: Plain::Empty,
        })
    }

    /// Takes the next piece as it came.
    pub(crate) fn push(&mut self, piece: Bytes) -> Result<(), Error> {
        self.received += piece.len() as u64;
        if self.stages.is_empty() {
            return self.push_plain(piece);
        }
        let mut input = piece;
        let last = self.stages.len() - 1;
        for (at, (coding, stage)) in self.stages.iter_mut().enumerate() {
            stage
                .write(&input)
                .map_err(|e| self_error(coding, stage, self.limit, e))?;
            let decoded = self.limit - stage.out().room;
            if decoded > RATIO_FROM && decoded / RATIO > self.received {
                return Err(Error::new(Kind::Bomb(RATIO)));
            }
            if at < last {
                input = Bytes::from(std::mem::take(&mut stage.out().buffer));
            }
        }
        Ok(())
    }

    fn push_plain(&mut self, piece: Bytes) -> Result<(), Error> {
        if self.received > self.limit {
            return Err(Error::new(Kind::TooLarge(self.limit)));
        }
        match &mut self.plain {
            Plain::Empty => self.plain = Plain::One(piece),
            Plain::One(first) => {
                let mut all = Vec::with_capacity(self.expected.max(first.len() + piece.len()));
                all.extend_from_slice(first);
                all.extend_from_slice(&piece);
                self.plain = Plain::Many(all);
            }
            Plain::Many(all) => all.extend_from_slice(&piece),
        }
        Ok(())
    }

    /// What has been decoded since the last time; for bodies that are handed on piece by piece.
    pub(crate) fn take(&mut self) -> Bytes {
        match self.stages.last_mut() {
            Some((_, stage)) => Bytes::from(std::mem::take(&mut stage.out().buffer)),
            None => match std::mem::replace(&mut self.plain, Plain::Empty) {
                Plain::Empty => Bytes::new(),
                Plain::One(piece) => piece,
                Plain::Many(all) => all.into(),
            },
        }
    }

    /// The whole body, once the last piece has come; what was taken before is no part of it.
    pub(crate) fn finish(&mut self) -> Result<Bytes, Error> {
        // An answer to HEAD, a 204 or a 304 may name a coding and have no body to undo it on.
        self.close()?;
        let body = self.take();
        if self.stages.is_empty() && body.len() <= SMALL {
            // It is a slice of the buffer the connection reads into, and would keep all of that alive.
            return Ok(Bytes::copy_from_slice(&body));
        }
        Ok(body)
    }

    /// Says that the last piece has come: a coding that ends in the middle is an error.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        // An answer to HEAD, a 204 or a 304 may name a coding and have no body to undo it on.
        if self.received == 0 {
            return Ok(());
        }
        let mut input = Vec::new();
        let last = self.stages.len().saturating_sub(1);
        for (at, (coding, stage)) in self.stages.iter_mut().enumerate() {
            if !input.is_empty() {
                stage
                    .write(&input)
                    .map_err(|e| self_error(coding, stage, self.limit, e))?;
            }
            stage
                .finish()
                .map_err(|e| self_error(coding, stage, self.limit, e))?;
            if at < last {
                input = std::mem::take(&mut stage.out().buffer);
            }
        }
        Ok(())
    }
}

fn self_error(coding: &str, stage: &mut Stage, limit: u64, error: io::Error) -> Error {
    if stage.out().full {
        Error::new(Kind::TooLarge(limit))
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        Error::caused_by(Kind::Truncated, error)
    } else {
        Error::caused_by(Kind::Encoding(coding.to_owned()), error)
    }
}

impl Stage {
    fn new(coding: &str, limit: u64) -> Result<Self, Error> {
        let out = Capped {
            buffer: Vec::new(),
            room: limit,
            full: false,
        };
        Ok(match coding {
            "gzip" | "x-gzip" => Self::Gzip(Box::new(flate2::write::MultiGzDecoder::new(out))),
            "deflate" => Self::DeflateUnknown(out),
            "br" => Self::Brotli(Box::new(brotli_decompressor::DecompressorWriter::new(
                out, 4096,
            ))),
            "zstd" => {
                Self::Zstd(Box::new(Zstd::new(out).map_err(|e| {
                    Error::caused_by(Kind::Encoding(coding.to_owned()), e)
                })?))
            }
            other => return Err(Error::new(Kind::Encoding(other.to_owned()))),
        })
    }

    fn out(&mut self) -> &mut Capped {
        match self {
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::DeflateUnknown(out) => out,
            Self::Inflate(inflate) => &mut inflate.out,
            Self::Brotli(decoder) => decoder.get_mut(),
            Self::Zstd(zstd) => &mut zstd.out,
        }
    }

    fn write(&mut self, input: &[u8]) -> io::Result<()> {
        if let Self::DeflateUnknown(out) = self {
            let Some(&first) = input.first() else {
                return Ok(());
            };
            let out = Capped {
                buffer: Vec::new(),
                room: out.room,
                full: false,
            };
            // A zlib stream begins with method 8 and a window of at most 32 KiB; no raw block in use begins so.
            let zlib = first & 0x0f == 8 && first >> 4 <= 7;
            *self = Self::Inflate(Box::new(Inflate {
                decoder: flate2::Decompress::new(zlib),
                buffer: vec![0; 16 * 1024],
                complete: false,
                out,
            }));
        }
        match self {
            Self::Gzip(decoder) => decoder.write_all(input),
            Self::Inflate(inflate) => inflate.write(input),
            Self::Brotli(decoder) => decoder.write_all(input),
            Self::Zstd(zstd) => zstd.write(input),
            Self::DeflateUnknown(_) => Ok(()),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Inflate(inflate) => ended(inflate.complete),
            Self::Zstd(zstd) => ended(zstd.complete),
            Self::DeflateUnknown(_) => ended(false),
        }
    }
}

fn ended(complete: bool) -> io::Result<()> {
    if complete {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

impl Inflate {
    fn write(&mut self, mut input: &[u8]) -> io::Result<()> {
        loop {
            if self.complete {
                // Bytes after the end are left alone, as browsers do.
                return Ok(());
            }
            let before = (self.decoder.total_in(), self.decoder.total_out());
            let status = self
                .decoder
                .decompress(input, &mut self.buffer, flate2::FlushDecompress::None)
                .map_err(io::Error::other)?;
            let taken = usize::try_from(self.decoder.total_in() - before.0)
                .expect("no more is taken than was given");
            let written = usize::try_from(self.decoder.total_out() - before.1)
                .expect("no more is written than there was room for");
            self.out.write_all(&self.buffer[..written])?;
            input = &input[taken..];
            self.complete = status == flate2::Status::StreamEnd;
            // A full buffer may hide more output even when all input is taken.
            if input.is_empty() && written < self.buffer.len() {
                return Ok(());
            }
        }
    }
}

impl Zstd {
    fn new(out: Capped) -> io::Result<Self> {
        let mut decoder = zstd::stream::raw::Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(23))?;
        Ok(Self {
            decoder,
            buffer: vec![0; 16 * 1024],
            complete: true,
            out,
        })
    }

    fn write(&mut self, input: &[u8]) -> io::Result<()> {
        let mut input = InBuffer::around(input);
        loop {
            let (hint, written, filled) = {
                let mut output = OutBuffer::around(&mut self.buffer[..]);
                let hint = self.decoder.run(&mut input, &mut output)?;
                let written = output.pos();
                (hint, written, written == output.capacity())
            };
            self.complete = hint == 0;
            self.out.write_all(&self.buffer[..written])?;
            // A full buffer may hide more output even when all input is taken.
            if input.pos() == input.src.len() && !filled {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(coding: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !coding.is_empty() {
            headers.insert(header::CONTENT_ENCODING, coding.parse().unwrap());
        }
        headers
    }

    fn read(coding: &str, limit: u64, body: &[u8], step: usize) -> Result<Bytes, Error> {
        let mut reader = BodyReader::new(&headers(coding), limit)?;
        for piece in body.chunks(step) {
            reader.push(Bytes::copy_from_slice(piece))?;
        }
        reader.finish()
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(body: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(body: &[u8]) -> Vec<u8> {
        zstd::encode_all(body, 1).unwrap()
    }

    /// A brotli stream of uncompressed meta-blocks, written by hand after RFC 7932 section 9.2.
    fn brotli(body: &[u8]) -> Vec<u8> {
        // WBITS 16 is the one bit 0. Then per block: ISLAST 0, MNIBBLES 0 (four nibbles), MLEN-1, ISUNCOMPRESSED 1.
        let mut out = Vec::new();
        let mut bits = (0_u32, 1_u32);
        for block in body.chunks(60_000) {
            let length = u32::try_from(block.len()).unwrap() - 1;
            let (value, used) = bits;
            let value = value | (length << (used + 3)) | (1 << (used + 19));
            let used = (used + 20).div_ceil(8) * 8;
            out.extend_from_slice(&value.to_le_bytes()[..used as usize / 8]);
            out.extend_from_slice(block);
            bits = (0, 0);
        }
        let (value, used) = bits;
        // ISLAST 1, ISEMPTY 1.
        out.push(u8::try_from(value | (3 << used)).unwrap());
        out
    }

    type Encode = fn(&[u8]) -> Vec<u8>;
    const CODINGS: [(&str, Encode); 6] = [
        ("gzip", gzip),
        ("x-gzip", gzip),
        ("deflate", zlib),
        ("deflate", raw),
        ("br", brotli),
        ("zstd", zstd),
    ];

    #[test]
    fn every_coding_is_undone_however_it_is_cut() {
        let body: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        for (coding, encode) in CODINGS {
            let packed = encode(&body);
            for step in [1, 7, 4096, packed.len()] {
                let read = read(coding, 1 << 20, &packed, step);
                assert_eq!(read.unwrap(), body, "{coding} in steps of {step}");
            }
        }
        assert_eq!(
            read("gzip, zstd", 1 << 20, &zstd(&gzip(&body)), 999).unwrap(),
            body
        );
    }

    #[test]
    fn case_23_a_coding_that_ends_in_the_middle_is_an_error() {
        let body = vec![b'x'; 50_000];
        for (coding, encode) in CODINGS {
            let packed = encode(&body);
            let error = read(coding, 1 << 20, &packed[..packed.len() - 3], 1000);
            assert!(error.is_err(), "{coding}");
        }
    }

    #[test]
    fn case_21_a_bomb_stops_at_the_cap() {
        let zeros = vec![0; 8 << 20];
        for (coding, encode) in CODINGS {
            let error = read(coding, 1 << 20, &encode(&zeros), 16 * 1024).unwrap_err();
            assert!(error.is_too_large(), "{coding}: {error}");
            let roomy = read(coding, 1 << 30, &encode(&zeros), 16 * 1024);
            let packed = encode(&zeros).len();
            assert_eq!(
                roomy.is_err(),
                zeros.len() / packed > 500,
                "{coding}: {packed}"
            );
        }
        let nested = gzip(&gzip(&zeros));
        assert!(
            read("gzip, gzip", 1 << 20, &nested, 999)
                .unwrap_err()
                .is_too_large()
        );
        assert!(read("", 10, &[0; 11], 4).unwrap_err().is_too_large());
    }

    #[test]
    fn case_22_a_body_that_is_not_what_it_claims_is_an_error() {
        for coding in ["gzip", "br", "zstd", "deflate", "snappy"] {
            let error = read(coding, 1 << 20, b"<html>plain text</html>", 5).unwrap_err();
            assert!(
                error.is_decode() || error.is_truncated(),
                "{coding}: {error:?}"
            );
        }
    }

    #[test]
    fn an_empty_body_needs_no_coding_undone() {
        for coding in ["gzip", "br", "zstd", "deflate", ""] {
            assert!(read(coding, 10, b"", 1).unwrap().is_empty(), "{coding}");
        }
    }
}
