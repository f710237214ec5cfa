//! What stands in `:86:`: who it was with and what for, in the ways of different countries.
//!
//! German banks number the parts (`?20` to `?29` and `?60` to `?63` are the purpose, `?32` and `?33` the name), Dutch
//! ones name them (`/NAME/…/REMI/…`); anything else is text.

use super::super::words;

/// Who and what for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) payee: Option<String>,
    pub(super) description: Option<String>,
}

/// Names of parts between slashes.
const NAMES: [&str; 20] = [
    "TRTP", "IBAN", "BIC", "NAME", "REMI", "EREF", "MARF", "CSID", "ISDT", "ORDP", "BENM", "PURP",
    "ID", "ADDR", "RTRN", "SVCL", "CNTP", "ULTD", "ULTC", "USTD",
];

pub(super) fn read(lines: &[&str]) -> Details {
    numbered(lines)
        .or_else(|| named(lines))
        .unwrap_or_else(|| Details {
            payee: None,
            description: words::line(&lines.join(" ")),
        })
}

/// `177?00SEPA?20SVWZ+Rent?32Landlord`
fn numbered(lines: &[&str]) -> Option<Details> {
    let first = lines.first()?.trim_start();
    let code = first.bytes().take_while(u8::is_ascii_digit).count();
    let separator = first[code..]
        .chars()
        .next()
        .filter(|c| "?>&+@".contains(*c))?;
    let behind = &first[code + separator.len_utf8()..];
    let is_number = behind.bytes().take(2).filter(u8::is_ascii_digit).count() == 2;
    if !matches!(code, 0 | 3) || !is_number {
        return None;
    }
    // Lines are cut anywhere.
    let text: String = lines
        .iter()
        .map(|line| line.trim_end_matches(['\r', '\n']))
        .collect();
    let (mut posting, mut purpose, mut name) = (String::new(), String::new(), String::new());
    for part in text[code..].split(separator) {
        let Some(number) = part.get(..2).and_then(|digits| digits.parse::<u8>().ok()) else {
            // The sign stands in a text.
            purpose.push_str(part);
            continue;
        };
        let part = &part[2..];
        match number {
            0 => posting.push_str(part),
            20..=29 | 60..=63 => purpose.push_str(part),
            32 | 33 => name.push_str(part),
            _ => {}
        }
    }
    let purpose = match purpose.split_once("SVWZ+") {
        Some((_, purpose)) => {
            let other = [
                "EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "ABWA+", "ABWE+", "IBAN+", "BIC+",
            ];
            let end = other.iter().filter_map(|key| purpose.find(key)).min();
            purpose[..end.unwrap_or(purpose.len())].to_owned()
        }
        None => purpose,
    };
    Some(Details {
        payee: words::line(&name),
        description: words::line(&purpose).or_else(|| words::line(&posting)),
    })
}

/// `/TRTP/SEPA/NAME/Landlord/REMI/Rent`
fn named(lines: &[&str]) -> Option<Details> {
    let text: String = lines
        .iter()
        .map(|line| line.trim_end_matches(['\r', '\n']))
        .collect();
    let text = text.trim();
    let is_name = |word: &&str| NAMES.contains(word);
    let first = text.strip_prefix('/')?.split('/').next()?;
    if !is_name(&first) {
        return None;
    }
    let value = |wanted: &str| {
        let mut parts = text.split('/').skip(1);
        parts.find(|part| *part == wanted)?;
        let value: Vec<&str> = parts.take_while(|part| !is_name(part)).collect();
        words::line(&value.join("/"))
    };
    Some(Details {
        payee: value("NAME"),
        description: value("REMI")
            .or_else(|| value("USTD"))
            .or_else(|| value("TRTP")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> String {
        let details = read(lines);
        let part = |text: Option<String>| text.unwrap_or_default();
        format!("{} | {}", part(details.payee), part(details.description))
    }

    #[test]
    fn parts_are_numbered_named_or_text() {
        assert_eq!(
            told(&[
                "166?00GUTSCHRIFT?20EREF+12?21SVWZ+Miete Nove",
                "mber?30BIC?32Hafen?33 GmbH"
            ]),
            "Hafen GmbH | Miete November"
        );
        assert_eq!(told(&["005?00ENTGELT?34888"]), " | ENTGELT");
        assert_eq!(
            told(&[
                "/TRTP/SEPA/IBAN/NL00X/NAME/J de Vries/REMI/Huur 1",
                "1/2026/EREF/x"
            ]),
            "J de Vries | Huur 11/2026"
        );
        assert_eq!(told(&["CARD 1234", "COFFEE"]), " | CARD 1234 COFFEE");
        assert_eq!(told(&["?"]), " | ?");
        assert_eq!(told(&[]), " | ");
    }
}
