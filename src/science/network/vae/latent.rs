//! The noisy code of a variational autoencoder: drawn from what the encoder states,
//! and what it costs.

use ndarray::Array2;

use crate::science::bits::Nats;
use crate::science::data::Targets;
use crate::science::evaluation::Evaluation;
use crate::science::injection::Silence;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::latent::{self, Shape};
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::network::criterion::Criterion;
use crate::science::network::dense::fed::Fed;
use crate::science::network::dense::stack::Stack;

/// A Gaussian code of k numbers; the encoder states means and log variances [n, 2 k].
#[derive(Debug)]
pub(super) struct Latent<R> {
    isa: Isa,
    pub(super) width: usize,
    /// One draw of the code [n, ld], and the gradient in it.
    pub(super) code: Vec<R>,
    pub(super) gradient: Vec<R>,
    /// Standard normal draws [n, k].
    pub(super) draws: Vec<R>,
    /// Rates of the rows of a pass [n], and room for the terms of one.
    rates: Vec<R>,
    terms: Vec<R>,
}

/// Code lengths of one sample for one draw of its code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lengths {
    /// `-ln p(x|z)`.
    pub(super) distortion: f64,
    /// `ln q(z|x) - ln p(z)`.
    pub(super) ratio: f64,
}

impl<R: Real> Latent<R> {
    pub(super) fn new(isa: Isa, width: usize, capacity: usize) -> Self {
        let ld = padded(width);
        Self {
            isa,
            width,
            code: vec![R::ZERO; capacity * ld],
            gradient: vec![R::ZERO; capacity * ld],
            draws: vec![R::ZERO; capacity * width],
            rates: vec![R::ZERO; capacity],
            terms: vec![R::ZERO; ld],
        }
    }

    /// `z = m + exp(l / 2) e` with the draws e, from the encoder's output (m, l).
    pub(super) fn draw(&mut self, encoder: &Stack<R>, rows: usize) {
        let draws = &self.draws[..rows * self.width];
        latent::draw(self.isa, shape(self.width, encoder), encoder.output(), draws, &mut self.code);
    }

    /// Mean rate over the rows, and the gradient of `multiplier * rate + distortion` in
    /// the encoder's output, given that in the code.
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    pub(super) fn encoder_gradient(&mut self, encoder: &mut Fed<R>, rows: usize, multiplier: f64) -> Nats {
        let weight = R::from_f64(multiplier / rows as f64);
        let shape = shape(self.width, encoder.stack());
        let (heads, gradients) = encoder.output_and_gradient();
        let draws = &self.draws[..rows * self.width];
        let out = (gradients, &mut self.rates[..rows], &mut self.terms[..]);
        latent::gradient(self.isa, shape, weight, heads, draws, &self.gradient, out);
        Nats(self.rates[..rows].iter().map(|rate| rate.to_f64()).sum::<f64>() / rows as f64)
    }

    /// Code lengths of each row for the current draws.
    pub(super) fn lengths(
        &mut self,
        parameters: &[R],
        encoder: &Stack<R>,
        (decoder, criterion): (&mut Stack<R>, &Criterion<R>),
        targets: &Targets,
        rows: usize,
    ) -> Vec<Lengths> {
        self.draw(encoder, rows);
        decoder.forward(parameters, &self.code, rows, &mut Silence, false);
        let mut outputs = Array2::zeros((rows, decoder.width()));
        decoder.write_output(0..rows, &mut outputs);
        let distortion = Evaluation::new(criterion.prediction(outputs), targets).code_lengths();
        let (k, ld) = (self.width, padded(self.width));
        let heads = encoder.output().chunks_exact(encoder.ld());
        let codes = self.code.chunks_exact(ld).zip(self.draws.chunks_exact(k));
        let ratios = heads.zip(codes).take(rows).map(|(head, (code, draws))| -> f64 {
            let square = |x: R| x.to_f64() * x.to_f64();
            (0..k).map(|i| 0.5 * (square(code[i]) - square(draws[i]) - head[k + i].to_f64())).sum()
        });
        let both = distortion.into_iter().zip(ratios);
        both.map(|(distortion, ratio)| Lengths { distortion: distortion.0, ratio }).collect()
    }

    /// Rates `KL(q(z|x) || p(z))` of the rows of a pass, in nats.
    pub(super) fn rates<'a>(&self, encoder: &'a Stack<R>, rows: usize) -> impl Iterator<Item = f64> + 'a {
        let k = self.width;
        encoder.output().chunks_exact(encoder.ld()).take(rows).map(move |head| {
            let term = |i: usize| {
                let (mean, log_variance) = (head[i].to_f64(), head[k + i].to_f64());
                0.5 * (libm::exp(log_variance) + mean * mean - 1.0 - log_variance)
            };
            (0..k).map(term).sum()
        })
    }
}

fn shape<R: Real>(width: usize, encoder: &Stack<R>) -> Shape {
    Shape { width, ld_heads: encoder.ld(), ld_code: padded(width) }
}
