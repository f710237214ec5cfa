//! Names in dates: months in the languages that feeds are written in, and zones.
//!
//! Names are compared in lower case and without accents; three letters of a month are enough where they belong to one
//! month only. A zone that is not listed has an unknown offset, which counts as UTC, and so do the military letters:
//! RFC 5322 section 4.3 found them used with both signs.

/// Full names by month, each in English, Spanish, French, German, Italian, Portuguese, Dutch, the Nordic languages,
/// Polish and Russian where they differ, and abbreviations that are no beginning of a name.
const MONTHS: [&[&str]; 12] = [
    &[
        "january",
        "januar",
        "jaenner",
        "janner",
        "janvier",
        "enero",
        "gennaio",
        "janeiro",
        "stycznia",
        "января",
        "январь",
    ],
    &[
        "february",
        "februar",
        "fevrier",
        "febrero",
        "febbraio",
        "fevereiro",
        "lutego",
        "февраля",
        "февраль",
    ],
    &[
        "march",
        "mars",
        "marz",
        "maerz",
        "marts",
        "marzo",
        "marco",
        "maart",
        "mrt",
        "marca",
        "марта",
    ],
    &[
        "april",
        "avril",
        "abril",
        "aprile",
        "kwietnia",
        "апреля",
        "апрель",
    ],
    &[
        "may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maja", "мая", "май",
    ],
    &[
        "june", "juin", "juni", "junio", "giugno", "junho", "czerwca", "июня", "июнь",
    ],
    &[
        "july", "juillet", "juli", "julio", "luglio", "julho", "lipca", "июля", "июль",
    ],
    &["august", "aout", "agosto", "augusti", "sierpnia", "августа"],
    &[
        "september",
        "septembre",
        "septiembre",
        "settembre",
        "setembro",
        "setiembre",
        "wrzesnia",
        "сентября",
        "сентябрь",
    ],
    &[
        "october",
        "octobre",
        "octubre",
        "oktober",
        "ottobre",
        "outubro",
        "pazdziernika",
        "октября",
        "октябрь",
    ],
    &[
        "november",
        "novembre",
        "noviembre",
        "novembro",
        "listopada",
        "ноября",
        "ноябрь",
    ],
    &[
        "december",
        "decembre",
        "diciembre",
        "dezember",
        "dicembre",
        "dezembro",
        "desember",
        "grudnia",
        "декабря",
        "декабрь",
    ],
];

/// Zone names with one meaning that matters, and their offset in minutes. `ist` is India's, who publishes most.
const ZONES: &[(&str, i32)] = &[
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("met", 60),
    ("mez", 60),
    ("cest", 120),
    ("mest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("ist", 330),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("aest", 600),
    ("acdt", 630),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("adt", -180),
    ("brt", -180),
    ("art", -180),
    ("nst", -210),
    ("ndt", -150),
    ("ast", -240),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("akdt", -480),
    ("akst", -540),
    ("hst", -600),
];

/// Words between the parts of a date that say nothing.
const FILLERS: &[&str] = &[
    "a", "alle", "as", "at", "d", "das", "de", "del", "den", "der", "el", "h", "kl", "le", "of",
    "om", "on", "ore", "the", "uhr", "um", "г", "в",
];

/// Lower case, without the accents of the languages above.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
            'ç' => 'c',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ñ' | 'ń' => 'n',
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
            'ś' => 's',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            'ź' | 'ż' => 'z',
            '\u{2212}' | '\u{2010}' | '\u{2011}' | '\u{2013}' => '-',
            '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
            other => other,
        })
        .collect()
}

/// The month, from 1, that a word in plain letters begins.
pub(crate) fn month(word: &str) -> Option<i8> {
    if word.chars().count() < 3 {
        return None;
    }
    let mut found = None;
    for (number, names) in (1..).zip(MONTHS) {
        if names.contains(&word) {
            return Some(number);
        }
        if names.iter().any(|name| name.starts_with(word)) {
            if found.is_some() {
                return None;
            }
            found = Some(number);
        }
    }
    found
}

/// The offset of a named zone in minutes.
pub(super) fn zone(word: &str) -> Option<i32> {
    ZONES
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, minutes)| *minutes)
}

pub(crate) fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_means_its_month_and_three_letters_only_where_they_are_clear() {
        for (number, names) in (1..).zip(MONTHS) {
            for name in names {
                assert_eq!(month(name), Some(number), "{name}");
            }
        }
        for (word, number) in [
            ("ene", 1),
            ("fev", 2),
            ("mar", 3),
            ("abr", 4),
            ("mag", 5),
            ("giu", 6),
            ("lug", 7),
        ] {
            assert_eq!(month(word), Some(number), "{word}");
        }
        for (word, number) in [
            ("ago", 8),
            ("sept", 9),
            ("set", 9),
            ("out", 10),
            ("ott", 10),
            ("dez", 12),
            ("dic", 12),
        ] {
            assert_eq!(month(word), Some(number), "{word}");
        }
        // June and July of the French begin alike.
        assert_eq!(month("jui"), None);
        assert_eq!(month(&plain("Déc")), Some(12));
        assert_eq!(month("ma"), None);
    }
}
