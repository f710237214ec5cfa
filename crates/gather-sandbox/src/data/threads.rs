//! Posts of a forum, newest first, two of them stuck to its top.

use fastrand::Rng;
use jiff::Timestamp;

use super::{
    news::before,
    words::{self, SECTIONS},
};

pub(crate) const THREADS: usize = 130;

#[derive(Debug, Clone)]
pub(crate) struct Thread {
    /// In base 36.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) author: Option<String>,
    /// `None` for a text post.
    pub(crate) url: Option<String>,
    pub(crate) text: String,
    pub(crate) score: i64,
    pub(crate) comments: u32,
    pub(crate) created: i64,
    pub(crate) edited: bool,
    pub(crate) stickied: bool,
}

const AUTHORS: [&str; 6] = [
    "oakplane",
    "anvilry",
    "marram",
    "skerryman",
    "tuesdayvise",
    "quillpen",
];

pub(crate) fn threads(seed: u64, now: Timestamp) -> Vec<Thread> {
    let mut rng = Rng::with_seed(seed ^ 0x5244_4954);
    (0..THREADS)
        .map(|n| {
            let number = 1_900_000 - n * 7;
            let section = &SECTIONS[n % SECTIONS.len()];
            let title = match n % 5 {
                2 => format!("Bench & vise, part <{n}>"),
                _ => words::headline(&mut rng, section),
            };
            let is_text = n % 3 == 0;
            let age = i64::try_from(n).unwrap_or_default() * 1_200 + rng.i64(60..1_000);
            Thread {
                id: base36(number),
                title,
                author: (n % 20 != 11).then(|| words::pick(&mut rng, &AUTHORS).to_owned()),
                url: (!is_text).then(|| format!("https://blog.example/{number}?a=1&b=2")),
                text: if is_text {
                    words::sentence(&mut rng)
                } else {
                    String::new()
                },
                score: rng.i64(-3..900),
                comments: rng.u32(0..200),
                created: before(now, age).as_second(),
                edited: n % 10 == 6,
                stickied: n == 40 || n == 90,
            }
        })
        .collect()
}

fn base36(mut number: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_descend_with_age() {
        let threads = threads(7, "2026-11-20T09:00:00Z".parse().unwrap());
        assert_eq!(threads.len(), THREADS);
        assert!(threads.is_sorted_by(|a, b| a.id > b.id && a.created > b.created));
        assert_eq!(threads.iter().filter(|thread| thread.stickied).count(), 2);
        assert_eq!(base36(35 * 36 + 10), "za");
    }
}
