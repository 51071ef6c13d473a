//! Random strings: nothing to predict, everything to remember. What generative
//! networks are filled with.

use std::collections::BTreeSet;

use garde::Validate;
use ndarray::Array2;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawing::lists;
use super::{DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::network::footprint::count;
use crate::science::seed::Stream;

/// Strings of uniform, independent symbols, without inputs: the sample itself is
/// what a generative network must predict (Morris et al. 2025).
///
/// As a `sequence` a draw holds `samples * length * log2(alphabet)` bits. As a
/// `set` its strings are distinct and their order carries nothing: it holds
/// `log2 C(alphabet^length, samples)` bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RandomStrings {
    /// Symbols of each string.
    #[garde(range(min = 1, max = 4096))]
    pub length: usize,
    /// Different symbols.
    #[serde(default = "two")]
    #[garde(range(min = 2, max = 65_536))]
    pub alphabet: usize,
    /// Strings N of one draw.
    #[garde(range(min = 1, max = 10_000_000), custom(enough_strings(self)))]
    pub samples: usize,
    /// Whether order counts and strings may repeat.
    #[serde(default)]
    #[garde(skip)]
    pub collection: Collection,
}

/// Whether the order of samples counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// Independent strings in order; they may repeat.
    #[default]
    Sequence,
    /// Distinct strings without order.
    Set,
}

fn two() -> usize {
    2
}

fn enough_strings(strings: &RandomStrings) -> impl FnOnce(&usize, &()) -> garde::Result {
    let most = strings.count();
    let is_set = strings.collection == Collection::Set;
    move |samples, ()| match most {
        Some(most) if is_set && *samples as u64 > most => {
            Err(garde::Error::new(format!("greater than {most}, the number of distinct strings")))
        }
        _ => Ok(()),
    }
}

impl RandomStrings {
    /// Distinct strings, if there are fewer than 2^64.
    fn count(&self) -> Option<u64> {
        (self.alphabet as u64).checked_pow(u32::try_from(self.length).ok()?)
    }

    /// `-ln` of the chance of the draw's strings in their order.
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ordered(&self, samples: usize) -> Nats {
        let each = self.length as f64 * libm::log(self.alphabet as f64);
        match (self.collection, self.count()) {
            (Collection::Set, Some(count)) => {
                // the strings that are taken cannot come again
                Nats((0..samples).map(|i| libm::log(count as f64 - i as f64)).sum())
            }
            _ => Nats(each * samples as f64),
        }
    }

    fn symbols(&self, count: usize, stream: &mut Stream) -> Vec<u32> {
        let alphabet = u32::try_from(self.alphabet).expect("checked to be at most 65,536");
        (0..count).map(|_| stream.random_range(0..alphabet)).collect()
    }

    /// The string of this number among all, its first symbol the highest digit.
    #[expect(clippy::cast_possible_truncation, reason = "a digit is below the alphabet's size")]
    fn numbered(&self, mut number: u64) -> Vec<u32> {
        let mut string = vec![0; self.length];
        for symbol in string.iter_mut().rev() {
            *symbol = (number % self.alphabet as u64) as u32;
            number /= self.alphabet as u64;
        }
        string
    }

    /// Distinct strings: picked from all of them where there are few, else drawn
    /// again when they repeat.
    #[expect(clippy::cast_possible_truncation, reason = "few strings are below 2^26")]
    fn set(&self, stream: &mut Stream) -> Vec<Vec<u32>> {
        if let Some(count) = self.count().filter(|count| *count <= 4 * self.samples as u64) {
            let mut numbers: Vec<u64> = (0..count).collect();
            for i in 0..self.samples {
                let j = stream.random_range(i as u64..count) as usize;
                numbers.swap(i, j);
            }
            return numbers[..self.samples].iter().map(|&number| self.numbered(number)).collect();
        }
        let (mut taken, mut strings) = (BTreeSet::new(), Vec::with_capacity(self.samples));
        while strings.len() < self.samples {
            let string = self.symbols(self.length, stream);
            if taken.insert(string.clone()) {
                strings.push(string);
            }
        }
        strings
    }
}

impl Item for RandomStrings {
    const SUMMARY: &'static str = "uniform strings for generative networks: N length log2(alphabet) bits, all of them noise (Morris et al. 2025)";

    fn example() -> Self {
        Self { length: 8, alphabet: 2, samples: 64, collection: Collection::Sequence }
    }
}

impl RandomProcess for RandomStrings {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Symbols { length: self.length, alphabet: self.alphabet };
        DataShape { samples: self.samples, inputs: 0, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let n = self.samples;
        let bits = match (self.collection, self.count()) {
            (Collection::Sequence, _) => self.ordered(n).0,
            // factor by factor of the binomial coefficient: those of a full set are 1, exactly
            (Collection::Set, Some(count)) => {
                (0..n).map(|i| libm::log((count - i as u64) as f64 / (n - i) as f64)).sum()
            }
            (Collection::Set, None) => self.ordered(n).0 - (1..=n).map(|i| libm::log(i as f64)).sum::<f64>(),
        };
        Ledger::of_noise(Bits::from(Nats(bits)))
    }

    fn drawing(&self) -> Drawing {
        let lists = lists(self.samples, self.length);
        let scratch = match (self.collection, self.count()) {
            (Collection::Sequence, _) => 0.0,
            // eight bytes for every string that there is
            (Collection::Set, Some(all)) if all <= 4 * self.samples as u64 => {
                lists + 32.0 * count(self.samples)
            }
            (Collection::Set, _) => 2.0 * lists,
        };
        Drawing { scratch, ..Drawing::of(&self.shape()) }
    }

    fn distribution(&self, _stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(self.clone()) // there is no rule
    }
}

impl Distribution for RandomStrings {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let symbols = match self.collection {
            Collection::Sequence => self.symbols(self.samples * self.length, stream),
            Collection::Set => self.set(stream).concat(),
        };
        let symbols =
            Array2::from_shape_vec((self.samples, self.length), symbols).expect("strings of one length");
        let targets = Targets::Symbols { symbols, alphabet: self.alphabet };
        Dataset { inputs: Array2::zeros((self.samples, 0)), targets }
    }

    /// A network says how likely each string is, so it codes the strings in
    /// their order: it is compared with a code of the same, also for a set.
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        self.ordered(data.len())
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        self.prior_cross_entropy(data) // there is no rule to know
    }

    fn distinct(&self) -> Option<usize> {
        (self.collection == Collection::Set).then_some(self.length)
    }

    fn equally_likely(&self) -> Option<u64> {
        self.count()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::science::seed::{Purpose, Streams};

    fn strings(length: usize, alphabet: usize, samples: usize, collection: Collection) -> RandomStrings {
        RandomStrings { length, alphabet, samples, collection }
    }

    fn symbols(source: &RandomStrings, replicate: u64) -> Vec<Vec<u32>> {
        let dataset = source.draw(&mut Streams { seed: 1, replicate }.stream(Purpose::TrainingData));
        let Targets::Symbols { symbols, .. } = dataset.targets else { unreachable!() };
        symbols.rows().into_iter().map(|row| row.to_vec()).collect()
    }

    #[test]
    fn ledgers_equal_exhaustive_enumeration() {
        // every way to draw three strings of two symbols from an alphabet of two
        let all: Vec<u32> = (0..4).collect();
        let triples = all.iter().flat_map(|a| all.iter().flat_map(move |b| (0..4).map(move |c| [*a, *b, c])));
        let sequences = triples.clone().count();
        let sets: BTreeSet<BTreeSet<u32>> =
            triples.map(|t| t.into_iter().collect()).filter(|set: &BTreeSet<u32>| set.len() == 3).collect();
        let bits = |collection| strings(2, 2, 3, collection).ledger().dataset().0;
        assert!((bits(Collection::Sequence) - (sequences as f64).log2()).abs() < 1e-9);
        assert!((bits(Collection::Set) - (sets.len() as f64).log2()).abs() < 1e-9);
    }

    #[test]
    fn a_full_set_holds_nothing_and_one_short_of_it_names_what_is_missing() {
        for (length, alphabet, all) in [(4, 2, 16), (3, 3, 27), (7, 2, 128), (2, 10, 100)] {
            let bits = |samples| strings(length, alphabet, samples, Collection::Set).ledger().dataset().0;
            assert!(bits(all).to_bits() == 0, "{}", bits(all));
            assert!((bits(all - 1) - (all as f64).log2()).abs() < 1e-9);
        }
    }

    #[test]
    fn the_order_of_a_set_is_worth_log2_of_n_factorial() {
        // from the definitions: 256: 1684.0 bits, 1000: 8529.4 bits
        for (samples, order) in [(256, 1684.0), (1000, 8529.4)] {
            let set = strings(40, 2, samples, Collection::Set);
            let ordered = Bits::from(set.ordered(samples)).0;
            assert!((ordered - set.ledger().dataset().0 - order).abs() < 0.05);
            // distinctness costs next to nothing among 2^40 strings
            assert!((ordered - 40.0 * samples as f64).abs() < 1e-3);
        }
    }

    #[test]
    fn sets_are_distinct_and_every_subset_is_equally_likely() {
        let source = strings(2, 2, 2, Collection::Set);
        let mut counts = BTreeMap::new();
        for replicate in 0..6000 {
            let mut drawn = symbols(&source, replicate);
            drawn.sort();
            *counts.entry(drawn).or_insert(0u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        // five standard errors of a count with mean 1000
        assert!(counts.values().all(|&count| f64::from(count.abs_diff(1000)) < 5.0 * 833f64.sqrt()));
        let large = symbols(&strings(20, 3, 500, Collection::Set), 0);
        assert_eq!(large.iter().collect::<BTreeSet<_>>().len(), 500);
    }

    #[test]
    fn more_distinct_strings_than_there_are_cannot_be_asked_for() {
        assert!(strings(3, 2, 8, Collection::Set).validate().is_ok());
        assert!(strings(3, 2, 9, Collection::Set).validate().is_err());
        assert!(strings(3, 2, 9, Collection::Sequence).validate().is_ok());
        assert!(strings(4096, 65_536, 9, Collection::Set).validate().is_ok());
    }
}
