//! Which format a file is of: by its content, whatever it is called.

use super::{FileFormat, error::Fault};

/// How much of a file is looked at.
const HEAD: usize = 64 * 1024;

pub(super) fn format(bytes: &[u8], name: &str) -> Result<FileFormat, Fault> {
    for (start, what, hint) in [
        (
            &b"%PDF"[..],
            "a PDF",
            "banks offer the same statement as OFX, CSV or CAMT",
        ),
        (
            b"PK\x03\x04",
            "a ZIP archive or a workbook of Excel",
            "unpack it, or save the sheet as CSV",
        ),
        (
            b"\xD0\xCF\x11\xE0",
            "a workbook of Excel",
            "save the sheet as CSV",
        ),
        (b"\x1F\x8B", "compressed by gzip", "unpack it first"),
    ] {
        if bytes.starts_with(start) {
            return Err(Fault::new(format!("it is {what}, which is not read")).with_hint(hint));
        }
    }
    // Without the zeros of UTF-16, since only names in ASCII are looked for.
    let head: Vec<u8> = bytes
        .iter()
        .take(HEAD)
        .filter(|byte| **byte != 0)
        .map(u8::to_ascii_uppercase)
        .collect();
    let head = String::from_utf8_lossy(&head);
    let head = head.trim_start_matches(['\u{FEFF}', '\u{FFFD}', ' ', '\t', '\r', '\n']);
    if head.is_empty() {
        return Err(Fault::new("the file is empty"));
    }
    if ["OFXHEADER", "<OFX>", "<OFX ", "<?OFX"]
        .iter()
        .any(|mark| head.contains(mark))
    {
        return Ok(FileFormat::Ofx);
    }
    if head.starts_with('<') {
        return if head.contains("<!DOCTYPE HTML") || head.contains("<HTML") {
            Err(Fault::new("it is an HTML page and no statement")
                .with_hint("log in at the bank and download it again"))
        } else if ["CAMT.05", "BKTOCSTMR"]
            .iter()
            .any(|mark| head.contains(mark))
        {
            Ok(FileFormat::Camt)
        } else {
            Err(Fault::new("it is XML, but neither OFX nor CAMT.052/053"))
        };
    }
    let starts_line = |mark: &str| {
        head.lines()
            .flat_map(|line| line.split('\r'))
            .any(|line| line.trim_start().starts_with(mark))
    };
    if ["!TYPE:", "!ACCOUNT", "!OPTION:"]
        .iter()
        .any(|mark| starts_line(mark))
    {
        return Ok(FileFormat::Qif);
    }
    let tags = [":20:", ":25:", ":28C:", ":60F:", ":60M:", ":61:", ":62F:"];
    if tags.iter().filter(|tag| starts_line(tag)).count() >= 2 {
        return Ok(FileFormat::Mt940);
    }
    if head.starts_with(['{', '[']) && !head.starts_with("{1:") {
        return Err(Fault::new("it is JSON and no statement")
            .with_hint("declare it as a source, with a mapping"));
    }
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    Ok(match ending.as_deref() {
        Some("qif") => FileFormat::Qif,
        Some("sta" | "mt940" | "940") => FileFormat::Mt940,
        Some("ofx" | "qfx") => FileFormat::Ofx,
        _ => FileFormat::Csv,
    })
}
