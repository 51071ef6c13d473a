//! The codes of a codebook: drawn uniformly among all of their sort.

use ndarray::ArrayView1;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::shuffled;
use crate::science::bits::{Bits, Nats};
use crate::science::entropy::log2_factorial;
use crate::science::seed::Stream;

/// How bits become a code word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// `offset + sum over the bits that are 1 of a row`, modulo 2: a random coset of a
    /// random linear code.
    #[default]
    Linear,
    /// Each bit stands at `length / information` hidden places, at some of them
    /// inverted.
    Repetition,
}

impl Code {
    /// Entropy of a string to whoever knows the code.
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    pub(super) fn string_bits(self, information: usize, length: usize, flips: f64) -> Bits {
        match self {
            Self::Linear => Bits(information as f64),
            Self::Repetition => {
                let places = length / information;
                let mut choose = 1.0;
                let mut group = 0.0;
                for ones in 0..=places {
                    let p = libm::exp(-repeated(ones, places, flips));
                    if p > 0.0 {
                        group -= choose * p * libm::log2(p);
                    }
                    choose *= (places - ones) as f64 / (ones + 1) as f64;
                }
                Bits(group) * information as f64
            }
        }
    }

    /// Bits that say which code it is.
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    pub(super) fn rule_bits(self, information: usize, length: usize) -> Bits {
        let free = Bits((length - information) as f64);
        match self {
            // subspaces of that dimension (the Gaussian binomial), and cosets of each
            Self::Linear => {
                let ones = |bits: usize| libm::log2(1.0 - libm::exp2(-(bits as f64))) + bits as f64;
                let subspaces = (0..information).map(|i| ones(length - i) - ones(information - i));
                Bits(subspaces.sum()) + free
            }
            // partitions into groups of equal size, and inversions up to those of whole groups
            Self::Repetition => {
                let groups = log2_factorial(length / information) * information as f64;
                log2_factorial(length) - groups - log2_factorial(information) + free
            }
        }
    }
}

/// `-ln` of the probability of `places` copies of a fair bit, `ones` of them 1.
fn repeated(ones: usize, places: usize, flips: f64) -> f64 {
    let power = |p: f64, n: usize| {
        #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
        libm::pow(p, n as f64)
    };
    let zeros = places - ones;
    let zero = power(flips, ones) * power(1.0 - flips, zeros);
    let one = power(1.0 - flips, ones) * power(flips, zeros);
    -libm::log(0.5 * (zero + one))
}

/// A code once drawn.
#[derive(Debug)]
pub(super) struct Drawn {
    offset: Vec<bool>,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// Rows in reduced echelon form, each with the place of its first 1.
    Linear(Vec<(usize, Vec<bool>)>),
    /// Places of each bit.
    Repetition(Vec<Vec<usize>>),
}

impl Drawn {
    pub(super) fn new(code: Code, information: usize, length: usize, stream: &mut Stream) -> Self {
        let bits = |stream: &mut Stream| (0..length).map(|_| stream.random::<bool>()).collect::<Vec<_>>();
        let form = match code {
            Code::Linear => {
                let mut rows: Vec<(usize, Vec<bool>)> = Vec::new();
                // rows that add nothing are drawn again: spans stay uniform
                while rows.len() < information {
                    insert(&mut rows, bits(stream));
                }
                Form::Linear(rows)
            }
            Code::Repetition => {
                let places: Vec<usize> =
                    shuffled(length, stream).iter().map(|&place| place as usize).collect();
                Form::Repetition(places.chunks_exact(length / information).map(<[usize]>::to_vec).collect())
            }
        };
        Self { offset: bits(stream), form }
    }

    /// A string of uniform bits with flips.
    pub(super) fn word(&self, flips: f64, stream: &mut Stream) -> Vec<bool> {
        let mut word = self.offset.clone();
        match &self.form {
            Form::Linear(rows) => {
                for (_, row) in rows {
                    if stream.random::<bool>() {
                        word.iter_mut().zip(row).for_each(|(bit, other)| *bit ^= other);
                    }
                }
            }
            Form::Repetition(groups) => {
                for group in groups {
                    let bit = stream.random::<bool>();
                    group.iter().for_each(|&place| word[place] ^= bit);
                }
            }
        }
        if flips > 0.0 {
            word.iter_mut().for_each(|bit| *bit ^= stream.random::<f64>() < flips);
        }
        word
    }

    /// `-ln` of the probability of a string; infinite for what is no code word.
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    pub(super) fn code_length(&self, string: ArrayView1<u32>, flips: f64) -> Nats {
        let mut rest: Vec<bool> =
            string.iter().zip(&self.offset).map(|(bit, offset)| (*bit == 1) ^ offset).collect();
        match &self.form {
            Form::Linear(rows) => {
                reduce(rows, &mut rest);
                let is_word = rest.iter().all(|bit| !bit);
                Nats(if is_word { rows.len() as f64 * std::f64::consts::LN_2 } else { f64::INFINITY })
            }
            Form::Repetition(groups) => {
                let ones = |group: &Vec<usize>| group.iter().filter(|&&place| rest[place]).count();
                Nats(groups.iter().map(|group| repeated(ones(group), group.len(), flips)).sum())
            }
        }
    }

    /// `ln` of the probabilities of 0 and 1 [d, 2] at each place of a string, given those before.
    pub(super) fn next_bits(&self, string: ArrayView1<u32>, flips: f64, logs: &mut [f64]) {
        let rest: Vec<bool> =
            string.iter().zip(&self.offset).map(|(bit, offset)| (*bit == 1) ^ offset).collect();
        let mut set = |place: usize, inverted: bool, of_zero: f64, of_one: f64| {
            let (zero, one) = if inverted { (of_one, of_zero) } else { (of_zero, of_one) };
            (logs[2 * place], logs[2 * place + 1]) = (zero, one);
        };
        match &self.form {
            Form::Linear(rows) => {
                for (place, offset) in self.offset.iter().enumerate() {
                    if rows.iter().any(|(first, _)| *first == place) {
                        set(place, false, -std::f64::consts::LN_2, -std::f64::consts::LN_2);
                        continue;
                    }
                    // no row starts here, so that those before say the bit
                    let chosen = rows.iter().filter(|(first, row)| rest[*first] && row[place]);
                    set(place, *offset ^ (chosen.count() % 2 == 1), 0.0, f64::NEG_INFINITY);
                }
            }
            Form::Repetition(groups) => {
                for group in groups {
                    let mut places = group.clone();
                    places.sort_unstable();
                    let mut ones = 0;
                    for (before, place) in places.into_iter().enumerate() {
                        let known = repeated(ones, before, flips);
                        let next = |bit: usize| known - repeated(ones + bit, before + 1, flips);
                        set(place, self.offset[place], next(0), next(1));
                        ones += usize::from(rest[place]);
                    }
                }
            }
        }
    }
}

/// Adds the rows whose first 1 meets a 1.
fn reduce(rows: &[(usize, Vec<bool>)], bits: &mut [bool]) {
    for (first, row) in rows {
        if bits[*first] {
            bits.iter_mut().zip(row).for_each(|(bit, other)| *bit ^= other);
        }
    }
}

/// Adds a row to the span, unless it lies in it.
fn insert(rows: &mut Vec<(usize, Vec<bool>)>, mut row: Vec<bool>) {
    reduce(rows, &mut row);
    if let Some(first) = row.iter().position(|bit| *bit) {
        for (_, other) in rows.iter_mut().filter(|(_, other)| other[first]) {
            other.iter_mut().zip(&row).for_each(|(bit, new)| *bit ^= new);
        }
        rows.push((first, row));
    }
}
