//! Compressed answers, and bombs.

use std::io::Read;

use gather_sandbox::{Api, Sandbox};

use crate::client::{get, start};

fn undo(codings: &str, body: Vec<u8>) -> Box<dyn Read> {
    let mut plain: Box<dyn Read> = Box::new(std::io::Cursor::new(body));
    // The last one listed was applied last.
    for coding in codings.split('-').rev() {
        plain = match coding {
            "gzip" => Box::new(flate2::read::GzDecoder::new(plain)),
            "deflate" => Box::new(flate2::read::ZlibDecoder::new(plain)),
            "raw" => Box::new(flate2::read::DeflateDecoder::new(plain)),
            "br" => Box::new(brotli::Decompressor::new(plain, 4096)),
            "zstd" => Box::new(zstd::stream::read::Decoder::new(plain).expect("a decoder")),
            other => panic!("{other}"),
        };
    }
    plain
}

#[tokio::test]
async fn text_comes_encoded_as_its_header_says_and_is_json_of_that_length() {
    let sandbox = start(Sandbox::builder()).await;
    for (codings, header) in [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("raw", "deflate"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip-gzip", "gzip, gzip"),
        ("zstd-br", "zstd, br"),
    ] {
        for n in [0, 2, 20_000] {
            let path = format!("/{codings}/{n}");
            let reply = get(&sandbox, Api::Any, &path).await;
            assert_eq!(
                (reply.status, reply.header("content-encoding")),
                (200, header)
            );
            assert_eq!(
                reply.header("content-length"),
                reply.body.len().to_string(),
                "{path}"
            );
            assert!(n < 20_000 || reply.body.len() < n / 4, "{path}");
            let mut plain = Vec::new();
            undo(codings, reply.body.clone())
                .read_to_end(&mut plain)
                .unwrap();
            assert_eq!(plain.len(), n, "{path}");
            if n > 0 {
                let value: serde_json::Value = serde_json::from_slice(&plain).unwrap();
                assert!(value.is_array(), "{path}");
            }
            let again = get(&sandbox, Api::Any, &path).await;
            assert_eq!(again.body, reply.body, "{path}");
        }
    }
}

#[tokio::test]
async fn a_bomb_is_small_on_the_wire_and_large_inside() {
    let sandbox = start(Sandbox::builder()).await;
    for (codings, wire) in [
        ("gzip", 20_000),
        ("deflate", 20_000),
        ("br", 2_000),
        ("zstd", 4_000),
        ("gzip-gzip", 2_000),
    ] {
        let reply = get(&sandbox, Api::Any, &format!("/bomb/{codings}/16")).await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.len() < wire, "{codings}: {}", reply.body.len());
        let mut plain = undo(codings, reply.body);
        let (mut length, mut piece) = (0, vec![0; 64 << 10]);
        loop {
            match plain.read(&mut piece).unwrap() {
                0 => break,
                n => {
                    assert!(piece[..n].iter().all(|byte| *byte == 0));
                    length += n;
                }
            }
        }
        assert_eq!(length, 16 << 20, "{codings}");
    }
}

#[tokio::test]
async fn what_is_no_coding_or_no_size_is_refused_with_what_was_expected() {
    let sandbox = start(Sandbox::builder()).await;
    for (path, status, words) in [
        ("/gzip/many", 400, "not a number of bytes"),
        ("/gzip-lzma/10", 404, "nothing at"),
        ("/bomb/lzma/1", 400, "expected gzip"),
        ("/bomb/gzip", 400, "not a number of MiB"),
        ("/bomb/gzip/1025", 400, "up to 1024"),
    ] {
        let reply = get(&sandbox, Api::Any, path).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.text().contains(words), "{path}: {}", reply.text());
    }
}
