//! Keyed facts: distinct keys, each with a value that nothing but memory holds.

use garde::Validate;
use ndarray::{Array2, s};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawing::bytes;
use super::random_strings::{Collection, RandomStrings};
use super::{DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::seed::Stream;

/// Strings of a key and a value: N distinct uniform keys, and to each a uniform
/// value (Allen-Zhu & Li 2024, reduced to its core). The keys hold
/// `log2 C(V^key, N)` bits as a set, the values `N value log2 V`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct KeyedFacts {
    /// Symbols of each key.
    #[garde(range(min = 1, max = 2048))]
    pub key: usize,
    /// Symbols of each value.
    #[garde(range(min = 1, max = 2048))]
    pub value: usize,
    /// Different symbols V.
    #[garde(range(min = 2, max = 65_536))]
    pub alphabet: usize,
    /// Facts N of one draw.
    #[garde(range(min = 1, max = 10_000_000), custom(enough_keys(self)))]
    pub samples: usize,
}

fn enough_keys(facts: &KeyedFacts) -> impl FnOnce(&usize, &()) -> garde::Result {
    let keys = facts.keys().validate();
    move |_, ()| keys.map_err(|_| garde::Error::new("more than there are distinct keys"))
}

impl KeyedFacts {
    fn keys(&self) -> RandomStrings {
        let KeyedFacts { key, alphabet, samples, .. } = *self;
        RandomStrings { length: key, alphabet, samples, collection: Collection::Set }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn value_nats(&self) -> f64 {
        self.value as f64 * libm::log(self.alphabet as f64)
    }
}

impl Item for KeyedFacts {
    const SUMMARY: &'static str =
        "distinct keys with uniform values: log2 C(V^key, N) + N value log2 V bits (Allen-Zhu & Li 2024)";

    fn example() -> Self {
        Self { key: 4, value: 4, alphabet: 8, samples: 64 }
    }
}

impl RandomProcess for KeyedFacts {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Symbols { length: self.key + self.value, alphabet: self.alphabet };
        DataShape { samples: self.samples, inputs: 0, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let values = Bits::from(Nats(self.value_nats() * self.samples as f64));
        Ledger::of_noise(self.keys().ledger().noise + values)
    }

    fn drawing(&self) -> Drawing {
        let keys = Drawing { ..self.keys().drawing() };
        // keys are drawn by themselves first
        Drawing { scratch: keys.scratch + bytes(&self.keys().shape()), ..Drawing::of(&self.shape()) }
    }

    fn distribution(&self, _stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(self.clone()) // there is no rule
    }
}

impl Distribution for KeyedFacts {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let alphabet = u32::try_from(self.alphabet).expect("checked to be at most 65,536");
        let keys = self.keys().draw(stream);
        let mut symbols = Array2::zeros((self.samples, self.key + self.value));
        symbols.slice_mut(s![.., ..self.key]).assign(keys.targets.symbols());
        symbols.slice_mut(s![.., self.key..]).mapv_inplace(|_| stream.random_range(0..alphabet));
        let targets = Targets::Symbols { symbols, alphabet: self.alphabet };
        Dataset { inputs: Array2::zeros((self.samples, 0)), targets }
    }

    /// As of a set of strings: facts are coded in their order.
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        self.keys().prior_cross_entropy(data) + Nats(self.value_nats() * data.len() as f64)
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        self.prior_cross_entropy(data) // there is no rule to know
    }

    fn distinct(&self) -> Option<usize> {
        Some(self.key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::ledger::check;
    use super::*;

    #[test]
    fn the_ledger_equals_exhaustive_enumeration() {
        // two distinct keys of four, unordered, each with one of two values
        let facts = KeyedFacts { key: 2, value: 1, alphabet: 2, samples: 2 };
        let mut all = BTreeSet::new();
        for replicate in 0..3000 {
            let data = facts.draw(&mut check::stream(replicate));
            let set: BTreeSet<Vec<u32>> =
                data.targets.symbols().rows().into_iter().map(|row| row.to_vec()).collect();
            let keys: BTreeSet<&[u32]> = set.iter().map(|fact| &fact[..2]).collect();
            assert_eq!(keys.len(), 2, "keys are distinct");
            all.insert(set);
        }
        assert_eq!(all.len(), 6 * 4);
        assert!((facts.ledger().dataset().0 - 24f64.log2()).abs() < 1e-9);
    }

    #[test]
    fn more_facts_than_keys_are_refused() {
        let with = |samples| KeyedFacts { key: 2, value: 3, alphabet: 3, samples };
        assert!(with(9).validate().is_ok());
        assert!(with(10).validate().is_err());
    }
}
