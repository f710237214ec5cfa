//! Made-up news, the same for everybody who asks with the same seed.
//!
//! Words are put together from syllables and drawn so that few of them are frequent and many rare, as in a language:
//! a full-text index costs what its vocabulary makes it cost.

use jiff::Timestamp;

/// Of these words are made, two or three each.
const SYLLABLES: [&str; 32] = [
    "ba", "cor", "del", "en", "fa", "gri", "hol", "in", "jas", "kel", "lo", "mar", "nor", "os",
    "pel", "qua", "ri", "sto", "tur", "un", "ver", "wil", "xan", "yor", "zim", "ash", "bel", "cam",
    "dun", "est", "fen", "gol",
];

/// How many different words there are.
const VOCABULARY: u32 = 30_000;

/// The instant before all that happens, in seconds since 1970: 2026-01-01.
const START: i64 = 1_767_225_600;

/// One article, in the parts that every format has.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) url: String,
    pub(crate) published: Timestamp,
    pub(crate) author: String,
    pub(crate) summary: String,
    pub(crate) section: &'static str,
    pub(crate) score: u32,
    pub(crate) comments: u32,
}

/// A source of invented text.
#[derive(Debug)]
pub(crate) struct Pen(fastrand::Rng);

impl Pen {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// One word; the first of the vocabulary come most often.
    fn word(&mut self) -> String {
        let rng = &mut self.0;
        let mut draw = || rng.u32(0..VOCABULARY);
        let mut number = draw().min(draw()).min(draw()).min(draw());
        let mut word = String::new();
        for _ in 0..2 {
            let at = usize::try_from(number % 32).unwrap_or_default();
            word.push_str(SYLLABLES[at]);
            number /= 32;
        }
        // The rest tells words apart that begin alike.
        if number > 0 {
            let at = usize::try_from(number % 32).unwrap_or_default();
            word.push_str(SYLLABLES[at]);
        }
        word
    }

    /// So many words, the first with a capital.
    pub(crate) fn words(&mut self, count: usize) -> String {
        let mut text = String::new();
        for at in 0..count {
            if at > 0 {
                text.push(' ');
            }
            text.push_str(&self.word());
        }
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        text
    }

    /// A text of whole sentences with about so many words.
    pub(crate) fn sentences(&mut self, words: usize) -> String {
        let mut text = String::new();
        let mut left = words;
        while left > 0 {
            let count = self.0.usize(6..16).min(left);
            left -= count;
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&self.words(count));
            text.push('.');
        }
        text
    }

    pub(crate) fn story(&mut self, number: usize) -> Story {
        let sections = ["world", "harbour", "science", "money", "culture", "sport"];
        let title_words = self.0.usize(6..13);
        let title = self.words(title_words);
        let slug = title.to_ascii_lowercase().replace(' ', "-");
        let host = self.0.u32(0..40);
        let seconds = START + i64::try_from(number).unwrap_or_default() * 37;
        let summary_words = self.0.usize(20..45);
        Story {
            number,
            // Every third address carries what does not belong to the story.
            url: match number % 3 {
                0 => {
                    format!("https://www.paper{host}.example/news/{number}/{slug}/?utm_source=feed")
                }
                _ => format!("https://paper{host}.example/news/{number}/{slug}"),
            },
            title,
            published: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
            author: self.words(2),
            summary: self.sentences(summary_words),
            section: sections[self.0.usize(0..sections.len())],
            score: self.0.u32(0..2_000),
            comments: self.0.u32(0..500),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Pen;

    #[test]
    fn one_seed_is_one_text_and_the_vocabulary_is_large() {
        let text = Pen::new(7).sentences(20_000);
        assert_eq!(text, Pen::new(7).sentences(20_000));
        assert_ne!(text, Pen::new(8).sentences(20_000));
        let words: HashSet<&str> = text.split(' ').collect();
        assert!((2_000..18_000).contains(&words.len()), "{}", words.len());
    }
}
