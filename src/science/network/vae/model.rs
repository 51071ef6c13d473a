//! The running form of a variational autoencoder, forward and backward.

use ndarray::Array2;

use super::Vae;
use crate::science::bits::{Bits, Nats};
use crate::science::data::{Dataset, TargetShape, Targets};
use crate::science::evaluation::{CodeLengths, Evaluation, Prediction};
use crate::science::injection::{Noise, RateRule, Silence, Site};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::latent;
use crate::science::kernel::normal::fill_normal;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::autoencoder::both_stacks;
use crate::science::network::build::{Build, Plan};
use crate::science::network::criterion::{Criterion, Rows};
use crate::science::network::dense::rows::{EVALUATION_ROWS, InputRows, write_row};
use crate::science::network::dense::stack::Stack;
use crate::science::network::layer::Layer;
use crate::science::network::model::{Batch, Model};
use crate::science::network::sampling::{Samples, independent};
use crate::science::seed::{Purpose, Stream};

/// Draws of the code in an evaluation's importance-weighted bound.
pub(super) const EVALUATION_DRAWS: usize = 16;

/// How fast the logarithm of the multiplier follows the rate's relative error.
const MULTIPLIER_SPEED: f64 = 0.02;

/// Encoder, code and decoder with all buffers planned.
#[derive(Debug)]
pub struct VariationalModel<R> {
    isa: Isa,
    layout: Layout,
    encoder: Stack<R>,
    decoder: Stack<R>,
    criterion: Criterion<R>,
    inputs: InputRows<R>,
    width: usize,
    /// One draw of the code [n, ld], and the gradient in it.
    code: Vec<R>,
    code_gradient: Vec<R>,
    /// Standard normal draws [n, k].
    draws: Vec<R>,
    /// Rates of the rows of a pass [n], and room for the terms of one.
    rates: Vec<R>,
    terms: Vec<R>,
    rule: RateRule,
    log_multiplier: f64,
    evaluation: Stream,
    /// Hidden layers below the code.
    depth: usize,
}

impl<R: Real> VariationalModel<R> {
    pub(super) fn new(vae: &Vae, plan: &Plan) -> Self {
        let data = plan.dataset;
        let encoded = data.targets.encoded();
        let capacity = plan.batch.max(EVALUATION_ROWS.min(data.len()));
        let criterion =
            Criterion::new(vae.head.as_ref(), plan.label_smoothing, &data.targets, Rows::Samples, capacity);
        let mut layout = Layout::default();
        let shape = [encoded.ncols(), 2 * vae.code, vae.code, criterion.width()];
        let (encoder, decoder) =
            both_stacks(plan.isa, &mut layout, &vae.hidden, vae.activation.into(), shape, true, capacity);
        let ld = padded(vae.code);
        Self {
            isa: plan.isa,
            layout,
            encoder,
            decoder,
            criterion,
            inputs: InputRows::new(&encoded, capacity),
            width: vae.code,
            code: vec![R::ZERO; capacity * ld],
            code_gradient: vec![R::ZERO; capacity * ld],
            draws: vec![R::ZERO; capacity * vae.code],
            rates: vec![R::ZERO; capacity],
            terms: vec![R::ZERO; ld],
            rule: plan.rate,
            log_multiplier: 0.0,
            evaluation: plan.streams.stream(Purpose::EvaluationNoise),
            depth: vae.hidden.len(),
        }
    }

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

    /// `z = m + exp(l / 2) e` with the draws e, from the encoder's output (m, l).
    fn draw_code(&mut self, rows: usize) {
        let draws = &self.draws[..rows * self.width];
        latent::draw(self.isa, self.shape(), self.encoder.output(), draws, &mut self.code);
    }

    fn shape(&self) -> latent::Shape {
        latent::Shape { width: self.width, ld_heads: self.encoder.ld(), ld_code: padded(self.width) }
    }

    /// Mean rate over the rows in nats, and the gradient of `multiplier * rate +
    /// distortion` in the encoder's output, given that in the code.
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    fn encoder_gradient(&mut self, rows: usize) -> Nats {
        let (weight, shape) = (R::from_f64(self.multiplier() / rows as f64), self.shape());
        let (heads, gradients) = self.encoder.output_and_gradient();
        let draws = &self.draws[..rows * self.width];
        let out = (gradients, &mut self.rates[..rows], &mut self.terms[..]);
        latent::gradient(self.isa, shape, weight, heads, draws, &self.code_gradient, out);
        Nats(self.rates[..rows].iter().map(|rate| rate.to_f64()).sum::<f64>() / rows as f64)
    }

    /// For one set of draws: distortion of each row, and `ln q(z|x) - ln p(z)`.
    fn draw_lengths(&mut self, parameters: &[R], rows: usize, targets: &Targets) -> Vec<(f64, f64)> {
        self.draw_code(rows);
        self.decoder.forward(parameters, &self.code, rows, &mut Silence, false);
        let (k, ld) = (self.width, padded(self.width));
        let mut outputs = Array2::zeros((rows, self.decoder.width()));
        for (i, z) in self.decoder.output().chunks_exact(self.decoder.ld()).take(rows).enumerate() {
            write_row(&mut outputs, i, &z[..self.decoder.width()]);
        }
        let distortion = Evaluation::new(self.criterion.prediction(outputs), targets).code_lengths();
        let heads = self.encoder.output().chunks_exact(self.encoder.ld());
        let codes = self.code.chunks_exact(ld).zip(self.draws.chunks_exact(k));
        let ratio = heads.zip(codes).take(rows).map(|(head, (code, draws))| -> f64 {
            let square = |x: R| x.to_f64() * x.to_f64();
            (0..k).map(|i| 0.5 * (square(code[i]) - square(draws[i]) - head[k + i].to_f64())).sum()
        });
        distortion.into_iter().map(|length| length.0).zip(ratio).collect()
    }

    fn rates(&self, rows: usize) -> impl Iterator<Item = f64> + '_ {
        let k = self.width;
        self.encoder.output().chunks_exact(self.encoder.ld()).take(rows).map(move |head| {
            let term = |i: usize| {
                let (mean, log_variance) = (head[i].to_f64(), head[k + i].to_f64());
                0.5 * (libm::exp(log_variance) + mean * mean - 1.0 - log_variance)
            };
            (0..k).map(term).sum()
        })
    }
}

impl Build for Vae {
    type Model<R: Real> = VariationalModel<R>;

    fn build<R: Real>(&self, plan: &Plan) -> VariationalModel<R> {
        VariationalModel::new(self, plan)
    }
}

impl<R: Real> Model<R> for VariationalModel<R> {
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
        noise.normal(&mut self.draws[..rows * self.width]);
        self.draw_code(rows);
        self.decoder.forward(parameters, &self.code, rows, noise, false);
        let ld = self.decoder.ld();
        let (outputs, gradient) = self.decoder.output_and_gradient();
        let distortion = self.criterion.loss(self.isa, rows, outputs, gradient, ld);
        self.decoder.backward(parameters, &self.code, rows, gradients, Some(&mut self.code_gradient));
        let rate = self.encoder_gradient(rows);
        self.encoder.backward(parameters, self.inputs.current(), rows, gradients, None);
        let loss = distortion + R::from_f64(self.multiplier() * rate.0);
        self.follow(rate);
        loss
    }

    /// Importance-weighted bounds from sixteen draws of the code
    /// (Burda et al. 2016): in expectation at least the exact code lengths. The
    /// draws come from a stream of their own, the same at every call.
    #[expect(clippy::cast_precision_loss, reason = "a small number of draws")]
    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction {
        let encoded = data.targets.encoded();
        let mut stream = self.evaluation.clone();
        let mut lengths = CodeLengths { nats: Vec::new(), rate: Vec::new(), distortion: Vec::new() };
        let mut normal = vec![0.0f32; self.draws.len()];
        for start in (0..data.len()).step_by(self.inputs.capacity()) {
            let rows = self.inputs.load(&encoded, start);
            let targets = data.targets.rows(start..start + rows);
            self.encoder.forward(parameters, self.inputs.batch(), rows, &mut Silence, false);
            let mut draws = Vec::with_capacity(EVALUATION_DRAWS);
            for _ in 0..EVALUATION_DRAWS {
                let normal = &mut normal[..rows * self.width];
                fill_normal(self.isa, &mut stream, normal);
                self.draws.iter_mut().zip(normal).for_each(|(d, x)| *d = R::from_f64(f64::from(*x)));
                draws.push(self.draw_lengths(parameters, rows, &targets));
            }
            for row in 0..rows {
                let total = |draw: &Vec<(f64, f64)>| draw[row].0 + draw[row].1;
                let least = draws.iter().map(total).fold(f64::INFINITY, f64::min);
                let sum: f64 = draws.iter().map(|draw| libm::exp(least - total(draw))).sum();
                lengths.nats.push(least - libm::log(sum / EVALUATION_DRAWS as f64));
                let distortion: f64 = draws.iter().map(|draw| draw[row].0).sum();
                lengths.distortion.push(distortion / EVALUATION_DRAWS as f64);
            }
            lengths.rate.extend(self.rates(rows));
        }
        Prediction::CodeLengths(lengths)
    }

    fn layer(&mut self, parameters: &[R], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        if layer.is_some() {
            return None; // the code alone
        }
        let (encoded, k) = (data.targets.encoded(), self.width);
        let (mut values, mut log_variances) =
            (Array2::zeros((data.len(), k)), Array2::zeros((data.len(), k)));
        for start in (0..data.len()).step_by(self.inputs.capacity()) {
            let rows = self.inputs.load(&encoded, start);
            self.encoder.forward(parameters, self.inputs.batch(), rows, &mut Silence, false);
            for (i, head) in self.encoder.output().chunks_exact(self.encoder.ld()).take(rows).enumerate() {
                write_row(&mut values, start + i, &head[..k]);
                write_row(&mut log_variances, start + i, &head[k..2 * k]);
            }
        }
        let (number, log_variances) = (self.depth, Some(log_variances));
        Some(Layer { site: Site::Rate, number, branch: None, values, log_variances, is_binary: false })
    }

    /// Codes from their prior, and a sample from the law that the decoder states of each.
    fn sample(
        &mut self,
        parameters: &[R],
        shape: TargetShape,
        samples: usize,
        stream: &mut Stream,
    ) -> Option<Samples> {
        let (k, ld, width) = (self.width, padded(self.width), self.decoder.width());
        let mut normal = vec![0.0f32; self.draws.len()];
        independent(shape, samples, self.inputs.capacity(), stream, |rows, stream| {
            fill_normal(self.isa, stream, &mut normal[..rows * k]);
            for (code, draw) in self.code.chunks_exact_mut(ld).zip(normal.chunks_exact(k)).take(rows) {
                code.iter_mut().zip(draw).for_each(|(z, x)| *z = R::from_f64(f64::from(*x)));
            }
            self.decoder.forward(parameters, &self.code, rows, &mut Silence, false);
            let mut outputs = Array2::zeros((rows, width));
            for (i, z) in self.decoder.output().chunks_exact(self.decoder.ld()).take(rows).enumerate() {
                write_row(&mut outputs, i, &z[..width]);
            }
            self.criterion.prediction(outputs)
        })
    }

    fn state(&self) -> Vec<f64> {
        vec![self.log_multiplier]
    }

    fn restore(&mut self, state: &[f64]) {
        if let [log_multiplier] = state {
            self.log_multiplier = *log_multiplier;
        }
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
