//! Random labels: inputs in general position, labels uniform and independent
//! of them. The purest test of memory: there is nothing to generalize.

use garde::Validate;
use ndarray::Array2;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataShape, Dataset, Distribution, Ledger, RandomProcess, TargetShape, Targets};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::seed::Stream;

/// Samples with labels drawn uniformly, independent of the inputs: exactly
/// `samples * log2(classes)` bits given the inputs (Cover 1965; Gardner 1988).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RandomLabels {
    /// Input dimensions d.
    #[garde(range(min = 1, max = 65_536))]
    pub inputs: usize,
    /// Classes; two are read by one logit.
    #[serde(default = "two")]
    #[garde(range(min = 2, max = 65_536))]
    pub classes: usize,
    /// Samples N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
    /// Law of the inputs.
    #[serde(default)]
    #[garde(skip)]
    pub input_distribution: InputDistribution,
}

/// How the inputs of a sample are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputDistribution {
    /// Independent standard normal numbers.
    #[default]
    Gaussian,
    /// Independent fair signs, -1 or +1.
    Sign,
    /// A single one among zeros at a uniform place. Samples that share their
    /// place share their input, so at most `inputs` labels can be told apart.
    OneHot,
}

impl InputDistribution {
    /// Inputs [n, d].
    pub(super) fn draw(self, n: usize, d: usize, stream: &mut Stream) -> Array2<f32> {
        let mut inputs = Array2::zeros((n, d));
        match self {
            Self::Gaussian => {
                fill_normal(Isa::detect(), stream, inputs.as_slice_mut().expect("rows in order"));
            }
            Self::Sign => inputs.mapv_inplace(|_| if stream.random::<bool>() { 1.0 } else { -1.0 }),
            Self::OneHot => {
                for mut row in inputs.rows_mut() {
                    row[stream.random_range(0..d)] = 1.0;
                }
            }
        }
        inputs
    }
}

fn two() -> usize {
    2
}

impl Item for RandomLabels {
    const SUMMARY: &'static str =
        "labels uniform and independent of the inputs: N log2(classes) bits, all of them noise (Cover 1965)";

    fn example() -> Self {
        Self { inputs: 20, classes: 2, samples: 200, input_distribution: InputDistribution::Gaussian }
    }
}

impl RandomProcess for RandomLabels {
    fn shape(&self) -> DataShape {
        DataShape {
            samples: self.samples,
            inputs: self.inputs,
            targets: TargetShape::Symbols { length: 1, alphabet: self.classes },
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        Ledger::of_noise(Bits::of_uniform(self.classes as f64) * self.samples as f64)
    }

    fn redraws(&self) -> bool {
        true
    }

    fn distribution(&self, _stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(self.clone()) // there is no rule
    }
}

impl RandomLabels {
    fn labels(&self, n: usize, stream: &mut Stream) -> Targets {
        let classes = u32::try_from(self.classes).expect("checked to be at most 65,536");
        Targets::labels((0..n).map(|_| stream.random_range(0..classes)).collect(), self.classes)
    }
}

impl Distribution for RandomLabels {
    fn redraw(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Option<Targets> {
        Some(self.labels(inputs.nrows(), stream))
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        Nats(libm::log(self.classes as f64)) * data.len() as f64
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        self.prior_cross_entropy(data) // there is no rule to know
    }

    fn draw(&self, stream: &mut Stream) -> Dataset {
        let inputs = self.input_distribution.draw(self.samples, self.inputs, stream);
        Dataset { inputs, targets: self.labels(self.samples, stream) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::science::seed::{Purpose, Streams};

    fn draw(source: &RandomLabels, replicate: u64) -> Dataset {
        source.draw(&mut Streams { seed: 7, replicate }.stream(Purpose::TrainingData))
    }

    #[test]
    fn the_ledger_equals_the_entropy_of_all_labelings_enumerated() {
        for (classes, samples) in [(2usize, 6usize), (3, 4), (5, 3)] {
            let source = RandomLabels { inputs: 1, classes, samples, ..RandomLabels::example() };
            let labelings = classes.pow(u32::try_from(samples).unwrap());
            let p = 1.0 / labelings as f64;
            let entropy: f64 = (0..labelings).map(|_| -p * p.log2()).sum();
            assert!((source.ledger().dataset().0 - entropy).abs() < 1e-9);
        }
    }

    #[test]
    fn labels_follow_the_uniform_law() {
        // chi-square with 4 degrees of freedom: 18.47 is passed once in a thousand
        let source = RandomLabels { inputs: 1, classes: 5, samples: 20_000, ..RandomLabels::example() };
        let Targets::Symbols { symbols: labels, .. } = draw(&source, 0).targets else { unreachable!() };
        let mut counts = BTreeMap::new();
        for label in labels {
            *counts.entry(label).or_insert(0u32) += 1;
        }
        let chi2: f64 = counts.values().map(|&c| (f64::from(c) - 4000.0).powi(2) / 4000.0).sum();
        assert_eq!(counts.len(), 5);
        assert!(chi2 < 18.47, "{chi2}");
    }

    #[test]
    fn inputs_follow_their_law() {
        let gaussian = draw(&RandomLabels { inputs: 50, samples: 400, ..RandomLabels::example() }, 0).inputs;
        let n = gaussian.len() as f64;
        let mean = gaussian.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let variance = gaussian.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n;
        assert!(mean.abs() < 4.0 / n.sqrt(), "{mean}");
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{variance}");

        let sign = RandomLabels { input_distribution: InputDistribution::Sign, ..RandomLabels::example() };
        assert!(draw(&sign, 0).inputs.iter().all(|&x| x.abs() == 1.0));

        let one_hot =
            RandomLabels { input_distribution: InputDistribution::OneHot, ..RandomLabels::example() };
        assert!(draw(&one_hot, 0).inputs.rows().into_iter().all(|row| row.sum() == 1.0));
    }

    #[test]
    fn replicates_are_independent_and_equal_seeds_are_equal() {
        let source = RandomLabels::example();
        assert_eq!(draw(&source, 3), draw(&source, 3));
        assert_ne!(draw(&source, 3), draw(&source, 4));
    }
}
