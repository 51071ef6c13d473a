//! Generalization gap: what fits the training draw but not the distribution.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::memorized_bits::error_rate;
use super::{Bound, Quantity, Rule, Subject, Unit};
use crate::science::bits::Bits;
use crate::science::family::Item;

/// Cross-entropy in bits per sample on the training draw and on an independent
/// one, their difference, and the memorized bits split into what a rule
/// explains and what only memory holds. Definitions: `docs/math/bits.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GeneralizationGap {}

impl Item for GeneralizationGap {
    const SUMMARY: &'static str =
        "train and test cross-entropy, their gap, and memorized bits split into structure and noise";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "train_cross_entropy_bits",
        unit: Unit::BitsPerSample,
        bound: Bound::Exact,
        headline: false,
        definition: "mean of log2 1/q_W(y|x) over the training draw",
    },
    Quantity {
        name: "test_cross_entropy_bits",
        unit: Unit::BitsPerSample,
        bound: Bound::Exact,
        headline: false,
        definition: "mean of log2 1/q_W(y|x) over an independent draw of the same law and size",
    },
    Quantity {
        name: "generalization_gap_bits",
        unit: Unit::BitsPerSample,
        bound: Bound::Exact,
        headline: true,
        definition: "test_cross_entropy_bits - train_cross_entropy_bits",
    },
    Quantity {
        name: "test_error",
        unit: Unit::Fraction,
        bound: Bound::Exact,
        headline: false,
        definition: "share of held-out symbols whose most probable value is not the target",
    },
    Quantity {
        name: "structure_bits",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "reduction against the prior on an independent draw, for as many samples as the training draw",
    },
    Quantity {
        name: "noise_bits",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "sum over training samples of log2 1/q_Bayes(y|x) - log2 1/q_W(y|x), at most the noise bits of the ledger in expectation",
    },
];

impl Rule for GeneralizationGap {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn limited_by_data(&self) -> &'static [&'static str] {
        &["noise_bits"]
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let (n, fresh) = (subject.train.len() as f64, subject.held_out.len() as f64);
        let train = Bits::from(subject.train.cross_entropy());
        let test = Bits::from(subject.held_out.cross_entropy());
        let prior = Bits::from(subject.distribution.prior_cross_entropy(subject.held_out_dataset));
        let bayes = Bits::from(subject.distribution.bayes_cross_entropy(subject.dataset));
        vec![
            Some((train / n).0),
            Some((test / fresh).0),
            Some((test / fresh - train / n).0),
            error_rate(&subject.held_out),
            Some(((prior - test) * (n / fresh)).0),
            Some((bayes - train).0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::science::data::{Dataset, Targets};
    use crate::science::evaluation::Evaluation;
    use crate::science::source::RandomProcess;
    use crate::science::source::random_labels::RandomLabels;

    #[test]
    fn memory_without_structure_is_all_gap() {
        let source = RandomLabels { samples: 2, ..RandomLabels::example() };
        let of = |labels| Dataset { inputs: Array2::zeros((2, 1)), targets: Targets::labels(labels, 2) };
        let (train, fresh) = (of(vec![0, 1]), of(vec![0, 0]));
        let subject = Subject {
            distribution: &source,
            ledger: source.ledger(),
            dataset: &train,
            held_out_dataset: &fresh,
            parameters: 1,
            train: Evaluation::new(array![[-50.0f32], [50.0]], &train.targets),
            held_out: Evaluation::new(Array2::zeros((2, 1)), &fresh.targets),
            inside: None,
        };
        let values = GeneralizationGap {}.measure(&subject);
        for (value, expected) in values.iter().zip([0.0, 1.0, 1.0, 0.0, 0.0, 2.0]) {
            assert!((value.unwrap() - expected).abs() < 1e-9, "{values:?}");
        }
    }
}
