//! New inputs out of old ones: bits, tokens, pieces moved, repeated, cut off and mixed.
//!
//! All draws come from one seeded generator. Tokens are what the corpus itself is made of, and values that are known
//! to be trouble somewhere.

use std::collections::BTreeSet;

/// No input grows beyond this many bytes.
pub(crate) const LONGEST: usize = 256 * 1024;

/// Values that are trouble somewhere, whatever the format.
const TROUBLE: &[&[u8]] = &[
    b"0",
    b"-1",
    b"1e400",
    b"-0.0",
    b"9007199254740993",
    b"99999999999999999999",
    b"NaN",
    b"null",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xfe\xff",
    b"\xe2\x80\xae",
    b"\xc3",
    b"\xf0\x9f\x98\x80",
    b"\x1b[2J",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&b;",
    b"&#0;",
    b"&#x110000;",
    b"&amp;amp;",
    b"\\u0000",
    b"\\ud800",
    b"\"\"",
    b"''",
    b"\r\n",
    b"%00",
    b"%",
    b"//",
    b"://",
    b"../",
    b"[[",
    b"]]",
    b"{}",
    b"<",
    b">",
    b"\"",
    b"'",
    b"\\",
    b"=",
    b",",
    b";",
    b"|",
    b"?",
];

/// What mutations are drawn from.
#[derive(Debug)]
pub(crate) struct Mutator {
    rng: fastrand::Rng,
    tokens: Vec<Vec<u8>>,
}

impl Mutator {
    pub(crate) fn new<'a>(seed: u64, corpus: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut tokens: BTreeSet<Vec<u8>> = TROUBLE.iter().map(|token| token.to_vec()).collect();
        for input in corpus {
            let words = input.split(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80);
            tokens.extend(
                words
                    .filter(|word| (1..=24).contains(&word.len()))
                    .map(<[u8]>::to_vec),
            );
        }
        Self {
            rng: fastrand::Rng::with_seed(seed),
            tokens: tokens.into_iter().collect(),
        }
    }

    /// One of several; of two draws the shorter, since short inputs are quicker and say more.
    pub(crate) fn choose<'a>(&mut self, pool: &'a [Vec<u8>]) -> &'a [u8] {
        let mut draw = || pool[self.rng.usize(..pool.len())].as_slice();
        let (one, other) = (draw(), draw());
        if one.len() <= other.len() { one } else { other }
    }

    /// A new input out of one of the pool.
    pub(crate) fn mutate(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.choose(pool).to_vec();
        for _ in 0..1 << self.rng.u32(0..4) {
            self.once(&mut input, pool);
        }
        input.truncate(LONGEST);
        input
    }

    fn once(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        match self.rng.u32(0..11) {
            0 if !input.is_empty() => {
                let at = self.rng.usize(..input.len());
                input[at] ^= 1 << self.rng.u32(0..8);
            }
            1 if !input.is_empty() => {
                let at = self.rng.usize(..input.len());
                input[at] = self.rng.u8(..);
            }
            2 | 3 => {
                let at = self.rng.usize(..=input.len());
                let token = self.token();
                input.splice(at..at, token);
            }
            4 => {
                let part = self.part(input.len());
                let token = self.token();
                input.splice(part, token);
            }
            5 => drop(input.drain(self.part(input.len()))),
            6 => {
                let part = self.part(input.len());
                let piece = input[part.clone()].to_vec();
                // Mostly a few times, sometimes as often as there is room.
                let times = match self.rng.u32(0..16) {
                    0 => LONGEST / (piece.len() + 1),
                    few => 1 << (few % 6),
                };
                let times = times.min(LONGEST.saturating_sub(input.len()) / piece.len().max(1));
                input.splice(part.start..part.start, piece.repeat(times));
            }
            7 => {
                let other = self.choose(pool);
                let from = self.part(other.len());
                let to = self.part(input.len());
                input.splice(to, other[from].iter().copied());
            }
            8 => {
                let part = self.part(input.len());
                let piece: Vec<u8> = input.drain(part).collect();
                let at = self.rng.usize(..=input.len());
                input.splice(at..at, piece);
            }
            9 => input.truncate(self.rng.usize(..=input.len())),
            _ => self.number(input),
        }
        input.truncate(LONGEST);
    }

    fn token(&mut self) -> Vec<u8> {
        self.tokens[self.rng.usize(..self.tokens.len())].clone()
    }

    /// A piece of something that long; short ones are likelier.
    fn part(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.rng.usize(..=length);
        let most = match self.rng.u32(0..4) {
            0 => length,
            1 => 256,
            _ => 16,
        };
        let end = (start + self.rng.usize(..=most)).min(length);
        start..end
    }

    /// Replaces one number by another.
    fn number(&mut self, input: &mut Vec<u8>) {
        let digits: Vec<usize> = (0..input.len())
            .filter(|at| input[*at].is_ascii_digit())
            .collect();
        if digits.is_empty() {
            return;
        }
        let start = digits[self.rng.usize(..digits.len())];
        let rest = &input[start..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = match self.rng.u32(0..4) {
            0 => self.rng.u64(..).to_string(),
            1 => self.rng.u64(0..100).to_string(),
            2 => "9".repeat(self.rng.usize(1..40)),
            _ => "0".repeat(self.rng.usize(0..4)),
        };
        input.splice(start..start + length, number.into_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{LONGEST, Mutator};

    #[test]
    fn one_seed_is_one_sequence_of_different_inputs_none_too_long() {
        let pool = [b"{\"score\": 12}".to_vec(), b"<a>b</a>".repeat(1000)];
        let inputs = |seed| {
            let mut mutator = Mutator::new(seed, pool.iter().map(Vec::as_slice));
            (0..2000).map(|_| mutator.mutate(&pool)).collect::<Vec<_>>()
        };
        let first = inputs(1);
        assert_eq!(first, inputs(1));
        assert_ne!(first, inputs(2));
        assert!(first.iter().all(|input| input.len() <= LONGEST));
        let different: HashSet<_> = first.iter().collect();
        assert!(different.len() > 1000, "{}", different.len());
    }

    #[test]
    fn an_empty_pool_entry_is_mutated_too() {
        let pool = [Vec::new()];
        let mut mutator = Mutator::new(1, []);
        let grown = (0..200)
            .filter(|_| !mutator.mutate(&pool).is_empty())
            .count();
        assert!(grown > 20);
    }
}
