//! Rate and distortion: what passes a latent code, and what is lost there.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Prospect, Quantity, Reads, Rule, Subject, Unit};
use crate::science::bits::{Bits, Nats};
use crate::science::data::Targets;
use crate::science::evaluation::{Evaluation, Form, Prediction};
use crate::science::family::Item;

/// Rate and distortion of a variational code on the training draw (Alemi et al. 2018),
/// and the mean squared error where numbers are predicted: also of an autoencoder,
/// whose outputs are no likelihood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RateDistortion {}

impl Item for RateDistortion {
    const SUMMARY: &'static str =
        "bits that pass a latent code for each sample, and what is lost there (Alemi et al. 2018)";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "rate_bits",
        unit: Unit::BitsPerSample,
        bound: Bound::Upper,
        headline: true,
        definition: "mean of KL(q(z|x) || p(z)) over the training draw; at least I(X; Z)",
    },
    Quantity {
        name: "distortion_bits",
        unit: Unit::BitsPerSample,
        bound: Bound::Exact,
        headline: true,
        definition: "mean of log2 1/p(x|z) over the training draw and draws of z; of numbers a density",
    },
    Quantity {
        name: "squared_error",
        unit: Unit::SquaresPerSample,
        bound: Bound::Exact,
        headline: true,
        definition: "mean over the training draw of the squared distance between prediction and target",
    },
];

impl Rule for RateDistortion {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        let form = prospect.architecture.form(&prospect.data);
        (!matches!(form, Form::CodeLengths | Form::Normal))
            .then(|| "needs a vae, or predictions of numbers by their mean".to_owned())
    }

    fn reads(&self) -> Reads {
        Reads::Outputs
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let n = subject.train.len() as f64;
        let mean = |nats: &[f64]| (Bits::from(Nats(nats.iter().sum())) / n).0;
        let (rate, distortion) = match subject.train.prediction() {
            Prediction::CodeLengths(lengths) => (Some(mean(&lengths.rate)), Some(mean(&lengths.distortion))),
            _ => (None, None),
        };
        vec![rate, distortion, squared_error(&subject.train)]
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn squared_error(evaluation: &Evaluation) -> Option<f64> {
    let (Prediction::Gaussian { mean, .. }, Targets::Reals(values)) =
        (evaluation.prediction(), evaluation.targets())
    else {
        return None;
    };
    let squares = mean
        .iter()
        .zip(values)
        .map(|(m, y)| (f64::from(*m) - f64::from(*y)) * (f64::from(*m) - f64::from(*y)));
    Some(squares.sum::<f64>() / evaluation.len() as f64)
}
