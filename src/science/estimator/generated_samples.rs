//! Generated samples: whether what a generative network makes up is valid, new and
//! as likely as it should be.

use std::collections::BTreeSet;

use garde::Validate;
use ndarray::{Array2, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::exact_quantities;
use super::{Demand, Prospect, Quantity, Rule, Scale, Subject};
use crate::science::bits::{Bits, Nats};
use crate::science::data::{Dataset, TargetShape, Targets};
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::network::footprint::{BYTES, count};
use crate::science::network::sampling::Samples;
use crate::science::seed::Purpose;
use crate::science::source::Distribution;

/// Whole samples drawn from the network's own law, judged by the law that the data came
/// from and held against the training draw. Networks that model whole samples alone:
/// `made`, `rnn`, `transformer` and `vae`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GeneratedSamples {
    /// Samples that are drawn; 1000 unless stated.
    #[serde(default = "thousand")]
    #[garde(range(min = 1, max = 100_000))]
    pub draws: usize,
}

fn thousand() -> usize {
    1000
}

impl Item for GeneratedSamples {
    const SUMMARY: &'static str = "whether samples of a generative network are valid, copied or new, and how far its law is from the true one";

    fn example() -> Self {
        Self { draws: 1000 }
    }
}

exact_quantities! {
    "valid_samples" Fraction true "share of drawn samples that the law of the data can draw"
    "sample_coverage" Fraction true "different valid samples that were drawn, over those that as many draws of the law give in the mean; where it has at most 2^16, all as likely"
    "training_copies" Fraction true "share of drawn samples that stand in the training draw"
    "expected_copies" Fraction false "share of samples of the law that stand in the training draw: the sum of the probabilities of all that do"
    "sample_cost_bits" BitsPerSample false "mean of log2 1/p over the valid ones of drawn samples, p the law of the data; of numbers a density"
    "sample_entropy_bits" BitsPerSample false "mean of log2 1/q over drawn samples, q the network's law: its entropy; where its likelihood is exact"
    "sample_divergence_bits" BitsPerSample true "KL(q given validity || p), q the network's law, p that of the data: mean of log2 q/p over valid draws less log2 of their share; where the likelihood is exact"
}

/// More different samples than this are too many to be met by draws.
/// Numbers of a prediction that a network holds at once while samples are drawn.
const TOGETHER: f64 = 4_194_304.0;

const COUNTABLE: u64 = 1 << 16;

impl Rule for GeneratedSamples {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let (draws, n) = (count(self.draws), scale.samples());
        let width = count(scale.data.targets.width());
        // symbol after symbol, or whole samples from their codes
        let is_coded = scale.architecture.form(&scale.data) == Form::CodeLengths;
        let (passes, together) = match scale.data.targets {
            TargetShape::Symbols { length, .. } if !is_coded => {
                (count(length) + 1.0, draws.min(TOGETHER / scale.footprint.outputs))
            }
            _ => (scale.once(1.0), draws.min(1000.0)),
        };
        let of_one = 2.0 * width + scale.footprint.outputs + scale.footprint.reading;
        // strings of the draw in lists, and those that were not yet found
        let lists = 2.0 * n * (56.0 + BYTES * width);
        Demand {
            passing: BYTES * (together.max(1.0) * of_one + 2.0 * draws * width) + lists,
            evaluations: draws * passes,
            operations: draws * width * (30.0 + 10.0 * scale.footprint.outputs / width) + n * 400.0,
            judgments: draws / n + 1.0,
            ..Demand::default()
        }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        (!prospect.architecture.samples())
            .then(|| "needs a network that models whole samples: made, rnn, transformer or vae".to_owned())
    }

    /// A network that reads symbol after symbol is asked once for each of them.
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let drawn = subject.inside.as_ref().and_then(|inside| {
            (inside.sample)(self.draws, &mut inside.streams.stream(Purpose::GeneratedSamples))
        });
        let Some(samples) = drawn else { return vec![None; QUANTITIES.len()] };
        judged(&samples, subject.distribution, subject.dataset)
    }
}

/// The quantities of samples, in their order.
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
fn judged(samples: &Samples, distribution: &dyn Distribution, training: &Dataset) -> Vec<Option<f64>> {
    let draws = samples.data.len() as f64;
    let costs: Vec<f64> =
        distribution.code_lengths(&samples.data).into_iter().map(|length| length.0).collect();
    let valid: Vec<usize> = (0..costs.len()).filter(|&sample| costs[sample] < f64::INFINITY).collect();
    let share = valid.len() as f64 / draws;
    let mean = |nats: f64, of: f64| (of > 0.0).then(|| Bits::from(Nats(nats / of)).0);
    let over_valid = |each: &dyn Fn(usize) -> f64| {
        mean(valid.iter().map(|&sample| each(sample)).sum(), valid.len() as f64)
    };
    let own = samples.code_lengths.as_ref();
    let divergence = own.and_then(|own| over_valid(&|sample| costs[sample] - own[sample].0));
    let copies = Copies::new(samples, distribution, training);
    vec![
        Some(share),
        coverage(&samples.data, &valid, distribution),
        copies.as_ref().map(|copies| copies.drawn as f64 / draws),
        copies.as_ref().map(|copies| copies.expected),
        over_valid(&|sample| costs[sample]),
        own.and_then(|own| mean(own.iter().map(|length| length.0).sum(), draws)),
        divergence.map(|bits| bits - libm::log2(share)),
    ]
}

/// Different valid samples over those expected of the distribution: of S that are equally likely n
/// draws meet `S (1 - (1 - 1/S)^n)` in the mean.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn coverage(data: &Dataset, valid: &[usize], distribution: &dyn Distribution) -> Option<f64> {
    let Targets::Symbols { symbols, .. } = &data.targets else { return None };
    let all = distribution.equally_likely().filter(|all| *all <= COUNTABLE)? as f64;
    let different: BTreeSet<Vec<u32>> = valid.iter().map(|&row| symbols.row(row).to_vec()).collect();
    let missed = data.len() as f64 * libm::log1p(-1.0 / all);
    Some(different.len() as f64 / (-all * libm::expm1(missed)))
}

/// Samples that stand in the training draw.
struct Copies {
    drawn: usize,
    /// Share of samples of the distribution.
    expected: f64,
}

impl Copies {
    /// `None` of real numbers, none of which comes twice.
    fn new(samples: &Samples, distribution: &dyn Distribution, training: &Dataset) -> Option<Self> {
        let (Targets::Symbols { symbols: drawn, .. }, Targets::Symbols { symbols, alphabet }) =
            (&samples.data.targets, &training.targets)
        else {
            return None;
        };
        let known: BTreeSet<Vec<u32>> = symbols.rows().into_iter().map(|row| row.to_vec()).collect();
        // the first row of each
        let mut left = known.clone();
        let first = symbols.rows().into_iter().enumerate().filter(|(_, row)| left.remove(&row.to_vec()));
        let first: Vec<usize> = first.map(|(number, _)| number).collect();
        let once = Dataset {
            inputs: Array2::zeros((first.len(), 0)),
            targets: Targets::Symbols { symbols: symbols.select(Axis(0), &first), alphabet: *alphabet },
        };
        Some(Self {
            drawn: drawn.rows().into_iter().filter(|row| known.contains(&row.to_vec())).count(),
            expected: distribution.code_lengths(&once).iter().map(|length| libm::exp(-length.0)).sum(),
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::science::source::RandomProcess;
    use crate::science::source::biased_bits::BiasedBits;
    use crate::science::source::random_strings::{Collection, RandomStrings};

    fn strings(symbols: Array2<u32>) -> Dataset {
        let inputs = Array2::zeros((symbols.nrows(), 0));
        Dataset { inputs, targets: Targets::Symbols { symbols, alphabet: 2 } }
    }

    fn close(measured: &[Option<f64>], expected: [Option<f64>; 7]) {
        for ((name, a), b) in QUANTITIES.iter().map(|q| q.name).zip(measured).zip(expected) {
            let near = match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a.is_none() && b.is_none(),
            };
            assert!(near, "{name}: {a:?} {b:?}");
        }
    }

    #[test]
    fn samples_are_judged_as_by_hand() {
        // three draws of uniform strings of two bits, two different; one training string of two stands among them
        let source = RandomStrings { length: 2, alphabet: 2, samples: 3, collection: Collection::Sequence };
        let distribution = source.distribution(&mut crate::science::network::gradient_check::stream(0));
        let training = strings(array![[0, 1], [0, 1], [1, 1]]);
        let bit = std::f64::consts::LN_2;
        let samples = Samples {
            data: strings(array![[0, 1], [0, 0], [0, 0]]),
            code_lengths: Some(vec![Nats(3.0 * bit), Nats(bit), Nats(bit)]),
        };
        let met = 4.0 * (1.0 - 0.75f64.powi(3));
        close(
            &judged(&samples, &*distribution, &training),
            [
                Some(1.0),
                Some(2.0 / met),
                Some(1.0 / 3.0),
                Some(0.5),
                Some(2.0),
                Some(5.0 / 3.0),
                Some(2.0 - 5.0 / 3.0),
            ],
        );
        // without a likelihood there is no divergence, and biased strings are not equally likely
        let biased = BiasedBits { length: 2, probability: 0.25, samples: 3 };
        let samples = Samples { code_lengths: None, ..samples };
        let (one, zero) = (2.0, -(0.75f64.log2()));
        close(
            &judged(&samples, &biased, &training),
            [
                Some(1.0),
                None,
                Some(1.0 / 3.0),
                Some(0.75 * 0.25 + 0.25 * 0.25),
                Some((one + 5.0 * zero) / 3.0),
                None,
                None,
            ],
        );
    }

    /// A distribution that draws one string of two bits alone.
    #[derive(Debug)]
    struct Certain;

    impl Distribution for Certain {
        fn draw(&self, _: &mut crate::science::seed::Stream) -> Dataset {
            strings(array![[1, 0]])
        }

        fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
            self.bayes_cross_entropy(data)
        }

        fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
            let right = data.targets.symbols() == array![[1, 0]];
            Nats(if right { 0.0 } else { f64::INFINITY })
        }

        fn equally_likely(&self) -> Option<u64> {
            Some(1)
        }
    }

    #[test]
    fn what_cannot_be_counts_as_invalid_and_is_left_out_of_means() {
        let bits = Nats(std::f64::consts::LN_2);
        let judge = |symbols| {
            let samples = Samples { data: strings(symbols), code_lengths: Some(vec![bits * 2.0; 4]) };
            judged(&samples, &Certain, &strings(array![[1, 0]]))
        };
        // a uniform distribution whose valid strings are as they should be: nothing diverges
        let uniform = judge(array![[1, 0], [0, 0], [0, 1], [1, 1]]);
        let expected = [Some(0.25), Some(1.0), Some(0.25), Some(1.0), Some(0.0), Some(2.0), Some(0.0)];
        close(&uniform, expected);
        let never = judge(array![[0, 0], [0, 0], [0, 1], [1, 1]]);
        close(&never, [Some(0.0), Some(0.0), Some(0.0), Some(1.0), None, Some(2.0), None]);
    }
}
