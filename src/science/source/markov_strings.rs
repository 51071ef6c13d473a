//! Markov strings: each symbol follows from the one before by a hidden table,
//! most of the time.

use garde::Validate;
use ndarray::Array2;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawing::LOGARITHM;
use super::{
    DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets, shuffled,
};
use crate::science::bits::{Bits, Nats};
use crate::science::entropy::{log2_factorial, surprise};
use crate::science::family::Item;
use crate::science::network::footprint::{BYTES, count};
use crate::science::seed::Stream;

/// Strings whose next symbol is `table[symbol before]` with probability
/// `certainty`, else one of the others, equally likely. The table is a permutation
/// of the alphabet, drawn once and never shown: the first symbol is uniform, and
/// so is every one to an observer without the table.
///
/// With the table each further symbol costs the entropy rate
/// `H2(c) + (1 - c) log2(V - 1)`; without it `log2 V`. The difference is structure,
/// all of which `log2 V!` bits account for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MarkovStrings {
    /// Symbols of each string.
    #[garde(range(min = 2, max = 4096))]
    pub length: usize,
    /// Different symbols V.
    #[garde(range(min = 2, max = 65_536))]
    pub alphabet: usize,
    /// Probability c that a symbol is the one that the table says.
    #[garde(range(min = 0.0, max = 1.0))]
    pub certainty: f64,
    /// Strings N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
}

impl Item for MarkovStrings {
    const SUMMARY: &'static str = "strings in which each symbol mostly follows from the one before by a hidden permutation: the entropy rate is exact";

    fn example() -> Self {
        Self { length: 8, alphabet: 4, certainty: 0.8, samples: 64 }
    }
}

impl MarkovStrings {
    /// Bits of each symbol after the first, to whoever knows the table.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "alphabets are small")]
    pub fn entropy_rate(&self) -> Bits {
        let others = (self.alphabet - 1) as f64;
        surprise(self.certainty) + surprise((1.0 - self.certainty) / others) * others
    }
}

impl RandomProcess for MarkovStrings {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Symbols { length: self.length, alphabet: self.alphabet };
        DataShape { samples: self.samples, inputs: 0, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let (uniform, further) = (Bits::of_uniform(self.alphabet as f64), (self.length - 1) as f64);
        let n = self.samples as f64;
        Ledger {
            structure: (uniform - self.entropy_rate()) * (further * n),
            noise: (uniform + self.entropy_rate() * further) * n,
            rule: Some(log2_factorial(self.alphabet)),
        }
    }

    fn drawing(&self) -> Drawing {
        let table = BYTES * count(self.alphabet);
        Drawing { rule: table, judgment: LOGARITHM * count(self.length), ..Drawing::of(&self.shape()) }
    }

    fn distribution(&self, stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(MarkovLaw { source: self.clone(), table: shuffled(self.alphabet, stream) })
    }
}

/// The distribution once the table is drawn.
#[derive(Debug)]
struct MarkovLaw {
    source: MarkovStrings,
    table: Vec<u32>,
}

impl MarkovLaw {
    fn next(&self, before: u32, stream: &mut Stream) -> u32 {
        let said = self.table[before as usize];
        if stream.random::<f64>() < self.source.certainty {
            return said;
        }
        let alphabet = u32::try_from(self.source.alphabet).expect("checked to be at most 65,536");
        let other = stream.random_range(0..alphabet - 1);
        if other < said { other } else { other + 1 }
    }
}

impl Distribution for MarkovLaw {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let MarkovStrings { length, alphabet, samples, .. } = self.source;
        let symbols_of_it = u32::try_from(alphabet).expect("checked to be at most 65,536");
        let mut symbols = Array2::zeros((samples, length));
        for mut string in symbols.rows_mut() {
            string[0] = stream.random_range(0..symbols_of_it);
            for i in 1..length {
                string[i] = self.next(string[i - 1], stream);
            }
        }
        Dataset { inputs: Array2::zeros((samples, 0)), targets: Targets::Symbols { symbols, alphabet } }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        Nats(libm::log(self.source.alphabet as f64)) * (data.len() * self.source.length) as f64
    }

    fn has_noisy_rule(&self) -> bool {
        self.source.certainty < 1.0
    }

    #[expect(clippy::cast_precision_loss, reason = "alphabets are small")]
    fn bayes_sample(&self, data: &Dataset, sample: usize, logs: &mut [f64]) {
        let (symbols, alphabet) = (data.targets.symbols().row(sample), self.source.alphabet);
        let (first, others) = logs.split_at_mut(alphabet);
        first.fill(-libm::log(alphabet as f64));
        let other = libm::log((1.0 - self.source.certainty) / (alphabet as f64 - 1.0));
        for (before, logs) in symbols.iter().zip(others.chunks_exact_mut(alphabet)) {
            logs.fill(other);
            logs[self.table[*before as usize] as usize] = libm::log(self.source.certainty);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "alphabets are small")]
    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        let (alphabet, certainty) = (self.source.alphabet as f64, self.source.certainty);
        let said = -libm::log(certainty);
        let other = -libm::log((1.0 - certainty) / (alphabet - 1.0));
        let string = |string: ndarray::ArrayView1<u32>| -> f64 {
            let pairs = string.iter().zip(string.iter().skip(1));
            let steps = pairs.map(|(a, b)| if self.table[*a as usize] == *b { said } else { other });
            libm::log(alphabet) + steps.sum::<f64>()
        };
        Nats(data.targets.symbols().rows().into_iter().map(string).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::check;
    use super::*;

    #[test]
    fn the_ledger_equals_exhaustive_enumeration() {
        for (alphabet, certainty) in [(2, 0.9), (3, 0.5), (3, 0.05), (4, 1.0)] {
            let source = MarkovStrings { length: 4, alphabet, certainty, samples: 1 };
            let table = shuffled(alphabet, &mut check::rule_stream());
            let other = (1.0 - certainty) / (alphabet - 1) as f64;
            check::enumerate(&source, |string| {
                let step = |pair: &[u32]| if table[pair[0] as usize] == pair[1] { certainty } else { other };
                string.windows(2).map(step).product::<f64>() / alphabet as f64
            });
        }
    }

    #[test]
    fn draws_follow_the_law() {
        check::draws(&MarkovStrings { length: 9, alphabet: 5, certainty: 0.7, samples: 4000 });
        check::draws(&MarkovStrings { length: 3, alphabet: 2, certainty: 0.0, samples: 400 });
    }

    #[test]
    fn without_the_table_every_pair_is_equally_likely() {
        let source = MarkovStrings { length: 2, alphabet: 3, certainty: 0.9, samples: 1 };
        let mut counts = [0u32; 9];
        for replicate in 0..9000 {
            let distribution = source.distribution(&mut check::stream(replicate));
            let data = distribution.draw(&mut check::stream(10_000 + replicate));
            let string = data.targets.symbols();
            counts[(string[[0, 0]] * 3 + string[[0, 1]]) as usize] += 1;
        }
        // five standard errors of a count with mean 1000
        assert!(
            counts.iter().all(|count| f64::from(count.abs_diff(1000)) < 5.0 * 889f64.sqrt()),
            "{counts:?}"
        );
    }
}
