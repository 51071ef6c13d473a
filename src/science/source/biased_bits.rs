//! Biased bits: strings of independent coin flips, less than a bit each.

use garde::Validate;
use ndarray::Array2;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataShape, Dataset, Distribution, Ledger, RandomProcess, TargetShape, Targets};
use crate::science::bits::Nats;
use crate::science::entropy::binary_entropy;
use crate::science::family::Item;
use crate::science::seed::Stream;

/// Strings of independent bits, each 1 with the stated probability p: exactly
/// `samples * length * H2(p)` bits. The law is known, p with it: what a network
/// saves by finding p is no memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BiasedBits {
    /// Bits of each string.
    #[garde(range(min = 1, max = 4096))]
    pub length: usize,
    /// Probability p of a 1.
    #[garde(range(min = 0.001, max = 0.999))]
    pub probability: f64,
    /// Strings N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
}

impl Item for BiasedBits {
    const SUMMARY: &'static str =
        "strings of independent biased bits: N length H2(p) bits, all of them noise";

    fn example() -> Self {
        Self { length: 8, probability: 0.1, samples: 64 }
    }
}

impl RandomProcess for BiasedBits {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Symbols { length: self.length, alphabet: 2 };
        DataShape { samples: self.samples, inputs: 0, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        Ledger::of_noise(binary_entropy(self.probability) * (self.samples * self.length) as f64)
    }

    fn distribution(&self, _stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(self.clone()) // there is no rule
    }
}

impl Distribution for BiasedBits {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let symbols = Array2::from_shape_simple_fn((self.samples, self.length), || {
            u32::from(stream.random::<f64>() < self.probability)
        });
        let targets = Targets::Symbols { symbols, alphabet: 2 };
        Dataset { inputs: Array2::zeros((self.samples, 0)), targets }
    }

    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        let (ones, zeros) = (-libm::log(self.probability), -libm::log(1.0 - self.probability));
        let symbols = data.targets.symbols().iter();
        Nats(symbols.map(|&bit| if bit == 1 { ones } else { zeros }).sum())
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        self.prior_cross_entropy(data) // there is no rule to know
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::check;
    use super::*;

    #[test]
    fn the_ledger_equals_exhaustive_enumeration() {
        for probability in [0.1, 0.5, 0.83] {
            let source = BiasedBits { length: 5, probability, samples: 1 };
            check::enumerate(&source, |string| {
                string.iter().map(|&bit| if bit == 1 { probability } else { 1.0 - probability }).product()
            });
        }
    }

    #[test]
    fn draws_follow_the_law() {
        check::draws(&BiasedBits { length: 16, probability: 0.2, samples: 5000 });
    }
}
