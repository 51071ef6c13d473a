//! Teacher labels: a hidden rule says the label, and flips spoil some of them.

use garde::Validate;
use ndarray::{Array2, ArrayView1};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawing::LOGARITHM;
use super::random_labels::InputDistribution;
use super::{
    DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets, parity, shuffled,
};
use crate::science::bits::{Bits, Nats};
use crate::science::entropy::{binary_entropy, log2_binomial};
use crate::science::family::Item;
use crate::science::network::footprint::count;
use crate::science::seed::{Stream, standard_normal};

/// Two classes by a hidden rule drawn once, each label flipped with probability
/// `flips`. Without the rule a label of a `linear` or `mlp` teacher is uniform at every
/// input (every rule is as likely as its opposite): one bit, of which the rule explains
/// `1 - H2(flips)` and `H2(flips)` is noise that only memory can hold. Of a `parity` degree and
/// inputs are known, so that the signs of the inputs tell something beforehand, and of a parity
/// of all inputs everything: structure is what is left of the bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TeacherLabels {
    /// Input dimensions d.
    #[garde(range(min = 1, max = 65_536))]
    pub inputs: usize,
    /// Samples N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
    /// What decides the label.
    #[garde(custom(fits(self.inputs)))]
    pub rule: TeacherRule,
    /// Probability that a label is the wrong one.
    #[serde(default)]
    #[garde(range(min = 0.0, max = 0.5))]
    pub flips: f64,
    /// Law of the inputs; not `one_hot`.
    #[serde(default)]
    #[garde(custom(has_signs))]
    pub input_distribution: InputDistribution,
}

/// What decides a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TeacherRule {
    /// The side of a hyperplane through the origin, its normal uniform in direction.
    Linear {},
    /// The sign of the product of `degree` of the inputs, which ones is hidden.
    Parity {
        /// Inputs that count.
        degree: usize,
    },
    /// The sign of a network of `hidden` tanh units without biases, its weights normal.
    Mlp {
        /// Units of the teacher's hidden layer.
        hidden: usize,
    },
}

fn fits(inputs: usize) -> impl FnOnce(&TeacherRule, &()) -> garde::Result {
    move |rule, ()| match rule {
        TeacherRule::Parity { degree } if *degree == 0 || *degree > inputs => {
            Err(garde::Error::new(format!("/degree lies outside 1..={inputs}, the number of inputs")))
        }
        TeacherRule::Mlp { hidden } if *hidden == 0 || *hidden > 4096 => {
            Err(garde::Error::new("/hidden lies outside 1..=4096"))
        }
        _ => Ok(()),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as validation calls it")]
fn has_signs(distribution: &InputDistribution, (): &()) -> garde::Result {
    match distribution {
        InputDistribution::OneHot => Err(garde::Error::new("rules need inputs of both signs")),
        _ => Ok(()),
    }
}

impl Item for TeacherLabels {
    const SUMMARY: &'static str = "labels by a hidden rule (linear, parity or MLP) with flips: N (1 - H2(flips)) bits of structure, N H2(flips) of noise";

    fn example() -> Self {
        Self {
            inputs: 20,
            samples: 200,
            rule: TeacherRule::Linear {},
            flips: 0.1,
            input_distribution: InputDistribution::Gaussian,
        }
    }
}

impl RandomProcess for TeacherLabels {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Symbols { length: 1, alphabet: 2 };
        DataShape { samples: self.samples, inputs: self.inputs, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let (n, noise) = (self.samples as f64, binary_entropy(self.flips));
        let (label, rule) = match self.rule {
            TeacherRule::Parity { degree } => {
                let label = parity::entropy(self.inputs, degree, self.flips);
                (label, Some(log2_binomial(self.inputs, degree)))
            }
            // a continuum of rules
            TeacherRule::Linear {} | TeacherRule::Mlp { .. } => (Bits(1.0), None),
        };
        Ledger { structure: Bits(f64::max(0.0, (label - noise).0)) * n, noise: noise * n, rule }
    }

    fn redraws(&self) -> bool {
        true
    }

    fn drawing(&self) -> Drawing {
        let inputs = count(self.inputs);
        let (weights, label) = match self.rule {
            TeacherRule::Linear {} => (inputs, inputs),
            TeacherRule::Parity { degree } => (count(degree), count(degree)),
            TeacherRule::Mlp { hidden } => {
                let weights = count(hidden) * (inputs + 1.0);
                (weights, weights + LOGARITHM * count(hidden))
            }
        };
        let of = Drawing::of(&self.shape());
        let label = 1.3 * label;
        Drawing { rule: 8.0 * weights, sample: of.sample + label, judgment: label + LOGARITHM, ..of }
    }

    fn distribution(&self, stream: &mut Stream) -> Box<dyn Distribution> {
        let teacher = Teacher::draw(self.rule, self.inputs, stream);
        let odd = match self.rule {
            TeacherRule::Parity { degree } => Some(parity::odd(self.inputs, degree)),
            TeacherRule::Linear {} | TeacherRule::Mlp { .. } => None,
        };
        Box::new(TeacherLaw { source: self.clone(), teacher, odd })
    }
}

/// A rule once drawn.
#[derive(Debug)]
enum Teacher {
    Linear(Vec<f64>),
    Parity(Vec<u32>),
    /// Weights [hidden, inputs] and readout [hidden].
    Mlp(Vec<f64>, Vec<f64>),
}

impl Teacher {
    fn draw(rule: TeacherRule, inputs: usize, stream: &mut Stream) -> Self {
        let mut normal = |count: usize| (0..count).map(|_| standard_normal(stream)).collect::<Vec<_>>();
        match rule {
            TeacherRule::Linear {} => Self::Linear(normal(inputs)),
            TeacherRule::Mlp { hidden } => {
                #[expect(clippy::cast_precision_loss, reason = "widths are small")]
                let sd = libm::sqrt(1.0 / inputs as f64);
                let weights = normal(hidden * inputs).into_iter().map(|w| sd * w).collect();
                Self::Mlp(weights, normal(hidden))
            }
            TeacherRule::Parity { degree } => {
                let mut places = shuffled(inputs, stream);
                places.truncate(degree);
                Self::Parity(places)
            }
        }
    }

    fn label(&self, inputs: ArrayView1<f32>) -> u32 {
        let product =
            |weights: &[f64]| -> f64 { weights.iter().zip(inputs).map(|(w, x)| w * f64::from(*x)).sum() };
        match self {
            Self::Linear(weights) => u32::from(product(weights) > 0.0),
            Self::Parity(places) => {
                let negative = places.iter().filter(|&&place| inputs[place as usize] < 0.0).count();
                u32::from(negative % 2 == 1)
            }
            Self::Mlp(weights, readout) => {
                let units = weights.chunks_exact(inputs.len()).zip(readout);
                let sum: f64 = units.map(|(weights, v)| v * libm::tanh(product(weights))).sum();
                u32::from(sum > 0.0)
            }
        }
    }
}

#[derive(Debug)]
struct TeacherLaw {
    source: TeacherLabels,
    teacher: Teacher,
    /// Of a parity the probability that it is odd, without knowledge of its inputs, by the number
    /// of negative ones [d + 1].
    odd: Option<Vec<f64>>,
}

impl TeacherLaw {
    fn labels(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Targets {
        let labels = inputs.rows().into_iter().map(|row| {
            let flipped = stream.random::<f64>() < self.source.flips;
            self.teacher.label(row) ^ u32::from(flipped)
        });
        Targets::labels(labels.collect(), 2)
    }
}

impl Distribution for TeacherLaw {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let TeacherLabels { inputs, samples, input_distribution, .. } = self.source;
        let inputs = input_distribution.draw(samples, inputs, stream);
        let targets = self.labels(&inputs, stream);
        Dataset { inputs, targets }
    }

    fn redraw(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Option<Targets> {
        Some(self.labels(inputs, stream))
    }

    fn has_noisy_rule(&self) -> bool {
        self.source.flips > 0.0
    }

    fn bayes_sample(&self, data: &Dataset, sample: usize, logs: &mut [f64]) {
        let label = self.teacher.label(data.inputs.row(sample)) as usize;
        logs[label] = libm::log(1.0 - self.source.flips);
        logs[1 - label] = libm::log(self.source.flips);
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        let Some(odd) = &self.odd else { return Nats(std::f64::consts::LN_2) * data.len() as f64 };
        let samples = data.inputs.rows().into_iter().zip(data.targets.symbols());
        let length = |(x, label): (ArrayView1<f32>, &u32)| {
            let one = parity::flipped(odd[x.iter().filter(|x| **x < 0.0).count()], self.source.flips);
            -libm::log(if *label == 1 { one } else { 1.0 - one })
        };
        Nats(samples.map(length).sum())
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        let (right, wrong) = (-libm::log(1.0 - self.source.flips), -libm::log(self.source.flips));
        let samples = data.inputs.rows().into_iter().zip(data.targets.symbols());
        Nats(samples.map(|(x, label)| if self.teacher.label(x) == *label { right } else { wrong }).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::check;
    use super::*;

    fn rules() -> [TeacherRule; 3] {
        [TeacherRule::Linear {}, TeacherRule::Parity { degree: 3 }, TeacherRule::Mlp { hidden: 5 }]
    }

    #[test]
    fn draws_follow_the_law_and_the_ledger() {
        for rule in rules() {
            for flips in [0.0, 0.2] {
                check::draws(&TeacherLabels {
                    inputs: 8,
                    samples: 20_000,
                    rule,
                    flips,
                    input_distribution: InputDistribution::Sign,
                });
            }
        }
    }

    #[test]
    fn the_ledger_equals_the_entropy_of_a_flipped_label() {
        let source = TeacherLabels { samples: 1, flips: 0.25, ..TeacherLabels::example() };
        let noise: f64 = [0.25f64, 0.75].iter().map(|p| -p * p.log2()).sum();
        let ledger = source.ledger();
        assert!((ledger.noise.0 - noise).abs() < 1e-12 && (ledger.dataset().0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_parity_of_any_degree_follows_its_ledger() {
        for (inputs, degree, flips) in [(4, 4, 0.0), (5, 4, 0.1), (6, 2, 0.0), (3, 1, 0.3), (4, 2, 0.0)] {
            let rule = TeacherRule::Parity { degree };
            let input_distribution = InputDistribution::Gaussian;
            check::draws(&TeacherLabels { inputs, samples: 20_000, rule, flips, input_distribution });
        }
    }

    #[test]
    fn without_the_rule_a_label_is_uniform_at_every_input() {
        let n = 4000u32;
        for rule in rules() {
            let source = TeacherLabels {
                inputs: 6,
                samples: 1,
                rule,
                flips: 0.0,
                input_distribution: InputDistribution::Sign,
            };
            // one fixed input, many rules; parities need inputs of both signs too
            let ones: u32 = (0..n)
                .map(|i| {
                    let distribution = source.distribution(&mut check::stream(u64::from(i)));
                    distribution.draw(&mut check::stream(u64::from(i) + 1_000_000)).targets.symbols()[[0, 0]]
                })
                .sum();
            // five standard errors
            assert!(f64::from(ones.abs_diff(n / 2)) < 5.0 * (f64::from(n) / 4.0).sqrt(), "{rule:?} {ones}");
        }
    }

    #[test]
    fn parities_count_negative_inputs() {
        let teacher = Teacher::Parity(vec![0, 2]);
        let label = |x: [f32; 3]| teacher.label(ndarray::ArrayView1::from(&x));
        assert_eq!(label([1.0, -1.0, 1.0]), 0);
        assert_eq!(label([-1.0, -1.0, 1.0]), 1);
        assert_eq!(label([-1.0, 1.0, -1.0]), 0);
    }

    #[test]
    fn rules_that_do_not_fit_are_refused() {
        let with =
            |rule, input_distribution| TeacherLabels { rule, input_distribution, ..TeacherLabels::example() };
        let gaussian = InputDistribution::Gaussian;
        assert!(with(TeacherRule::Parity { degree: 20 }, gaussian).validate().is_ok());
        assert!(with(TeacherRule::Parity { degree: 21 }, gaussian).validate().is_err());
        assert!(with(TeacherRule::Mlp { hidden: 0 }, gaussian).validate().is_err());
        assert!(with(TeacherRule::Linear {}, InputDistribution::OneHot).validate().is_err());
    }
}
