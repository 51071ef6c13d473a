//! The generator: a multi-layer perceptron that reads noise beside its inputs, so that one
//! input has many outputs.

mod model;
mod score;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::inputs_incompatibility;
use super::dense::activation::HiddenActivation;
use super::dense::footprint::Layers;
use super::dense::rows::EVALUATION_ROWS;
use super::footprint::{Footprint, Usage, Work, count, lanes};
use super::size::dense_size;
use super::{Architecture, Likelihood, Size};
use crate::science::data::{DataShape, TargetShape};
use crate::science::family::Item;
use crate::science::injection::Site;
pub use score::Score;

/// Dense layers that read the inputs and fresh standard normal numbers, and put out one answer.
/// Nothing states how probable an answer is: the distribution of the answers is trained by the
/// energy score of several answers to each question, which is least in the mean at the true
/// distribution alone (Gneiting & Raftery 2007).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Generator {
    /// Units of each hidden layer, from the inputs on; at least one layer.
    #[garde(length(min = 1, max = 64), inner(range(min = 1, max = 65_536)))]
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    #[serde(default)]
    #[garde(skip)]
    pub activation: HiddenActivation,
    /// Standard normal numbers beside the inputs, fresh for each answer; with 0 an input has one
    /// answer.
    #[serde(default = "four")]
    #[garde(range(max = 65_536))]
    pub noise: usize,
    /// Answers to each question in a training step.
    #[serde(default = "eight")]
    #[garde(range(min = 2, max = 1024))]
    pub draws: usize,
    /// What is least in training.
    #[serde(default)]
    #[garde(skip)]
    pub score: Score,
}

fn four() -> usize {
    4
}

fn eight() -> usize {
    8
}

impl Item for Generator {
    const SUMMARY: &'static str = "dense layers that read noise beside their inputs, trained by the energy score (Gneiting & Raftery 2007)";

    fn example() -> Self {
        Self {
            hidden: vec![32],
            activation: HiddenActivation::Relu,
            noise: 4,
            draws: 8,
            score: Score::Energy,
        }
    }
}

impl Architecture for Generator {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        inputs_incompatibility(data).or_else(|| {
            matches!(data.targets, TargetShape::Symbols { .. })
                .then(|| "this network puts out real numbers and cannot answer with symbols".to_owned())
        })
    }

    fn widest_hidden(&self) -> usize {
        self.hidden.iter().copied().max().unwrap_or(0)
    }

    fn first_hidden(&self) -> usize {
        self.hidden.first().copied().unwrap_or(0)
    }

    /// Of a sample in training: all of its answers.
    fn size(&self, data: &DataShape) -> Size {
        let outputs = data.targets.encoded_width();
        let one = dense_size(data.inputs.saturating_add(self.noise), &self.hidden, outputs, true);
        let draws = self.draws as u64;
        Size {
            parameters: one.parameters,
            multiply_adds: one.multiply_adds.saturating_mul(draws),
            activations: one.activations.saturating_mul(draws),
        }
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let (read, targets) = (data.inputs.saturating_add(self.noise), data.targets.encoded_width());
        let layers = Layers {
            inputs: read,
            hidden: &self.hidden,
            activation: self.activation.into(),
            outputs: targets,
            bias: true,
            residual: false,
            passes_on: false,
        };
        let (draws, noise) = (count(self.draws), count(self.noise));
        let rows = Footprint {
            forward: lanes(read) + noise,
            backward: noise,
            ahead: Work { products: 0.0, elements: 10.0 * noise + lanes(read) },
            // distances to the truth and between answers
            back: Work { products: 0.0, elements: 2.0 * draws * count(targets) },
            ..Footprint::default()
        };
        Footprint {
            copy: count(data.inputs) + count(targets),
            pass: count(EVALUATION_ROWS),
            // a score each
            outputs: 2.0,
            code: 1.0,
            ..layers.footprint(usage).and(rows).rows(draws)
        }
    }

    fn has(&self, site: Site) -> bool {
        site == Site::Hidden
    }

    fn likelihood(&self) -> Likelihood {
        Likelihood::Implicit
    }
}
