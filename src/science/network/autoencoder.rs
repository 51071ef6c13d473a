//! The autoencoder: a sample squeezed through a code and predicted from it.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::generative_incompatibility;
use super::criterion::{Criterion, Rows};
use super::dense::activation::HiddenActivation;
use super::dense::coder::{Coder, Widths};
use super::dense::footprint::CoderLayers;
use super::dense::rows::pass_rows;
use super::dense::stack::Stack;
use super::footprint::{Footprint, Usage, count, lanes};
use super::head::{Head, head_footprint, head_form, head_incompatibility, head_width};
use super::layer::Layer;
use super::model::Batch;
use super::size::dense_size;
use super::supervised::{Pass, Supervised};
use super::{Architecture, Build, Idle, Likelihood, Plan, Size};
use crate::science::data::{DataShape, Dataset};
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::injection::{Binary, Noise, Silence, Site};
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
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

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let outputs = head_width(self.head.as_ref(), data.targets);
        let coder = CoderLayers {
            inputs: data.targets.encoded_width(),
            hidden: &self.hidden,
            top: self.code,
            code: self.code,
            activation: self.activation.into(),
            outputs,
            bias: self.bias,
        };
        let [encoder, decoder] = coder.footprints(usage);
        // the code, and without what fills its lanes
        let code = lanes(self.code) + count(self.code);
        let code = Footprint { forward: code, ..Footprint::default() };
        let head = head_footprint(self.head.as_ref(), data.targets, usage);
        encoder.and(decoder).and(code).and(head)
    }

    fn layer_units(&self, _layer: Option<usize>) -> usize {
        self.code
    }

    fn widest_hidden(&self) -> usize {
        self.hidden.iter().copied().max().unwrap_or(0).max(self.code)
    }

    fn first_hidden(&self) -> usize {
        self.hidden.first().copied().unwrap_or(self.code)
    }

    /// The code alone.
    fn tells(&self, layer: Option<usize>) -> bool {
        layer.is_none()
    }

    fn form(&self, data: &DataShape) -> Form {
        head_form(self.head.as_ref(), data.targets)
    }

    fn idle(&self, _data: &DataShape, _binary: Binary) -> Vec<Idle> {
        let activation = Idle {
            pointer: "/network/activation",
            reason: "there is no hidden layer",
            is_default: self.activation == HiddenActivation::default(),
        };
        self.hidden.is_empty().then_some(activation).into_iter().collect()
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

/// The code between both stacks.
#[derive(Debug)]
struct Code<R> {
    width: usize,
    /// What the decoder reads [n, ld], and its rows without padding for noise.
    values: Vec<R>,
    bare: Vec<R>,
}

impl<R: Real> Code<R> {
    /// From the encoder's output, with noise on it.
    fn read(&mut self, encoder: &Stack<R>, rows: usize, noise: &mut impl Noise<R>) {
        let (ld, k) = (encoder.ld(), self.width);
        self.values[..rows * ld].copy_from_slice(&encoder.output()[..rows * ld]);
        let bare = &mut self.bare[..rows * k];
        for (bare, row) in bare.chunks_exact_mut(k).zip(self.values.chunks_exact(ld)) {
            bare.copy_from_slice(&row[..k]);
        }
        if noise.latent(bare) {
            for (row, bare) in self.values.chunks_exact_mut(ld).zip(bare.chunks_exact(k)) {
                row[..k].copy_from_slice(bare);
            }
        }
    }
}

/// Two stacks with a code between them.
#[derive(Debug)]
pub struct CodePass<R> {
    coder: Coder<R>,
    code: Code<R>,
}

impl Build for Autoencoder {
    type Model<R: Real> = Supervised<R, CodePass<R>>;

    fn build<R: Real>(&self, plan: &Plan) -> Self::Model<R> {
        let samples = plan.dataset.targets.encoded();
        let capacity = pass_rows(plan.batch, plan.dataset.len());
        let criterion = Criterion::planned(self.head.as_ref(), plan, Rows::Samples, capacity);
        let mut layout = Layout::default();
        let (hidden, activation) = (&self.hidden[..], self.activation.into());
        let widths = Widths { hidden, top: self.code, code: self.code, outputs: criterion.width() };
        let coder = Coder::new(plan.isa, &mut layout, widths, activation, self.bias, &samples, capacity);
        let code = Code {
            width: self.code,
            values: vec![R::ZERO; capacity * padded(self.code)],
            bare: vec![R::ZERO; capacity * self.code],
        };
        Supervised { isa: plan.isa, layout, criterion, pass: CodePass { coder, code } }
    }
}

impl<R: Real> CodePass<R> {
    /// Outputs [n, width] for samples seen through the code, with such noise on the way.
    fn seen(&mut self, parameters: &[R], data: &Dataset, noise: &mut impl Noise<R>) -> Array2<f32> {
        let Coder { encoder, decoder, .. } = &mut self.coder;
        let mut outputs = Array2::zeros((data.len(), decoder.width()));
        encoder.each_noisy_pass(parameters, &data.targets.encoded(), noise, |encoder, rows, noise| {
            self.code.read(encoder, rows.len(), noise);
            decoder.forward(parameters, &self.code.values, rows.len(), noise, false);
            decoder.write_output(rows, &mut outputs);
        });
        outputs
    }
}

impl<R: Real> Pass<R> for CodePass<R> {
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.coder.initialize(stream, parameters);
    }

    fn take(&mut self, batch: Batch, noise: &mut impl Noise<R>) {
        self.coder.encoder.take(batch, noise);
    }

    fn forward(&mut self, parameters: &[R], samples: usize, noise: &mut impl Noise<R>) {
        let Coder { encoder, decoder, .. } = &mut self.coder;
        encoder.forward(parameters, samples, noise);
        self.code.read(encoder.stack(), samples, noise);
        decoder.forward(parameters, &self.code.values, samples, noise, false);
    }

    fn outputs(&mut self) -> (&[R], &mut [R], usize) {
        let ld = self.coder.decoder.ld();
        let (outputs, gradient) = self.coder.decoder.output_and_gradient();
        (outputs, gradient, ld)
    }

    fn backward(&mut self, parameters: &[R], samples: usize, gradients: &mut [R]) {
        let Coder { encoder, decoder, .. } = &mut self.coder;
        let (_, code) = encoder.output_and_gradient();
        decoder.backward(parameters, &self.code.values, samples, gradients, Some(code));
        encoder.backward(parameters, samples, gradients);
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Array2<f32> {
        self.seen(parameters, data, &mut Silence)
    }

    fn reconstruct(
        &mut self,
        parameters: &[R],
        data: &Dataset,
        noise: &mut impl Noise<R>,
    ) -> Option<Array2<f32>> {
        Some(self.seen(parameters, data, noise))
    }

    /// The code alone.
    fn layer(&mut self, parameters: &[R], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        if layer.is_some() {
            return None;
        }
        let values = self.coder.encoder.outputs(parameters, &data.targets.encoded());
        let (site, number) = (Site::Latent, self.coder.depth);
        Some(Layer { site, number, branch: None, values, log_variances: None, is_binary: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::data::TargetShape;
    use crate::science::evaluation::Prediction;
    use crate::science::network::gradient_check::{Fixed, TARGETS, check, dataset, heads, plan};
    use crate::science::network::model::Model;

    #[test]
    fn gradients_equal_central_differences_for_every_head() {
        for targets in TARGETS {
            let data = dataset(9, 0, targets);
            for head in heads(targets) {
                for hidden in [vec![], vec![6], vec![18, 3]] {
                    check(
                        &Autoencoder { hidden, code: 2, head: head.clone(), ..Autoencoder::example() },
                        &data,
                    );
                }
            }
        }
    }

    #[test]
    fn noise_of_inputs_and_code_reaches_a_reconstruction() {
        let data = dataset(5, 0, TargetShape::Reals { dimensions: 2 });
        let identity = Autoencoder { hidden: vec![], code: 2, bias: false, ..Autoencoder::example() };
        let mut model = identity.build::<f64>(&plan(&data));
        let parameters = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
        let mut seen = |noise: &mut dyn Noise<f64>| {
            let mut noise = noise;
            match model.reconstruction(&parameters, &data, &mut noise) {
                Some(Prediction::Gaussian { mean, log_sd: None }) => mean,
                _ => unreachable!(),
            }
        };
        assert_eq!(seen(&mut Silence), data.targets.reals());
        // what is added, number by number: to inputs .1, -.2, .3, .1, .. and to the code .3, -.1, .3, ..
        let expected = data.targets.reals().iter().enumerate();
        let expected = expected.map(|(i, x)| f64::from(*x) + [0.1, -0.2, 0.3][i % 3] + [0.3, -0.1][i % 2]);
        for (got, expected) in seen(&mut Fixed).iter().zip(expected) {
            assert!((f64::from(*got) - expected).abs() < 1e-6, "{got} {expected}");
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
