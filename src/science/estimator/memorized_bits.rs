//! Memorized bits: how much shorter the network makes a code of its own
//! training targets.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::demand::FIT;
use super::{Bound, Demand, Quantity, Rule, Scale, Subject, Unit};
use crate::science::decoder::Decoder;
use crate::science::evaluation::Evaluation;
use crate::science::family::Item;

/// `B = sum_i [log2 1/q0(y_i|x_i) - log2 1/q_W(y_i|x_i)]`, with q0 the true law
/// without knowledge of the draw. In expectation over draws `B <= I(W; Y | X)`
/// for any network, optimizer and noise (Barber & Agakov 2003). Derivation and
/// limits: `docs/math/bits.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MemorizedBits {}

impl Item for MemorizedBits {
    const SUMMARY: &'static str = "bits of the training targets that the weights hold: soft, recalibrated and hard, with the held-out null (Barber & Agakov 2003)";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "memorized_bits",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: true,
        definition: "sum over training samples of log2 1/q0(y|x) - log2 1/q_W(y|x), never clipped",
    },
    Quantity {
        name: "memorized_bits_recalibrated",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "memorized_bits at the one temperature that fits the training draw best, before its cost of half of log2 N; at least 0 and at least memorized_bits",
    },
    Quantity {
        name: "memorized_bits_hard",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "code length of the law, N log2 V where uniform, less N [H2(e) + e log2(V-1)] at the training error e (Fano), before its cost of log2(N+1)",
    },
    Quantity {
        name: "memorized_bits_strongest",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: false,
        definition: "bits read after its cost by the decoder that reads most of the other replicates (of a search: of the tuning replicates); the results have its name",
    },
    Quantity {
        name: "held_out_bits",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: true,
        definition: "memorized_bits formula on an independent draw of the same law and size",
    },
    Quantity {
        name: "held_out_bits_recalibrated",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: false,
        definition: "memorized_bits_recalibrated of the independent draw, fitted to it and after its cost",
    },
    Quantity {
        name: "held_out_bits_hard",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: false,
        definition: "memorized_bits_hard of the independent draw after its cost",
    },
    Quantity {
        name: "bits_per_parameter",
        unit: Unit::BitsPerParameter,
        bound: Bound::Lower,
        headline: false,
        definition: "memorized_bits over trainable parameters",
    },
    Quantity {
        name: "train_error",
        unit: Unit::Fraction,
        bound: Bound::Exact,
        headline: true,
        definition: "share of training symbols whose most probable value is not the target",
    },
];

impl Rule for MemorizedBits {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        // soft, recalibrated and hard codes of both draws
        Demand {
            passing: 16.0 * scale.samples(),
            codes: 2.0 * (FIT + 2.0),
            judgments: 4.0,
            ..Demand::default()
        }
    }

    fn limited_by_data(&self) -> &'static [&'static str] {
        &[
            "memorized_bits",
            "memorized_bits_recalibrated",
            "memorized_bits_hard",
            "memorized_bits_strongest",
            "bits_per_parameter",
        ]
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let (train, held_out) = (subject.on_train(), subject.on_held_out());
        let bits = |decoder: Decoder| decoder.memorized(&train).map(|bits| bits.0);
        let null = |decoder: Decoder| decoder.memorized_paid(&held_out).map(|bits| bits.0);
        let soft = bits(Decoder::Raw);
        vec![
            soft,
            bits(Decoder::Recalibrated),
            bits(Decoder::Hard),
            None, // of all replicates together
            null(Decoder::Raw),
            null(Decoder::Recalibrated),
            null(Decoder::Hard),
            soft.map(|bits| bits / subject.parameters as f64),
            error_rate(&subject.train),
        ]
    }
}

/// Share of symbols whose most probable value is not the target.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
pub(super) fn error_rate(evaluation: &Evaluation) -> Option<f64> {
    let (count, _) = evaluation.symbols()?;
    Some(evaluation.errors()? as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::science::data::{Dataset, Targets};
    use crate::science::source::RandomProcess;
    use crate::science::source::random_labels::RandomLabels;

    fn measure(outputs: Array2<f32>, labels: &[u32], classes: usize) -> Vec<f64> {
        let source = RandomLabels { samples: labels.len(), classes, ..RandomLabels::example() };
        let targets = Targets::labels(labels.to_vec(), classes);
        let dataset = Dataset { inputs: Array2::zeros((labels.len(), 1)), targets };
        let subject = Subject {
            distribution: &source,
            ledger: source.ledger(),
            dataset: &dataset,
            held_out_dataset: &dataset,
            parameters: 10,
            train: Evaluation::new(outputs.clone(), &dataset.targets),
            held_out: Evaluation::new(outputs, &dataset.targets),
            inside: None,
        };
        MemorizedBits {}.measure(&subject).into_iter().map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn perfect_memory_holds_every_bit_and_ignorance_none() {
        let perfect = measure(array![[60.0f32, 0.0, 0.0, 0.0], [0.0, 60.0, 0.0, 0.0]], &[0, 1], 4);
        assert!((perfect[0] - 4.0).abs() < 1e-9 && (perfect[2] - 4.0).abs() < 1e-9, "{perfect:?}");
        assert!((perfect[7] - 0.4).abs() < 1e-9);
        let ignorant = measure(Array2::zeros((3, 1)), &[0, 0, 1], 2);
        assert!(ignorant[0].abs() < 1e-12);
    }

    #[test]
    fn a_sure_and_wrong_network_holds_less_than_nothing() {
        let wrong = measure(array![[10.0f32], [-10.0]], &[0, 1], 2);
        // each sample costs log2(1 + e^10) instead of one bit
        let expected = 2.0 * (1.0 - (1.0 + 10f64.exp()).log2());
        assert!((wrong[0] - expected).abs() < 1e-9, "{wrong:?}");
        assert!(wrong[1] >= -1e-9, "recalibrated to ignorance: {wrong:?}");
    }

    #[test]
    fn hard_bits_follow_fano() {
        // V = 4, one error in four: 4 [2 - H2(1/4) - 1/4 log2 3]
        let outputs =
            array![[9.0f32, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0]];
        let values = measure(outputs, &[0, 0, 0, 1], 4);
        let expected = 4.0 * (2.0 - 0.811_278_124_459_132_8 - 0.25 * 3f64.log2());
        assert!((values[2] - expected).abs() < 1e-12, "{values:?}");
        assert!((values[8] - 0.25).abs() < 1e-15);
    }
}
