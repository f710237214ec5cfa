//! The files that pages refer to: style, scripts, fonts, the chart library. They are in the binary.
//!
//! All of them live under one folder that is named after the digest of everything in it, so that a browser may keep
//! each for ever, and a style can name a font and a script another one beside it without anybody rewriting either.
//! Text is compressed once, when it is first asked for, and kept.
//!
//! Not here: where the files of other projects come from (`assets/vendor/README.md`).

use std::{
    collections::HashMap,
    io::Write as _,
    sync::{LazyLock, OnceLock},
};

use axum::{
    body::Body,
    extract::Path,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

/// Where assets are served, below the base path.
const FOLDER: &str = "/assets";

/// How many hexadecimal digits name the folder.
const DIGITS: usize = 16;

#[derive(rust_embed::Embed)]
#[folder = "assets"]
struct Files;

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::load);

struct Assets {
    digest: String,
    files: HashMap<String, Asset>,
}

struct Asset {
    kind: HeaderValue,
    plain: Bytes,
    /// Whether compressing it is of use: fonts are compressed already.
    text: bool,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl Assets {
    fn load() -> Self {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort_unstable();
        let mut digest = Sha256::new();
        let mut files = HashMap::new();
        let embedded = names.into_iter().filter_map(|name| {
            let data = Files::get(&name)?.data;
            Some((name, data))
        });
        // What runs are drawn with has styles of its own.
        let drawn = (
            "css/waterfall.css".into(),
            gather_draw::STYLE.as_bytes().into(),
        );
        for (name, data) in embedded.chain([drawn]) {
            digest.update(name.as_bytes());
            digest.update(Sha256::digest(&data));
            let kind = mime_guess::from_path(&*name).first_or_octet_stream();
            let text = kind.type_() == mime_guess::mime::TEXT
                || kind.subtype() == mime_guess::mime::JAVASCRIPT
                || kind.suffix().is_some_and(|it| it == mime_guess::mime::XML);
            let kind = if text {
                format!("{}; charset=utf-8", kind.essence_str())
            } else {
                kind.essence_str().to_owned()
            };
            let plain = match data {
                std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
            };
            files.insert(
                name.into_owned(),
                Asset {
                    kind: HeaderValue::try_from(kind)
                        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream")),
                    plain,
                    text,
                    brotli: OnceLock::new(),
                    gzip: OnceLock::new(),
                },
            );
        }
        let digest = digest.finalize();
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            digest: digest[..DIGITS].to_owned(),
            files,
        }
    }
}

impl Asset {
    /// Brotli at a level that takes milliseconds for what is here.
    fn brotli(&self) -> Bytes {
        let packed = self.brotli.get_or_init(|| {
            let mut packed = Vec::new();
            let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 9, 22);
            // Writing into memory does not fail.
            let _ = writer.write_all(&self.plain);
            drop(writer);
            packed.into()
        });
        packed.clone()
    }

    fn gzip(&self) -> Bytes {
        let packed = self.gzip.get_or_init(|| {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            let _ = writer.write_all(&self.plain);
            writer.finish().unwrap_or_default().into()
        });
        packed.clone()
    }
}

/// The address of a file under a base path, such as `css/base.css`; a file that is not there is a mistake in a template,
/// which the tests find.
pub(super) fn address(base: &str, file: &str) -> String {
    debug_assert!(ASSETS.files.contains_key(file), "no asset {file}");
    format!("{base}{FOLDER}/{}/{file}", ASSETS.digest)
}

/// Answers `/assets/{digest}/{*file}`. Whoever asks for another digest speaks of another build: there is no such file.
pub(super) async fn serve(
    Path((digest, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(asset) = ASSETS.files.get(&file).filter(|_| digest == ASSETS.digest) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (coding, body) = if !asset.text {
        (None, asset.plain.clone())
    } else if accepts(&headers, "br") {
        (Some("br"), asset.brotli())
    } else if accepts(&headers, "gzip") {
        (Some("gzip"), asset.gzip())
    } else {
        (None, asset.plain.clone())
    };
    let mut answer = Response::new(Body::from(body));
    let head = answer.headers_mut();
    head.insert(header::CONTENT_TYPE, asset.kind.clone());
    head.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    if asset.text {
        head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if let Some(coding) = coding {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    answer
}

/// Whether a coding is among those a client takes (RFC 9110, section 12.5.3); `q=0` is a refusal.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let listed = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    listed
        .filter_map(|one| {
            let mut parts = one.split(';').map(str::trim);
            let name = parts.next()?;
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
            Some((name, weight?))
        })
        .any(|(name, weight)| name.eq_ignore_ascii_case(coding) && weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(file: &str, digest: &str, coding: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, coding.parse().unwrap());
        serve(Path((digest.to_owned(), file.to_owned())), headers).await
    }

    #[tokio::test]
    async fn text_comes_compressed_as_the_client_likes_it_and_is_kept_for_ever() {
        for (coding, said) in [
            ("gzip, deflate, br;q=0.9", Some("br")),
            ("br;q=0, gzip", Some("gzip")),
            ("identity", None),
        ] {
            let answer = asked("css/base.css", &ASSETS.digest, coding).await;
            assert_eq!(answer.status(), StatusCode::OK);
            let head = answer.headers();
            assert_eq!(
                head.get(header::CONTENT_ENCODING)
                    .map(|it| it.to_str().unwrap()),
                said
            );
            assert_eq!(head[header::CONTENT_TYPE], "text/css; charset=utf-8");
            assert_eq!(head[header::VARY], "accept-encoding");
            let cached = head[header::CACHE_CONTROL].to_str().unwrap();
            assert!(cached.contains("immutable"), "{cached}");
        }
    }

    #[tokio::test]
    async fn what_is_compressed_is_the_file() {
        use std::io::Read as _;
        let file = &ASSETS.files["vendor/uplot.js"];
        let mut back = Vec::new();
        brotli::Decompressor::new(&file.brotli()[..], 4096)
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, file.plain);
        back.clear();
        flate2::read::GzDecoder::new(&file.gzip()[..])
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, file.plain);
        assert!(file.brotli().len() < file.plain.len() / 2);
    }

    #[tokio::test]
    async fn fonts_go_as_they_are_and_nothing_else_is_found() {
        let answer = asked("vendor/inter-latin.woff2", &ASSETS.digest, "br").await;
        assert_eq!(answer.headers().get(header::CONTENT_ENCODING), None);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "font/woff2");
        for (digest, file) in [
            (ASSETS.digest.as_str(), "css/none.css"),
            (ASSETS.digest.as_str(), "../Cargo.toml"),
            ("0000000000000000", "css/base.css"),
        ] {
            let answer = asked(file, digest, "br").await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{file}");
        }
    }

    #[test]
    fn what_an_asset_names_beside_it_is_there() {
        for (name, file) in &ASSETS.files {
            let Ok(text) = std::str::from_utf8(&file.plain) else {
                continue;
            };
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let marks = match name.rsplit('.').next() {
                Some("css") => ["url(\"", "url(\""],
                Some("js") => ["from \"", "import(\""],
                _ => continue,
            };
            for (mark, rest) in marks
                .iter()
                .flat_map(|mark| text.split(mark).skip(1).map(move |rest| (mark, rest)))
            {
                let named = rest.split('"').next().unwrap();
                let base = url::Url::parse(&format!("http://host/{folder}/")).unwrap();
                let path = base.join(named).unwrap().path()[1..].to_owned();
                assert!(
                    ASSETS.files.contains_key(path.trim_start_matches('/')),
                    "{name} names {named} after {mark}"
                );
                assert!(!named.contains("//"), "{name} leaves the origin: {named}");
            }
        }
    }
}
