//! Generalization gap: what fits the training draw but not the distribution.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::demand::{FIT, FITS};
use super::memorized_bits::error_rate;
use super::{Bound, Demand, Quantity, Rule, Scale, Subject, Unit};
use crate::science::bits::Bits;
use crate::science::decoder::Decoder;
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
    Quantity {
        name: "noise_bits_recalibrated",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "noise_bits at the one temperature that fits the training draw best, less half of log2 N",
    },
    Quantity {
        name: "noise_bits_hard",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "sum over training samples of log2 1/q_Bayes(y|x), less N [H2(e) + e log2(V-1)] at the training error e, less log2(N+1)",
    },
    Quantity {
        name: "noise_bits_assisted",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "noise_bits with q* ~ q_Bayes^a q_W^b, renormalized, for q_W; (a, b) fit the training draw best and cost log2 N; of sources with a noisy rule",
    },
    Quantity {
        name: "noise_bits_strongest",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "bits read by the decoder that reads most of the other replicates (of a search: of the tuning replicates); the results have its name",
    },
    Quantity {
        name: "held_out_noise_bits",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: false,
        definition: "noise_bits of the independent draw",
    },
    Quantity {
        name: "held_out_noise_bits_recalibrated",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: false,
        definition: "noise_bits_recalibrated of the independent draw, fitted to it",
    },
    Quantity {
        name: "held_out_noise_bits_hard",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: false,
        definition: "noise_bits_hard of the independent draw",
    },
    Quantity {
        name: "held_out_noise_bits_assisted",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: false,
        definition: "noise_bits_assisted of the independent draw, fitted to it",
    },
];

impl Rule for GeneralizationGap {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        // the same codes, and those beside a noisy rule
        Demand {
            passing: 16.0 * scale.samples(),
            codes: 2.0 * (2.0 * FIT + FITS + 2.0),
            judgments: 2.0 * (FITS + 4.0),
            ..Demand::default()
        }
    }

    fn limited_by_data(&self) -> &'static [&'static str] {
        &[
            "noise_bits",
            "noise_bits_recalibrated",
            "noise_bits_hard",
            "noise_bits_assisted",
            "noise_bits_strongest",
        ]
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let (n, fresh) = (subject.train.len() as f64, subject.held_out.len() as f64);
        let train = Bits::from(subject.train.cross_entropy());
        let test = Bits::from(subject.held_out.cross_entropy());
        let prior = Bits::from(subject.distribution.prior_cross_entropy(subject.held_out_dataset));
        let (of_train, of_held_out) = (subject.on_train(), subject.on_held_out());
        let noise = |decoder: Decoder| decoder.noise(&of_train).map(|bits| bits.0);
        let null = |decoder: Decoder| decoder.noise(&of_held_out).map(|bits| bits.0);
        vec![
            Some((train / n).0),
            Some((test / fresh).0),
            Some((test / fresh - train / n).0),
            error_rate(&subject.held_out),
            Some(((prior - test) * (n / fresh)).0),
            noise(Decoder::Raw),
            noise(Decoder::Recalibrated),
            noise(Decoder::Hard),
            noise(Decoder::Assisted),
            None, // of all replicates together
            null(Decoder::Raw),
            null(Decoder::Recalibrated),
            null(Decoder::Hard),
            null(Decoder::Assisted),
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
