//! Compressed answers: text that must be undone before it is read, and bombs.
//!
//! The codings of a path are applied from left to right, as `Content-Encoding` lists them:
//! `gzip-br` is brotli around gzip. The answer is encoded whether or not the client asked for it.
//! What was encoded once is kept, so that only the first request of a test pays.
//!
//! Source: RFC 9110 section 8.4.1: `deflate` is in the zlib wrapper; servers that leave it off are played by `raw`.

use std::{
    collections::HashMap,
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use flate2::{
    Compression,
    read::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::answer::Answer;

/// Bodies that are kept; when there are more, all are forgotten.
const KEPT: usize = 64;

/// Layers that one answer may have.
const MOST_LAYERS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Coding {
    Gzip,
    Deflate,
    Raw,
    Br,
    Zstd,
}

impl Coding {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "raw" => Self::Raw,
            "br" => Self::Br,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// Its name on the wire, where the missing wrapper is not told.
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate | Self::Raw => "deflate",
            Self::Br => "br",
            Self::Zstd => "zstd",
        }
    }

    fn encode(self, plain: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
        let level = Compression::default();
        Ok(match self {
            Self::Gzip => Box::new(GzEncoder::new(plain, level)),
            Self::Deflate => Box::new(ZlibEncoder::new(plain, level)),
            Self::Raw => Box::new(DeflateEncoder::new(plain, level)),
            Self::Br => Box::new(brotli::CompressorReader::new(plain, 64 << 10, 2, 22)),
            Self::Zstd => Box::new(zstd::stream::read::Encoder::new(plain, 3)?),
        })
    }
}

/// One or more codings, innermost first; read from `gzip` or `gzip-br`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Codings(Vec<Coding>);

impl Codings {
    pub(super) fn parse(names: &str) -> Option<Self> {
        let layers: Vec<Coding> = names.split('-').map(Coding::parse).collect::<Option<_>>()?;
        (layers.len() <= MOST_LAYERS).then_some(Self(layers))
    }

    fn header(&self) -> HeaderValue {
        let names: Vec<&str> = self.0.iter().map(|coding| coding.name()).collect();
        HeaderValue::try_from(names.join(", ")).expect("the names of codings are ASCII words")
    }

    fn encode(&self, content: Content) -> io::Result<Bytes> {
        let plain: Box<dyn Read> = match content {
            Content::Text(n) => Box::new(io::Cursor::new(text(n))),
            Content::Zeros { mib } => Box::new(io::repeat(0).take(mib << 20)),
        };
        let mut encoded = Vec::new();
        self.0
            .iter()
            .try_fold(plain, |plain, coding| coding.encode(plain))?
            .read_to_end(&mut encoded)?;
        Ok(encoded.into())
    }
}

/// What is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Content {
    /// JSON of so many bytes.
    Text(usize),
    /// So many MiB of the same byte.
    Zeros { mib: u64 },
}

/// Everything encoded so far.
#[derive(Debug, Default)]
pub(super) struct Coded(Mutex<HashMap<(Codings, Content), Bytes>>);

impl Coded {
    pub(super) async fn answer(self: &Arc<Self>, codings: Codings, content: Content) -> Answer {
        let encoding = codings.header();
        let key = (codings, content);
        let known = self.kept().get(&key).cloned();
        let body = match known {
            Some(body) => Ok(body),
            None => self.make(key).await,
        };
        match body {
            Ok(body) => {
                let mut answer = match content {
                    Content::Text(_) => Answer::json(body),
                    Content::Zeros { .. } => {
                        Answer::new(StatusCode::OK, "application/octet-stream", body)
                    }
                };
                answer.headers.push((header::CONTENT_ENCODING, encoding));
                answer
            }
            Err(error) => Answer::error(
                StatusCode::INTERNAL_SERVER_ERROR,
                &json!({ "message": format!("the body cannot be encoded: {error}") }),
            ),
        }
    }

    async fn make(self: &Arc<Self>, key: (Codings, Content)) -> io::Result<Bytes> {
        let all = Arc::clone(self);
        // A large one takes seconds, in which the other servers must go on.
        let made = tokio::task::spawn_blocking(move || {
            let body = key.0.encode(key.1)?;
            let mut kept = all.kept();
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(key, body.clone());
            Ok(body)
        });
        made.await.map_err(io::Error::other)?
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<(Codings, Content), Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A list of small objects in exactly `n` bytes, filled up with spaces; below 2 bytes, nothing or `0`.
fn text(n: usize) -> Vec<u8> {
    if n < 2 {
        return b"0"[..n].to_vec();
    }
    let mut text = b"[".to_vec();
    for id in 0_u64.. {
        let comma = if id == 0 { "" } else { "," };
        let row = format!(
            "{comma}{{\"id\":{id},\"name\":\"item {id}\",\"even\":{}}}",
            id.is_multiple_of(2)
        );
        if text.len() + row.len() + 1 > n {
            break;
        }
        text.extend_from_slice(row.as_bytes());
    }
    text.resize(n - 1, b' ');
    text.push(b']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_json_of_exactly_that_length() {
        for n in [1, 2, 3, 40, 41, 42, 1000, 100_000] {
            let text = text(n);
            assert_eq!(text.len(), n);
            assert!(
                serde_json::from_slice::<serde_json::Value>(&text).is_ok(),
                "{n}"
            );
        }
        assert!(text(0).is_empty());
    }

    #[test]
    fn codings_are_read_from_their_names_and_bounded() {
        let both = Codings::parse("gzip-raw").unwrap();
        assert_eq!(both.header(), "gzip, deflate");
        for wrong in ["", "gzip-", "lzma", "gzip-gzip-gzip-gzip-gzip"] {
            assert_eq!(Codings::parse(wrong), None, "{wrong}");
        }
    }
}
