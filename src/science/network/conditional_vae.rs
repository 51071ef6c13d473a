//! The conditional variational autoencoder: a Gaussian code that chooses among the answers to a
//! question.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::inputs_incompatibility;
use super::build::{Build, Plan};
use super::dense::activation::HiddenActivation;
use super::footprint::{Footprint, Usage};
use super::head::{Head, head_incompatibility, head_width};
use super::size::dense_size;
use super::vae::model::VariationalModel;
use super::vae::parts::Parts;
use super::{Architecture, Likelihood, Size};
use crate::science::data::DataShape;
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::kernel::real::Real;

/// Encoder from inputs and targets to means and log variances of a Gaussian code, decoder from one
/// draw of it and the inputs; loss = distortion + multiplier * rate, rate = KL(q(z|x, y) || N(0, I))
/// (Kingma et al. 2014; Sohn et al. 2015, with a prior that does not depend on the inputs). Answers
/// to new inputs come from codes drawn from the prior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConditionalVae {
    /// Units of the encoder's hidden layers; the decoder has them in reverse.
    #[serde(default)]
    #[garde(length(max = 32), inner(range(min = 1, max = 65_536)))]
    pub hidden: Vec<usize>,
    /// Dimensions of the code.
    #[garde(range(min = 1, max = 65_536))]
    pub code: usize,
    /// Activation of the hidden layers.
    #[serde(default)]
    #[garde(skip)]
    pub activation: HiddenActivation,
    /// Distribution of the targets given inputs and code; categorical for symbols and regression
    /// for reals unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub head: Option<Head>,
}

impl Item for ConditionalVae {
    const SUMMARY: &'static str = "Gaussian code that chooses among answers to an input; code lengths are variational bounds (Sohn et al. 2015)";

    fn example() -> Self {
        Self { hidden: vec![16], code: 2, activation: HiddenActivation::Tanh, head: None }
    }
}

impl Architecture for ConditionalVae {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        inputs_incompatibility(data).or_else(|| head_incompatibility(self.head.as_ref(), data.targets))
    }

    fn widest_hidden(&self) -> usize {
        self.hidden.iter().copied().max().unwrap_or(0).max(self.code.saturating_mul(2))
    }

    fn first_hidden(&self) -> usize {
        self.hidden.first().copied().unwrap_or(self.code.saturating_mul(2))
    }

    /// The code alone.
    fn tells(&self, layer: Option<usize>) -> bool {
        layer.is_none()
    }

    fn form(&self, _data: &DataShape) -> Form {
        Form::CodeLengths
    }

    fn size(&self, data: &DataShape) -> Size {
        let read = data.inputs.saturating_add(data.targets.encoded_width());
        let encoder = dense_size(read, &self.hidden, self.code.saturating_mul(2), true);
        let reversed: Vec<usize> = self.hidden.iter().rev().copied().collect();
        let outputs = head_width(self.head.as_ref(), data.targets);
        let decoder = dense_size(self.code.saturating_add(data.inputs), &reversed, outputs, true);
        Size {
            parameters: encoder.parameters.saturating_add(decoder.parameters),
            multiply_adds: encoder.multiply_adds.saturating_add(decoder.multiply_adds),
            activations: encoder.activations.saturating_add(decoder.activations),
        }
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let parts = Parts {
            hidden: &self.hidden,
            code: self.code,
            activation: self.activation.into(),
            head: self.head.as_ref(),
        };
        parts.footprint(data.inputs, data.targets, usage)
    }

    fn layer_units(&self, _layer: Option<usize>) -> usize {
        self.code.saturating_mul(2)
    }

    /// Noise on inputs would act on the targets beside them.
    fn has(&self, site: Site) -> bool {
        match site {
            Site::Rate => true,
            Site::Hidden => !self.hidden.is_empty(),
            _ => false,
        }
    }

    fn likelihood(&self) -> Likelihood {
        Likelihood::Bound
    }
}

impl Build for ConditionalVae {
    type Model<R: Real> = VariationalModel<R>;

    fn build<R: Real>(&self, plan: &Plan) -> VariationalModel<R> {
        let parts = Parts {
            hidden: &self.hidden,
            code: self.code,
            activation: self.activation.into(),
            head: self.head.as_ref(),
        };
        VariationalModel::planned(&parts, plan)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::science::data::Targets;
    use crate::science::evaluation::{Evaluation, Prediction};
    use crate::science::network::gradient_check::{TARGETS, check, dataset, heads, plan, stream};
    use crate::science::network::model::Model;

    #[test]
    fn gradients_equal_central_differences_for_every_head() {
        for targets in TARGETS {
            let data = dataset(9, 4, targets);
            for head in heads(targets) {
                for (hidden, code) in [(vec![], 3), (vec![6], 14), (vec![17, 3], 2)] {
                    check(
                        &ConditionalVae { hidden, code, head: head.clone(), ..ConditionalVae::example() },
                        &data,
                    );
                }
            }
        }
    }

    #[test]
    fn parameters_follow_the_formula() {
        // (4 + 3)-16-(2+2), (2 + 4)-16-3 with biases
        let targets = TARGETS[4];
        let size = ConditionalVae::example().size(&DataShape { samples: 3, inputs: 4, targets }).parameters;
        assert_eq!(size, 8 * 16 + 17 * 4 + 7 * 16 + 17 * 3);
        let data = dataset(3, 4, targets);
        let model = ConditionalVae::example().build::<f32>(&plan(&data));
        assert_eq!(Model::<f32>::layout(&model).trainable() as u64, size);
    }

    /// An encoder that says nothing states the prior: what it costs to code an answer through its codes is
    /// then what it costs in the mean over codes that answers are drawn with.
    #[test]
    fn answers_are_drawn_through_codes_from_the_prior() {
        let targets = TARGETS[1];
        let data = dataset(6, 4, targets);
        let mut model = ConditionalVae::example().build::<f32>(&plan(&data));
        let mut parameters = vec![0.0; model.layout().len()];
        model.initialize(&mut stream(1), &mut parameters);
        let encoder = 10 * 16 + 17 * 4;
        parameters[..encoder].fill(0.0);
        let Prediction::CodeLengths(coded) = model.predict(&parameters, &data) else { unreachable!() };
        let draws = 20_000;
        let mut stream = stream(2);
        for (row, distortion) in coded.distortion.iter().enumerate() {
            assert!(coded.rate[row].abs() < 1e-12);
            let mut same = Array2::zeros((draws, 4));
            same.rows_mut().into_iter().for_each(|mut all| all.assign(&data.inputs.row(row)));
            let drawn = model.answers(&parameters, &same, &mut stream).unwrap();
            let repeated = Targets::labels(vec![data.targets.symbols()[[row, 0]]; draws], 5);
            let lengths = Evaluation::new(drawn, &repeated).code_lengths();
            let mean = lengths.iter().map(|length| length.0).sum::<f64>() / draws as f64;
            let squares = lengths.iter().map(|length| (length.0 - mean) * (length.0 - mean)).sum::<f64>();
            // four and a half standard errors of the sixteen codes of an evaluation
            let error = 4.5 * (squares / draws as f64 / 16.0).sqrt();
            assert!((distortion - mean).abs() < error, "{distortion} {mean} {error}");
        }
    }
}
