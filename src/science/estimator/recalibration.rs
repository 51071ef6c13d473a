//! Recalibration: what is left of the gap when overconfidence is taken away.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::demand::FIT;
use super::quantity::exact_quantities;
use super::{Demand, Prospect, Quantity, Rule, Scale, Subject};
use crate::science::bits::Bits;
use crate::science::evaluation::{Evaluation, Form};
use crate::science::family::Item;

/// One number for all logits (or precisions), the inverse temperature at which fresh
/// samples cost least (Guo et al. 2017, section 4.2), fitted on one half of the
/// independent draw and read on the other, both ways round. Training and fresh samples
/// are coded at the same temperature: the gap is that of one law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Recalibration {}

impl Item for Recalibration {
    const SUMMARY: &'static str =
        "test cross-entropy and gap after one temperature fitted on other fresh samples (Guo et al. 2017)";

    fn example() -> Self {
        Self {}
    }
}

exact_quantities! {
    "recalibrated_gap_bits" BitsPerSample true "recalibrated_test_cross_entropy_bits less the training draw's cross-entropy at the same temperatures"
    "recalibrated_test_cross_entropy_bits" BitsPerSample false "mean of log2 1/q_W(y|x) over each half of the independent draw at the temperature that is best for the other"
    "own_temperature_gap_bits" BitsPerSample false "recalibrated_test_cross_entropy_bits less the training draw's cross-entropy at the temperature that fits that draw best"
    "recalibration_inverse_temperature" One false "number by which logits are multiplied, mean of both halves'; below 1 the network was overconfident"
}

impl Rule for Recalibration {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        // halves of a draw, twice
        let passing = 2.0 * scale.outputs() + scale.draw;
        Demand { passing, codes: 3.0 * FIT, ..Demand::default() }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        let form = prospect.architecture.form(&prospect.data);
        let has_none = matches!(form, Form::CodeLengths | Form::Walk);
        has_none
            .then(|| "no temperature changes what this network states".to_owned())
            .or_else(|| prospect.lone_sample())
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let (n, fresh) = (subject.train.len(), subject.held_out.len());
        if fresh < 2 || !subject.held_out.has_temperature() {
            return vec![None; QUANTITIES.len()];
        }
        let prediction = subject.held_out.prediction();
        let halves = [0..fresh / 2, fresh / 2..fresh]
            .map(|rows| (prediction.rows(rows.clone(), fresh), subject.held_out_dataset.targets.rows(rows)));
        let [first, second] = halves.each_ref().map(|(prediction, targets)| {
            Evaluation::new(prediction.clone(), targets).of_set(subject.train.distinct())
        });
        let (mut test, mut train, mut inverse) = (Bits(0.0), Bits(0.0), 0.0);
        for (fitted, read) in [(&first, &second), (&second, &first)] {
            let best = fitted.best_inverse_temperature();
            test = test + Bits::from(read.cross_entropy_at(best)) / fresh as f64;
            let share = read.len() as f64 / fresh as f64;
            train = train + Bits::from(subject.train.cross_entropy_at(best)) * (share / n as f64);
            inverse += 0.5 * best;
        }
        let own = subject.train.cross_entropy_at(subject.train.best_inverse_temperature());
        let own = Bits::from(own) / n as f64;
        vec![Some((test - train).0), Some(test.0), Some((test - own).0), Some(inverse)]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::science::data::{Dataset, Targets};
    use crate::science::source::RandomProcess;
    use crate::science::source::random_labels::RandomLabels;

    /// A network that knows three of four labels and is far too sure of all.
    #[test]
    fn overconfidence_is_undone() {
        let source = RandomLabels { samples: 8, ..RandomLabels::example() };
        let labels = Targets::labels(vec![1, 1, 1, 0, 1, 1, 0, 1], 2);
        let data = Dataset { inputs: Array2::zeros((8, 1)), targets: labels };
        let logits = || Array2::from_elem((8, 1), 5.0 * 3f32.ln());
        let subject = Subject {
            distribution: &source,
            ledger: source.ledger(),
            dataset: &data,
            held_out_dataset: &data,
            parameters: 1,
            train: Evaluation::new(logits(), &data.targets),
            held_out: Evaluation::new(logits(), &data.targets),
            inside: None,
        };
        let values = Recalibration {}.measure(&subject);
        let entropy = -(0.75 * 0.75f64.log2() + 0.25 * 0.25f64.log2());
        for (value, expected) in values.iter().zip([0.0, entropy, 0.0, 0.2]) {
            assert!((value.unwrap() - expected).abs() < 1e-6, "{values:?}");
        }
    }
}
