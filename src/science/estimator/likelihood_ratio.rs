//! Likelihood ratio: noise bits read beside networks that were trained on other noise of the same
//! inputs.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::demand::{FIT, FITS};
use super::{Bound, Demand, Prospect, Quantity, Rule, Scale, Subject, Unit, references};
use crate::science::data::TargetShape;
use crate::science::decoder::{Decoder, Given};
use crate::science::evaluation::Form;
use crate::science::family::Item;

/// What the network says of a sample beside what reference networks say of it, which are trained in
/// the same way, from fresh weights, on targets drawn anew by the same rule at the same inputs
/// (Carlini et al. 2022): what they say too is no memory. Of samples without inputs the references
/// have samples of their own. Costs as many more trainings as there are references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LikelihoodRatio {
    /// Reference networks of each trial.
    #[serde(default = "sixteen")]
    #[garde(range(min = 2, max = 256))]
    pub references: u32,
}

fn sixteen() -> u32 {
    16
}

impl Item for LikelihoodRatio {
    const SUMMARY: &'static str = "noise bits read beside reference networks trained on other noise of the same inputs (Carlini et al. 2022)";

    fn example() -> Self {
        Self { references: sixteen() }
    }
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "noise_bits_likelihood_ratio",
        unit: Unit::Bits,
        bound: Bound::Lower,
        headline: true,
        definition: "noise_bits with q* ~ q_Bayes^a q_W^b r^c, renormalized, for q_W, r of the mean logits of reference networks; (a, b, c) fit the training draw best and cost half of log2 N each",
    },
    Quantity {
        name: "held_out_noise_bits_likelihood_ratio",
        unit: Unit::Bits,
        bound: Bound::Null,
        headline: false,
        definition: "noise_bits_likelihood_ratio of the independent draw, fitted to it",
    },
];

impl Rule for LikelihoodRatio {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let references = f64::from(self.references);
        Demand {
            codes: 2.0 * (references + FIT + 2.0 * FITS),
            judgments: 2.0 * FITS,
            trainings: references,
            evaluations: 2.0 * references * scale.samples(),
            ..references::kept(scale)
        }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        let symbols = matches!(prospect.data.targets, TargetShape::Symbols { .. });
        let form = prospect.architecture.form(&prospect.data);
        if !symbols || matches!(form, Form::CodeLengths | Form::Walk) {
            return Some("reads logits of symbols, and there are none".to_owned());
        }
        (prospect.data.inputs > 0 && !prospect.process.redraws())
            .then(|| "needs fresh targets at given inputs, which this dataset does not give".to_owned())
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let Some(references) =
            subject.inside.as_ref().and_then(|inside| (inside.references)(self.references))
        else {
            return vec![None; QUANTITIES.len()];
        };
        let bits = |given: Given, mean_logits: &Option<_>| {
            let given = Given { references: mean_logits.as_ref(), ..given };
            Decoder::LikelihoodRatio.noise(&given).map(|bits| bits.0)
        };
        vec![
            bits(subject.on_train(), &references.train.mean_logits),
            bits(subject.on_held_out(), &references.held_out.mean_logits),
        ]
    }
}
