//! Optimism: how much better the training targets are predicted than fresh ones at
//! the very same inputs.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Demand, Prospect, Quantity, Rule, Scale, Subject, Unit};
use crate::science::bits::Bits;
use crate::science::data::Dataset;
use crate::science::evaluation::Evaluation;
use crate::science::family::Item;
use crate::science::network::footprint::count;
use crate::science::seed::Purpose;

/// Code length of fresh targets at the inputs of the training draw, less that of the
/// training targets, each against the Bayes law's, which cancels in the mean (Efron
/// 1986). A linear smoother of df effective parameters under noise of variance s^2 and
/// a squared-error code has `s^2 df / n` nats a sample, whatever restricts it (Hastie
/// et al. 2009, section 7.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Optimism {}

impl Item for Optimism {
    const SUMMARY: &'static str =
        "in-sample gap: fresh targets at the same inputs against the training targets (Efron 1986)";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[Quantity {
    name: "optimism_bits",
    unit: Unit::BitsPerSample,
    bound: Bound::Exact,
    headline: true,
    definition: "code length of fresh targets at the same inputs less that of the training targets, both relative to the Bayes law's",
}];

/// Fresh draws of the targets.
const DRAWS: usize = 16;

impl Rule for Optimism {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let draws = count(DRAWS) + 1.0;
        Demand {
            passing: scale.outputs() + 2.0 * scale.draw,
            codes: draws,
            judgments: 2.0 * draws,
            ..Demand::default()
        }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        (!prospect.process.redraws())
            .then(|| "needs fresh targets at given inputs, which this dataset does not give".to_owned())
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let Some(inside) = &subject.inside else { return vec![None] };
        let mut stream = inside.streams.stream(Purpose::Probe);
        let excess = |data: &Dataset| {
            let code = Evaluation::new(subject.train.prediction().clone(), &data.targets).cross_entropy();
            Bits::from(code - subject.distribution.bayes_cross_entropy(data))
        };
        let inputs = &subject.dataset.inputs;
        let fresh: Option<Vec<Bits>> = (0..DRAWS)
            .map(|_| {
                let targets = subject.distribution.redraw(inputs, &mut stream)?;
                Some(excess(&Dataset { inputs: inputs.clone(), targets }))
            })
            .collect();
        let own = excess(subject.dataset);
        let optimism = fresh.map(|fresh| fresh.into_iter().sum::<Bits>() / DRAWS as f64 - own);
        vec![optimism.map(|bits| bits.0 / subject.dataset.len() as f64)]
    }
}
