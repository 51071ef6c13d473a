//! Rate and distortion: what passes a latent code, and what is lost there.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Demand, Prospect, Quantity, Reads, Rule, Scale, Subject, Unit};
use crate::science::bits::{Bits, Nats};
use crate::science::data::{Dataset, Targets};
use crate::science::evaluation::{Evaluation, Form, Prediction};
use crate::science::family::Item;
use crate::science::network::footprint::{BYTES, count};

/// Rate and distortion of a variational code on the training draw (Alemi et al. 2018),
/// and mean squared errors where numbers are predicted: also of an autoencoder, whose
/// outputs are no likelihood. Errors of an independent draw stand beside the bits that the
/// rate-distortion function of the law says they cost.
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
        definition: "mean over the training draw of the squared distance between prediction and target, without any noise",
    },
    Quantity {
        name: "held_out_squared_error",
        unit: Unit::SquaresPerSample,
        bound: Bound::Exact,
        headline: true,
        definition: "the same over the independent draw",
    },
    Quantity {
        name: "squared_error_gap",
        unit: Unit::SquaresPerSample,
        bound: Bound::Exact,
        headline: true,
        definition: "squared error of the independent draw less that of the training draw",
    },
    Quantity {
        name: "noisy_held_out_squared_error",
        unit: Unit::SquaresPerSample,
        bound: Bound::Exact,
        headline: true,
        definition: "squared error of the independent draw seen through a code with the noise of training on inputs, units and code",
    },
    Quantity {
        name: "held_out_rate_bits",
        unit: Unit::BitsPerSample,
        bound: Bound::Upper,
        headline: false,
        definition: "mean of KL(q(z|x) || p(z)) over the independent draw; at least I(X; Z) of the law",
    },
    Quantity {
        name: "least_bits",
        unit: Unit::BitsPerSample,
        bound: Bound::Lower,
        headline: true,
        definition: "rate-distortion function of the law at the noisy held-out squared error: every channel of that error passes at least so many bits (Shannon 1959); where it is known",
    },
];

impl Rule for RateDistortion {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let samples = scale.samples();
        let outputs = BYTES * count(scale.data.targets.encoded_width()) * samples;
        let passing = 2.0 * outputs + scale.evaluated() - scale.outputs();
        Demand { passing, evaluations: scale.once(3.0 * samples), ..Demand::default() }
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
        let mean = |nats: &[f64]| (Bits::from(Nats(nats.iter().sum())) / nats.len() as f64).0;
        let coded = |evaluation: &Evaluation| match evaluation.prediction() {
            Prediction::CodeLengths(lengths) => Some((mean(&lengths.rate), mean(&lengths.distortion))),
            _ => None,
        };
        let seen = |is_noisy, data: &Dataset| {
            let prediction = (subject.inside.as_ref()?.reconstruction)(is_noisy, data)?;
            squared_error(&prediction, &data.targets)
        };
        // a code states its errors itself; of other networks the prediction does
        let clean = |evaluation: &Evaluation, data: &Dataset| {
            seen(false, data).or_else(|| squared_error(evaluation.prediction(), evaluation.targets()))
        };
        let (train, held_out) =
            (clean(&subject.train, subject.dataset), clean(&subject.held_out, subject.held_out_dataset));
        let noisy = seen(true, subject.held_out_dataset);
        vec![
            coded(&subject.train).map(|(rate, _)| rate),
            coded(&subject.train).map(|(_, distortion)| distortion),
            train,
            held_out,
            held_out.zip(train).map(|(held_out, train)| held_out - train),
            noisy,
            coded(&subject.held_out).map(|(rate, _)| rate),
            // no error at all would cost bits without end
            noisy
                .filter(|error| *error > 0.0)
                .and_then(|error| subject.distribution.rate_at(error))
                .map(|bits| bits.0),
        ]
    }
}

/// Mean over samples of the squared distance between means that are predicted and targets.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn squared_error(prediction: &Prediction, targets: &Targets) -> Option<f64> {
    let (Prediction::Gaussian { mean, .. }, Targets::Reals(values)) = (prediction, targets) else {
        return None;
    };
    let squares = mean
        .iter()
        .zip(values)
        .map(|(m, y)| (f64::from(*m) - f64::from(*y)) * (f64::from(*m) - f64::from(*y)));
    Some(squares.sum::<f64>() / values.nrows() as f64)
}
