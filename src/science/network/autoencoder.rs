//! The autoencoder: a sample squeezed through a code and predicted from it.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::criterion::{Criterion, Rows};
use super::dense::rows::InputRows;
use super::dense::stack::Stack;
use super::head::Head;
use super::layer::Layer;
use super::model::{Batch, Model};
use super::{Architecture, Build, Likelihood, Size};
use crate::science::data::{DataShape, Dataset};
use crate::science::evaluation::Prediction;
use crate::science::family::Item;
use crate::science::injection::{Noise, Silence, Site};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::architecture::generative_incompatibility;
use crate::science::network::build::Plan;
use crate::science::network::dense::activation::{Activation, HiddenActivation};
use crate::science::network::dense::rows::{EVALUATION_ROWS, write_row};
use crate::science::network::head::{head_incompatibility, head_width};
use crate::science::network::size::dense_size;
use crate::science::seed::Stream;

/// Dense encoder, linear code, mirrored dense decoder; the sample itself is the
/// target. Its predictions know the sample through the code, so they are no
/// likelihood of the data: read rate and distortion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Autoencoder {
    /// Units of the encoder's hidden layers; the decoder has them in reverse.
    #[serde(default)]
    #[garde(length(max = 32), inner(range(min = 1, max = 65_536)))]
    pub hidden: Vec<usize>,
    /// Units of the code.
    #[garde(range(min = 1, max = 65_536))]
    pub code: usize,
    /// Activation of the hidden layers; the code is linear.
    #[serde(default)]
    #[garde(skip)]
    pub activation: HiddenActivation,
    /// Whether each unit has a bias.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub bias: bool,
    /// Law of the sample given its code; categorical for symbols and regression
    /// for reals unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub head: Option<Head>,
}

fn yes() -> bool {
    true
}

impl Item for Autoencoder {
    const SUMMARY: &'static str = "dense encoder, linear code and mirrored decoder; a linear one finds the principal subspace (Baldi & Hornik 1989)";

    fn example() -> Self {
        Self { hidden: vec![16], code: 4, activation: HiddenActivation::Tanh, bias: true, head: None }
    }
}

impl Architecture for Autoencoder {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        generative_incompatibility(data).or_else(|| head_incompatibility(self.head.as_ref(), data.targets))
    }

    fn size(&self, data: &DataShape) -> Size {
        let mut widths = self.hidden.clone();
        widths.push(self.code);
        widths.extend(self.hidden.iter().rev());
        let outputs = head_width(self.head.as_ref(), data.targets);
        dense_size(data.targets.encoded_width(), &widths, outputs, self.bias)
    }

    fn has(&self, site: Site) -> bool {
        match site {
            Site::Inputs | Site::Latent => true,
            Site::Hidden => !self.hidden.is_empty(),
            _ => false,
        }
    }

    fn likelihood(&self) -> Likelihood {
        Likelihood::Seen
    }
}

/// Two stacks with a code between them.
#[derive(Debug)]
pub struct CodeModel<R> {
    isa: Isa,
    layout: Layout,
    encoder: Stack<R>,
    decoder: Stack<R>,
    criterion: Criterion<R>,
    inputs: InputRows<R>,
    /// Code that the decoder reads [n, ld], and its bare rows for noise.
    code: Vec<R>,
    bare: Vec<R>,
    width: usize,
    /// Hidden layers below the code.
    depth: usize,
}

/// Units of both stacks: encoder with a top of `top` units, decoder to `outputs`.
pub(super) fn both_stacks<R: Real>(
    isa: Isa,
    layout: &mut Layout,
    hidden: &[usize],
    activation: Activation,
    [inputs, top, code, outputs]: [usize; 4],
    bias: bool,
    capacity: usize,
) -> (Stack<R>, Stack<R>) {
    let mut units: Vec<_> = hidden.iter().map(|&units| (units, activation)).collect();
    units.push((top, Activation::Identity));
    let encoder = Stack::new(isa, layout, 0, inputs, &units, bias, capacity);
    let mut units: Vec<_> = hidden.iter().rev().map(|&units| (units, activation)).collect();
    units.push((outputs, Activation::Identity));
    let decoder = Stack::new(isa, layout, hidden.len() + 1, code, &units, bias, capacity);
    (encoder, decoder)
}

impl Build for Autoencoder {
    type Model<R: Real> = CodeModel<R>;

    fn build<R: Real>(&self, plan: &Plan) -> CodeModel<R> {
        let data = plan.dataset;
        let encoded = data.targets.encoded();
        let capacity = plan.batch.max(EVALUATION_ROWS.min(data.len()));
        let criterion =
            Criterion::new(self.head.as_ref(), plan.label_smoothing, &data.targets, Rows::Samples, capacity);
        let mut layout = Layout::default();
        let shape = [encoded.ncols(), self.code, self.code, criterion.width()];
        let (encoder, decoder) = both_stacks(
            plan.isa,
            &mut layout,
            &self.hidden,
            self.activation.into(),
            shape,
            self.bias,
            capacity,
        );
        CodeModel {
            isa: plan.isa,
            layout,
            code: vec![R::ZERO; capacity * encoder.ld()],
            bare: vec![R::ZERO; capacity * self.code],
            encoder,
            decoder,
            criterion,
            inputs: InputRows::new(&encoded, capacity),
            width: self.code,
            depth: self.hidden.len(),
        }
    }
}

impl<R: Real> CodeModel<R> {
    /// The code with noise on it, from the encoder's output.
    fn read_code(&mut self, rows: usize, noise: &mut impl Noise<R>) {
        let (ld, k) = (self.encoder.ld(), self.width);
        self.code[..rows * ld].copy_from_slice(&self.encoder.output()[..rows * ld]);
        let bare = &mut self.bare[..rows * k];
        for (bare, row) in bare.chunks_exact_mut(k).zip(self.code.chunks_exact(ld)) {
            bare.copy_from_slice(&row[..k]);
        }
        if noise.latent(bare) {
            for (row, bare) in self.code.chunks_exact_mut(ld).zip(bare.chunks_exact(k)) {
                row[..k].copy_from_slice(bare);
            }
        }
    }

    /// Codes [n, k] of the data, without noise.
    #[must_use]
    pub fn codes(&mut self, parameters: &[R], data: &Dataset) -> Array2<f32> {
        let encoded = data.targets.encoded();
        let mut codes = Array2::zeros((data.len(), self.width));
        for start in (0..data.len()).step_by(self.inputs.capacity()) {
            let rows = self.inputs.load(&encoded, start);
            self.encoder.forward(parameters, self.inputs.batch(), rows, &mut Silence, false);
            for (i, z) in self.encoder.output().chunks_exact(self.encoder.ld()).take(rows).enumerate() {
                write_row(&mut codes, start + i, &z[..self.width]);
            }
        }
        codes
    }
}

impl<R: Real> Model<R> for CodeModel<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.encoder.initialize(stream, parameters);
        self.decoder.initialize(stream, parameters);
    }

    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        let rows = self.criterion.take(batch);
        self.inputs.take(batch, noise);
        self.encoder.forward(parameters, self.inputs.current(), rows, noise, false);
        self.read_code(rows, noise);
        self.decoder.forward(parameters, &self.code, rows, noise, false);
        let ld = self.decoder.ld();
        let (outputs, gradient) = self.decoder.output_and_gradient();
        let loss = self.criterion.loss(self.isa, rows, outputs, gradient, ld);
        let (_, code) = self.encoder.output_and_gradient();
        self.decoder.backward(parameters, &self.code, rows, gradients, Some(code));
        self.encoder.backward(parameters, self.inputs.current(), rows, gradients, None);
        loss
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction {
        let encoded = data.targets.encoded();
        let k = self.decoder.width();
        let mut outputs = Array2::zeros((data.len(), k));
        for start in (0..data.len()).step_by(self.inputs.capacity()) {
            let rows = self.inputs.load(&encoded, start);
            self.encoder.forward(parameters, self.inputs.batch(), rows, &mut Silence, false);
            self.read_code(rows, &mut Silence);
            self.decoder.forward(parameters, &self.code, rows, &mut Silence, false);
            for (i, z) in self.decoder.output().chunks_exact(self.decoder.ld()).take(rows).enumerate() {
                write_row(&mut outputs, start + i, &z[..k]);
            }
        }
        self.criterion.prediction(outputs)
    }

    fn layer(&mut self, parameters: &[R], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        if layer.is_some() {
            return None; // the code alone
        }
        let values = self.codes(parameters, data);
        let (number, branch) = (self.depth, None);
        Some(Layer { site: Site::Latent, number, branch, values, log_variances: None, is_binary: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::data::TargetShape;
    use crate::science::network::gradient_check::{TARGETS, check, dataset, heads, plan};

    #[test]
    fn gradients_equal_central_differences_for_every_head() {
        for targets in TARGETS {
            let data = dataset(9, 0, targets);
            for head in heads(targets) {
                for hidden in [vec![], vec![6], vec![18, 3]] {
                    check(
                        &Autoencoder { hidden, code: 2, head: head.clone(), ..Autoencoder::example() },
                        &data,
                        &[],
                    );
                }
            }
        }
    }

    #[test]
    fn parameters_follow_the_formula() {
        // 8-16-4-16-8 with biases
        let shape = DataShape { samples: 3, inputs: 0, targets: TargetShape::Reals { dimensions: 8 } };
        let size = Autoencoder::example().size(&shape).parameters;
        assert_eq!(size, 9 * 16 + 17 * 4 + 5 * 16 + 17 * 8);
        let data = dataset(3, 0, shape.targets);
        let model = Autoencoder::example().build::<f32>(&plan(&data));
        assert_eq!(Model::<f32>::layout(&model).trainable() as u64, size);
    }
}
