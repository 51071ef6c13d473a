//! The running form of a variational autoencoder, forward and backward.

use ndarray::{Array2, ArrayView2, Axis, concatenate, s};

use super::Vae;
use super::latent::{Latent, Lengths};
use super::parts::{EVALUATION_DRAWS, Parts};
use crate::science::bits::{Bits, Nats};
use crate::science::data::{Dataset, TargetShape};
use crate::science::evaluation::{CodeLengths, Prediction};
use crate::science::injection::{Noise, RateRule, Silence, Site};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::build::{Build, Plan};
use crate::science::network::criterion::{Criterion, Rows};
use crate::science::network::dense::coder::{Coder, Widths};
use crate::science::network::dense::rows::pass_rows;
use crate::science::network::layer::Layer;
use crate::science::network::model::{Adapted, Batch, Model};
use crate::science::network::sampling::{Samples, independent};
use crate::science::seed::{Purpose, Stream};

/// How fast the logarithm of the multiplier follows the rate's relative error.
const MULTIPLIER_SPEED: f64 = 0.02;

/// Encoder, code and decoder with all buffers planned.
#[derive(Debug)]
pub struct VariationalModel<R> {
    isa: Isa,
    layout: Layout,
    criterion: Criterion<R>,
    coder: Coder<R>,
    latent: Latent<R>,
    /// Inputs d that encoder and decoder read beside samples and code; 0 where samples are whole.
    inputs: usize,
    rule: RateRule,
    log_multiplier: f64,
    evaluation: Stream,
}

impl Build for Vae {
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

/// What the encoder reads [n, d + e]: inputs, where there are any, and then the encoded targets.
fn read(data: &Dataset) -> Array2<f32> {
    let samples = data.targets.encoded();
    match data.inputs.ncols() {
        0 => samples,
        _ => concatenate![Axis(1), data.inputs, samples],
    }
}

impl<R: Real> VariationalModel<R> {
    /// Plans all buffers.
    pub(in crate::science::network) fn planned(parts: &Parts, plan: &Plan) -> Self {
        let (samples, inputs) = (read(plan.dataset), plan.dataset.inputs.ncols());
        let capacity = pass_rows(plan.batch, plan.dataset.len());
        let criterion = Criterion::planned(parts.head, plan, Rows::Samples, capacity);
        let mut layout = Layout::default();
        let &Parts { hidden, code, activation, .. } = parts;
        let widths = Widths { hidden, top: 2 * code, code: code + inputs, outputs: criterion.width() };
        let coder = Coder::new(plan.isa, &mut layout, widths, activation, true, &samples, capacity);
        Self {
            isa: plan.isa,
            layout,
            criterion,
            coder,
            latent: Latent::new(plan.isa, code, inputs, capacity),
            inputs,
            rule: plan.rate,
            log_multiplier: 0.0,
            evaluation: plan.streams.stream(Purpose::EvaluationNoise),
        }
    }

    /// Outputs [rows, width] of the decoder for codes from their prior, beside such questions.
    fn decoded(
        &mut self,
        parameters: &[R],
        rows: usize,
        questions: ArrayView2<f32>,
        stream: &mut Stream,
    ) -> Array2<f32> {
        let (Coder { decoder, .. }, latent) = (&mut self.coder, &mut self.latent);
        latent.draw_prior(self.isa, stream, rows);
        latent.beside(questions);
        decoder.forward(parameters, &latent.code, rows, &mut Silence, false);
        let mut outputs = Array2::zeros((rows, decoder.width()));
        decoder.write_output(0..rows, &mut outputs);
        outputs
    }
}

impl<R> VariationalModel<R> {
    fn multiplier(&self) -> f64 {
        match self.rule {
            RateRule::Weighted(weight) => weight,
            RateRule::Target(_) => libm::exp(self.log_multiplier),
        }
    }

    /// Where a target rate is asked for, dual ascent on the multiplier.
    fn follow(&mut self, rate: Nats) {
        let RateRule::Target(target) = self.rule else { return };
        let error = (Bits::from(rate).0 - target.0) / target.0.max(0.25);
        let moved = self.log_multiplier + MULTIPLIER_SPEED * error.clamp(-1.0, 1.0);
        self.log_multiplier = moved.clamp(-20.0, 20.0);
    }
}

impl<R: Real> Model<R> for VariationalModel<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.coder.initialize(stream, parameters);
    }

    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        let multiplier = self.multiplier();
        let (Coder { encoder, decoder, .. }, latent) = (&mut self.coder, &mut self.latent);
        let rows = self.criterion.take(batch);
        encoder.take(batch, noise);
        encoder.forward(parameters, rows, noise);
        noise.normal(&mut latent.draws[..rows * latent.width]);
        latent.draw(encoder.stack(), rows);
        latent.beside_rows(encoder.current(), encoder.width(), self.inputs);
        decoder.forward(parameters, &latent.code, rows, noise, false);
        let ld = decoder.ld();
        let (outputs, gradient) = decoder.output_and_gradient();
        let distortion = self.criterion.loss(self.isa, rows, outputs, gradient, ld);
        decoder.backward(parameters, &latent.code, rows, gradients, Some(&mut latent.gradient));
        let rate = latent.encoder_gradient(encoder, rows, multiplier);
        encoder.backward(parameters, rows, gradients);
        self.follow(rate);
        distortion + R::from_f64(multiplier * rate.0)
    }

    /// Importance-weighted bounds from sixteen draws of the code
    /// (Burda et al. 2016): in expectation at least the exact code lengths. The
    /// draws come from a stream of their own, the same at every call.
    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction {
        let (Coder { encoder, decoder, .. }, latent) = (&mut self.coder, &mut self.latent);
        let mut stream = self.evaluation.clone();
        let mut lengths = CodeLengths { nats: Vec::new(), rate: Vec::new(), distortion: Vec::new() };
        let mut normal = vec![0.0f32; latent.draws.len()];
        encoder.each_pass(parameters, &read(data), |encoder, part| {
            let rows = part.len();
            latent.beside(data.inputs.slice(s![part.clone(), ..]));
            let targets = data.targets.rows(part);
            let mut draws = Vec::with_capacity(EVALUATION_DRAWS);
            for _ in 0..EVALUATION_DRAWS {
                let normal = &mut normal[..rows * latent.width];
                fill_normal(self.isa, &mut stream, normal);
                latent.draws.iter_mut().zip(normal).for_each(|(d, x)| *d = R::from_f64(f64::from(*x)));
                let decoded = (&mut *decoder, &self.criterion);
                draws.push(latent.lengths(parameters, encoder, decoded, &targets, rows));
            }
            bounds(&draws, rows, &mut lengths);
            lengths.rate.extend(latent.rates(encoder, rows));
        });
        Prediction::CodeLengths(lengths)
    }

    /// One draw of the code, and what the decoder states given it.
    fn reconstruction(
        &mut self,
        parameters: &[R],
        data: &Dataset,
        noise: &mut impl Noise<R>,
    ) -> Option<Prediction> {
        let (Coder { encoder, decoder, .. }, latent) = (&mut self.coder, &mut self.latent);
        let mut outputs = Array2::zeros((data.len(), decoder.width()));
        encoder.each_noisy_pass(parameters, &read(data), noise, |encoder, part, noise| {
            let rows = part.len();
            noise.normal(&mut latent.draws[..rows * latent.width]);
            latent.draw(encoder, rows);
            latent.beside(data.inputs.slice(s![part.clone(), ..]));
            decoder.forward(parameters, &latent.code, rows, noise, false);
            decoder.write_output(part, &mut outputs);
        });
        Some(self.criterion.prediction(outputs))
    }

    /// The code alone, with its own noise.
    fn layer(&mut self, parameters: &[R], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        if layer.is_some() {
            return None;
        }
        let k = self.latent.width;
        let heads = self.coder.encoder.outputs(parameters, &read(data));
        let (values, log_variances) = (heads.slice(s![.., ..k]), heads.slice(s![.., k..]));
        Some(Layer {
            site: Site::Rate,
            number: self.coder.depth,
            branch: None,
            values: values.to_owned(),
            log_variances: Some(log_variances.to_owned()),
            is_binary: false,
        })
    }

    /// Codes from their prior, and a sample from what the decoder states of each.
    fn sample(
        &mut self,
        parameters: &[R],
        shape: TargetShape,
        samples: usize,
        stream: &mut Stream,
    ) -> Option<Samples> {
        if self.inputs > 0 {
            return None; // of answers alone, not of questions
        }
        let nothing = Array2::zeros((0, 0));
        independent(shape, samples, self.coder.encoder.capacity(), stream, |rows, stream| {
            let outputs = self.decoded(parameters, rows, nothing.view(), stream);
            self.criterion.prediction(outputs)
        })
    }

    /// Codes from their prior, and what the decoder states of an answer given each.
    fn answers(
        &mut self,
        parameters: &[R],
        questions: &Array2<f32>,
        stream: &mut Stream,
    ) -> Option<Prediction> {
        if self.inputs == 0 {
            return None;
        }
        let mut all = Array2::zeros((questions.nrows(), self.coder.decoder.width()));
        let together = self.coder.encoder.capacity();
        for start in (0..questions.nrows()).step_by(together) {
            let rows = s![start..questions.nrows().min(start + together), ..];
            let asked = questions.slice(rows);
            all.slice_mut(rows).assign(&self.decoded(parameters, asked.nrows(), asked, stream));
        }
        Some(self.criterion.prediction(all))
    }

    fn adapted(&self) -> Adapted {
        Adapted::LogMultiplier(self.log_multiplier)
    }

    fn restore(&mut self, adapted: Adapted) {
        if let Adapted::LogMultiplier(log_multiplier) = adapted {
            self.log_multiplier = log_multiplier;
        }
    }
}

/// Of each row the importance-weighted bound over all draws, and the mean distortion.
#[expect(clippy::cast_precision_loss, reason = "a small number of draws")]
fn bounds(draws: &[Vec<Lengths>], rows: usize, lengths: &mut CodeLengths) {
    let count = draws.len() as f64;
    for row in 0..rows {
        let total = |draw: &Vec<Lengths>| draw[row].distortion + draw[row].ratio;
        let least = draws.iter().map(total).fold(f64::INFINITY, f64::min);
        let sum: f64 = draws.iter().map(|draw| libm::exp(least - total(draw))).sum();
        lengths.nats.push(least - libm::log(sum / count));
        let distortion: f64 = draws.iter().map(|draw| draw[row].distortion).sum();
        lengths.distortion.push(distortion / count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::data::DataShape;
    use crate::science::family::Item;
    use crate::science::network::gradient_check::{TARGETS, check, dataset, heads, plan};
    use crate::science::network::{Architecture, Build};

    #[test]
    fn gradients_equal_central_differences_for_every_head() {
        for targets in TARGETS {
            let data = dataset(9, 0, targets);
            for head in heads(targets) {
                for hidden in [vec![], vec![6], vec![17, 3]] {
                    check(&Vae { hidden, code: 3, head: head.clone(), ..Vae::example() }, &data);
                }
            }
        }
    }

    #[test]
    fn parameters_follow_the_formula() {
        // 8-16-(4+4), 4-16-8 with biases
        let shape = DataShape { samples: 3, inputs: 0, targets: TargetShape::Reals { dimensions: 8 } };
        let size = Vae::example().size(&shape).parameters;
        assert_eq!(size, 9 * 16 + 17 * 8 + 5 * 16 + 17 * 8);
        let data = dataset(3, 0, shape.targets);
        let model = Vae::example().build::<f32>(&plan(&data));
        assert_eq!(Model::<f32>::layout(&model).trainable() as u64, size);
    }
}
