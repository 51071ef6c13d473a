//! The noisy code of a variational autoencoder: drawn from what the encoder states,
//! and what it costs.

use ndarray::{Array2, ArrayView2};

use crate::science::bits::Nats;
use crate::science::data::Targets;
use crate::science::evaluation::Evaluation;
use crate::science::injection::Silence;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::latent::{self, Shape};
use crate::science::kernel::normal::fill_normal;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::network::criterion::Criterion;
use crate::science::network::dense::fed::Fed;
use crate::science::network::dense::stack::Stack;
use crate::science::seed::Stream;

/// A Gaussian code of k numbers; the encoder states means and log variances [n, 2 k].
#[derive(Debug)]
pub(super) struct Latent<R> {
    isa: Isa,
    pub(super) width: usize,
    /// Distance between rows of codes, which have inputs beside them.
    ld: usize,
    /// One draw of the code [n, ld] with the inputs [n, d] beside it, and the gradient in both.
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
    pub(super) fn new(isa: Isa, width: usize, inputs: usize, capacity: usize) -> Self {
        let ld = padded(width + inputs);
        Self {
            isa,
            width,
            ld,
            code: vec![R::ZERO; capacity * ld],
            gradient: vec![R::ZERO; capacity * ld],
            draws: vec![R::ZERO; capacity * width],
            rates: vec![R::ZERO; capacity],
            terms: vec![R::ZERO; padded(width)],
        }
    }

    /// `z = m + exp(l / 2) e` with the draws e, from the encoder's output (m, l).
    pub(super) fn draw(&mut self, encoder: &Stack<R>, rows: usize) {
        let draws = &self.draws[..rows * self.width];
        latent::draw(self.isa, self.shape(encoder), encoder.output(), draws, &mut self.code);
    }

    /// Standard normal codes of so many rows.
    pub(super) fn draw_prior(&mut self, isa: Isa, stream: &mut Stream, rows: usize) {
        let mut normal = vec![0.0f32; rows * self.width];
        fill_normal(isa, stream, &mut normal);
        let rows = self.code.chunks_exact_mut(self.ld).zip(normal.chunks_exact(self.width));
        for (code, draw) in rows {
            code.iter_mut().zip(draw).for_each(|(z, x)| *z = R::from_f64(f64::from(*x)));
        }
    }

    /// Puts inputs [n, d] beside the codes.
    pub(super) fn beside(&mut self, inputs: ArrayView2<f32>) {
        for (code, inputs) in self.code.chunks_exact_mut(self.ld).zip(inputs.rows()) {
            let beside = code[self.width..].iter_mut();
            beside.zip(inputs).for_each(|(z, x)| *z = R::from_f64(f64::from(*x)));
        }
    }

    /// The same of the first `inputs` numbers of each row of what the encoder reads [n, ld], `width` of
    /// them in a row.
    pub(super) fn beside_rows(&mut self, read: &[R], width: usize, inputs: usize) {
        if inputs == 0 {
            return;
        }
        for (code, read) in self.code.chunks_exact_mut(self.ld).zip(read.chunks_exact(padded(width))) {
            code[self.width..][..inputs].copy_from_slice(&read[..inputs]);
        }
    }

    fn shape(&self, encoder: &Stack<R>) -> Shape {
        Shape { width: self.width, ld_heads: encoder.ld(), ld_code: self.ld }
    }

    /// Mean rate over the rows, and the gradient of `multiplier * rate + distortion` in
    /// the encoder's output, given that in the code.
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    pub(super) fn encoder_gradient(&mut self, encoder: &mut Fed<R>, rows: usize, multiplier: f64) -> Nats {
        let weight = R::from_f64(multiplier / rows as f64);
        let shape = self.shape(encoder.stack());
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
        let (k, ld) = (self.width, self.ld);
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
