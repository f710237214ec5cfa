//! What the mutations begin with: the corpus of a target, and texts that are made to hurt.
//!
//! The corpus is a folder of small invented files for each target, `corpus/TARGET`. Each file there stays: one that
//! was found to break something keeps it from breaking again.

use std::{fs, path::Path};

/// How deep what is nested goes.
const DEEP: usize = 100_000;

/// The files of a target's corpus, by name.
///
/// # Errors
/// When there is no such folder or no file in it, or one cannot be read.
pub fn corpus(target: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, fs::read(entry.path()).map_err(failed)?));
    }
    if files.is_empty() {
        return Err(format!("{}: there is no file in it", folder.display()));
    }
    files.sort();
    Ok(files)
}

/// Texts that are made to hurt, each under its name; every target gets all of them.
#[must_use]
pub fn made_to_hurt() -> Vec<(&'static str, Vec<u8>)> {
    let repeat = |text: &str, times: usize| text.repeat(times).into_bytes();
    let around = |start: &str, middle: Vec<u8>, end: &str| {
        [start.as_bytes(), &middle, end.as_bytes()].concat()
    };
    vec![
        ("nothing", Vec::new()),
        ("a zero byte", vec![0]),
        ("100,000 open brackets", repeat("[", DEEP)),
        ("100,000 pairs of brackets", [repeat("[", DEEP), repeat("]", DEEP)].concat()),
        ("100,000 open objects", repeat("{\"a\":", DEEP)),
        ("100,000 open parentheses", repeat("(", DEEP)),
        ("100,000 minus signs", repeat("-", DEEP)),
        ("100,000 alternatives", repeat(".a//", DEEP)),
        ("100,000 pipes", repeat(".|", DEEP)),
        ("100,000 conditions", repeat("if . then ", DEEP)),
        ("brackets in a JSON text", around("\"", repeat("[", DEEP), "\"")),
        ("a feed with brackets in its items", around("{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":", repeat("[", DEEP), "}")),
        ("100,000 elements in each other", around("<rss version=\"2.0\"><channel>", repeat("<a>", DEEP), "</channel></rss>")),
        ("100,000 elements in each other, closed", [repeat("<a>", DEEP), repeat("</a>", DEEP)].concat()),
        ("200 elements in each other around an item", around(&"<div>".repeat(200), b"<item/>".to_vec(), &"</div>".repeat(200))),
        ("100,000 closed elements side by side", around("<rss version=\"2.0\"><channel>", repeat("<item/>", DEEP), "</channel></rss>")),
        ("an element with 20,000 attributes", {
            let attributes: String = (0..20_000).map(|number| format!(" a{number}=\"\"")).collect();
            around("<rss version=\"2.0\"", attributes.into_bytes(), "><channel/></rss>")
        }),
        ("20,000 namespaces", {
            let names: String = (0..20_000).map(|number| format!("<a xmlns:n{number}=\"urn:{number}\">")).collect();
            around("<feed xmlns=\"http://www.w3.org/2005/Atom\">", names.into_bytes(), "</feed>")
        }),
        ("entities of entities", entities()),
        ("an entity from a file", b"<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss version=\"2.0\"><channel><item><guid>1</guid><title>&x;</title></item></channel></rss>".to_vec()),
        ("a title of a megabyte", around("<rss version=\"2.0\"><channel><item><guid>1</guid><title>", repeat("é", 500_000), "</title></item></channel></rss>")),
        ("HTML tags that never end", around("<rss version=\"2.0\"><channel><item><guid>1</guid><description>", repeat("&lt;a href=&quot;", 20_000), "</description></item></channel></rss>")),
        ("HTML elements in each other", around("[{\"id\":1,\"title\":\"", repeat("<div><b>", 30_000), "\"}]")),
        ("HTML of hidden elements", around("[{\"id\":1,\"title\":\"", repeat("<script></scrip", 20_000), "\"}]")),
        ("100,000 ampersands", repeat("&", DEEP)),
        ("entities without end", repeat("&#1", DEEP)),
        ("open comments", repeat("<!--", DEEP)),
        ("open CDATA", repeat("<![CDATA[", DEEP)),
        ("a number of 100,000 digits", repeat("9", DEEP)),
        ("a small number of 100,000 digits", around("0.", repeat("0", DEEP), "1e-99999")),
        ("a large exponent", b"[{\"id\":1,\"score\":1e999999999,\"amount\":1e-999999999}]".to_vec()),
        ("one key 20,000 times", around("{", repeat("\"a\":1,", 20_000), "\"a\":1}")),
        ("20,000 keys", {
            let keys: String = (0..20_000).map(|number| format!("\"k{number}\":{number},")).collect();
            around("{", keys.into_bytes(), "\"z\":0}")
        }),
        ("20,000 documents", repeat("1\n", 20_000)),
        ("20,000 documents that are broken", repeat("{\n", 20_000)),
        ("100,000 quotes", repeat("\"", DEEP)),
        ("100,000 backslashes", around("\"", repeat("\\", DEEP), "")),
        ("100,000 separators", repeat(",", DEEP)),
        ("100,000 semicolons", repeat(";", DEEP)),
        ("100,000 line ends", repeat("\r\n", DEEP)),
        ("100,000 dots", repeat("a.", DEEP)),
        ("100,000 tables of TOML", around("", repeat("[a.", DEEP), "]")),
        ("arrays of TOML in each other", around("a = ", repeat("[", DEEP), "")),
        ("a long address", around("https://a.example/", repeat("../%2e%2e/a;b?c=d&", 5_000), "#e")),
        ("a query of 20,000 parts", around("https://a.example/?", repeat("utm_a=b&c=d&", 20_000), "")),
        ("UTF-16 with a mark", [0xFF, 0xFE].into_iter().chain("<rss version=\"2.0\"/>".encode_utf16().flat_map(u16::to_le_bytes)).collect()),
        ("UTF-16 cut in half", vec![0xFE, 0xFF, 0, b'<', 0]),
        ("bytes that are no text", (0..=u8::MAX).cycle().take(20_000).collect()),
        ("half a character", "é".as_bytes()[..1].to_vec()),
        ("a flag of many regions", repeat("\u{1F1E6}", 20_000)),
        ("marks on one letter", around("a", repeat("\u{301}", 50_000), "")),
    ]
}

/// Each entity ten of the one before.
fn entities() -> Vec<u8> {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY e0 \"lol\">");
    for level in 1..12 {
        let ten = format!("&e{};", level - 1).repeat(10);
        text.push_str(&format!("<!ENTITY e{level} \"{ten}\">"));
    }
    text.push_str("]><rss version=\"2.0\"><channel><item><guid>1</guid><title>&e11;</title></item></channel></rss>");
    text.into_bytes()
}
