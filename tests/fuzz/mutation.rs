//! Small changes of inputs: bits, pieces, numbers, words of other inputs.

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Inputs grow no further.
const LONGEST: usize = 64 << 10;

/// Numbers at the edges of what is counted with.
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "0.5",
    "1e-320",
    "1e308",
    "1e309",
    "-1e400",
    "1e999",
    "255",
    "256",
    "65536",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "0.1e-7",
    "1e18",
];

/// Pieces of JSON where something else stood.
const PIECES: [&str; 14] = [
    "null",
    "true",
    "[]",
    "{}",
    "[[]]",
    "\"\"",
    "NaN",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "{\"kind\":\"none\"}",
    "[null]",
    "\u{feff}",
    "/*",
    "\"a\":1,\"a\":2",
];

pub struct Mutator {
    random: ChaCha8Rng,
    words: Vec<Vec<u8>>,
}

impl Mutator {
    pub fn new(seed: u64, inputs: &[Vec<u8>]) -> Self {
        let words: BTreeSet<Vec<u8>> = inputs.iter().flat_map(|input| words(input)).collect();
        Self { random: ChaCha8Rng::seed_from_u64(seed), words: words.into_iter().collect() }
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound.max(1))
    }

    /// One of the inputs, changed at some places.
    pub fn next(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let which = self.below(inputs.len());
        let mut input = inputs[which].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut input, inputs);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, inputs: &[Vec<u8>]) {
        match self.below(9) {
            0 if !input.is_empty() => {
                let at = self.below(input.len());
                input[at] ^= 1 << self.below(8);
            }
            1 => {
                let range = self.range(input.len(), 32);
                input.drain(range);
            }
            2 => {
                let range = self.range(input.len(), 4096);
                let (piece, at) = (input[range.clone()].to_vec(), range.end);
                input.splice(at..at, piece);
            }
            3 => {
                let at = self.below(input.len() + 1);
                let bytes: Vec<u8> = (0..=self.below(8)).map(|_| self.random.random()).collect();
                input.splice(at..at, bytes);
            }
            4 => {
                let other = self.below(inputs.len());
                let from = self.range(inputs[other].len(), 512);
                let to = self.range(input.len(), 64);
                input.splice(to, inputs[other][from].to_vec());
            }
            5 => {
                let number = NUMBERS[self.below(NUMBERS.len())];
                self.replace(input, number.as_bytes(), u8::is_ascii_digit);
            }
            6 if !self.words.is_empty() => {
                let which = self.below(self.words.len());
                let word = self.words[which].clone();
                self.replace(input, &word, |byte| byte.is_ascii_alphabetic() || *byte == b'_');
            }
            7 => {
                let piece = PIECES[self.below(PIECES.len())];
                self.replace(input, piece.as_bytes(), |byte| !b",:[]{}".contains(byte));
            }
            _ => {
                let range = self.range(input.len(), 64);
                let half = input.len() / 2;
                input.drain(range.start.max(half)..range.end.max(half));
            }
        }
    }

    /// A range of at most so many.
    fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let end = (start + self.below(most + 1)).min(length);
        start..end
    }

    /// Puts something in the place of a run of such bytes.
    fn replace(&mut self, input: &mut Vec<u8>, by: &[u8], is_part: impl Fn(&u8) -> bool) {
        let from = self.below(input.len() + 1);
        let Some(start) = (from..input.len()).find(|i| is_part(&input[*i])) else { return };
        let end = (start..input.len()).find(|i| !is_part(&input[*i])).unwrap_or(input.len());
        input.splice(start..end, by.iter().copied());
    }
}

/// The names in a document.
fn words(input: &[u8]) -> Vec<Vec<u8>> {
    let is_part = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    input.split(|byte| !is_part(byte)).filter(|word| word.len() > 2).map(<[u8]>::to_vec).collect()
}
