//! The running form of a transformer, forward and backward.
//!
//! Rows are the symbols of all samples, sample by sample: row `i t + s` is place s
//! of sample i, t the length of a string.

use std::ops::Range;

use ndarray::Array2;

use super::Transformer;
use super::block::{Block, Shared};
use super::norm::Norm;
use super::readout::Readout;
use crate::science::data::Dataset;
use crate::science::injection::Noise;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::build::{Build, Plan};
use crate::science::network::criterion::{Criterion, Rows};
use crate::science::network::model::Batch;
use crate::science::network::strings::{self, Reader, Strings};
use crate::science::network::supervised::{Pass, Supervised};
use crate::science::seed::{Stream, standard_normal};

/// Embeddings, blocks and readout, all buffers planned.
#[derive(Debug)]
pub struct Attentive<R> {
    isa: Isa,
    width: usize,
    ld: usize,
    outputs: usize,
    /// E [alphabet, w] and P [t, w].
    symbols: Range<usize>,
    places: Range<usize>,
    blocks: Vec<Block<R>>,
    norm: Norm<R>,
    readout: Readout<R>,
    strings: Strings,
    /// x [n t, ld] after the last block, and the gradient in it.
    stream: Vec<R>,
    gradient: Vec<R>,
    /// Gradient in what the readout reads [n t, ld].
    read_gradient: Vec<R>,
    shared: Shared<R>,
}

impl<R: Real> Attentive<R> {
    fn new(shape: &Transformer, isa: Isa, layout: &mut Layout, strings: Strings, outputs: usize) -> Self {
        let (t, samples) = (strings.length(), strings.capacity());
        let (width, ld, rows) = (shape.width, padded(shape.width), samples * t);
        let symbols = layout.push_embedding("symbol embedding", strings.alphabet(), width, 1);
        let places = layout.push_embedding("place embedding", t, width, 1);
        let blocks =
            (0..shape.layers).map(|number| Block::new(isa, layout, shape, number, t, samples)).collect();
        let norm = Norm::new(layout, "readout norm", width, rows);
        let embedding = shape.tied_embeddings.then(|| symbols.clone());
        let readout = Readout::new(isa, layout, embedding, 4 * shape.layers, width, outputs, rows);
        let zeros = || vec![R::ZERO; rows * ld];
        Self {
            isa,
            width,
            ld,
            outputs,
            symbols,
            places,
            blocks,
            norm,
            readout,
            strings,
            stream: zeros(),
            gradient: zeros(),
            read_gradient: zeros(),
            shared: Shared::new(width, rows),
        }
    }

    /// x = E[symbol before] + P[place].
    fn embed(&mut self, parameters: &[R], samples: usize) {
        let (w, t) = (self.width, self.strings.length());
        let symbols = &parameters[self.symbols.clone()];
        let places = &parameters[self.places.clone()];
        for (row, x) in self.stream.chunks_exact_mut(self.ld).take(samples * t).enumerate() {
            x[..w].copy_from_slice(&places[row % t * w..][..w]);
            if let Some(symbol) = self.strings.before(row) {
                x.iter_mut().zip(&symbols[symbol * w..][..w]).for_each(|(x, e)| *x = *x + *e);
            }
        }
    }

    /// The gradients of both embeddings; those of symbols are added to what the
    /// readout left there.
    fn embed_backward(&mut self, samples: usize, gradients: &mut [R]) {
        let (w, t) = (self.width, self.strings.length());
        gradients[self.places.clone()].fill(R::ZERO);
        let add = |to: &mut [R], dx: &[R]| to.iter_mut().zip(dx).for_each(|(g, d)| *g = *g + *d);
        for (row, dx) in self.gradient.chunks_exact(self.ld).take(samples * t).enumerate() {
            add(&mut gradients[self.places.clone()][row % t * w..][..w], dx);
            if let Some(symbol) = self.strings.before(row) {
                add(&mut gradients[self.symbols.clone()][symbol * w..][..w], dx);
            }
        }
    }
}

impl Build for Transformer {
    type Model<R: Real> = Supervised<R, Attentive<R>>;

    fn build<R: Real>(&self, plan: &Plan) -> Self::Model<R> {
        let strings = Strings::new(&plan.dataset.targets, plan.batch);
        let criterion = Criterion::planned(None, plan, Rows::Symbols, strings.capacity());
        let mut layout = Layout::default();
        let pass = Attentive::new(self, plan.isa, &mut layout, strings, criterion.width());
        Supervised { isa: plan.isa, layout, criterion, pass }
    }
}

impl<R: Real> Reader<R> for Attentive<R> {
    fn strings(&mut self) -> &mut Strings {
        &mut self.strings
    }
}

impl<R: Real> Pass<R> for Attentive<R> {
    /// Embeddings of variance `1 / w`, other weights as dense layers draw them; gains
    /// one, shifts and biases zero.
    #[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        let sd = libm::sqrt(1.0 / self.width as f64);
        for embedding in [&self.symbols, &self.places] {
            let weights = &mut parameters[embedding.clone()];
            weights.iter_mut().for_each(|w| *w = R::from_f64(sd * standard_normal(stream)));
        }
        self.blocks.iter().for_each(|block| block.initialize(stream, parameters));
        self.norm.initialize(parameters);
        self.readout.initialize(stream, parameters);
    }

    fn take(&mut self, batch: Batch, _noise: &mut impl Noise<R>) {
        self.strings.take(batch);
    }

    fn forward(&mut self, parameters: &[R], samples: usize, noise: &mut impl Noise<R>) {
        let rows = samples * self.strings.length();
        self.embed(parameters, samples);
        let x = &mut self.stream[..rows * self.ld];
        for block in &mut self.blocks {
            block.forward(parameters, samples, x, noise);
        }
        self.norm.forward(self.isa, parameters, x);
        self.readout.forward(parameters, self.norm.output(), rows);
    }

    fn outputs(&mut self) -> (&[R], &mut [R], usize) {
        let (logits, gradient) = self.readout.logits_and_gradient();
        (logits, gradient, padded(self.outputs))
    }

    fn backward(&mut self, parameters: &[R], samples: usize, gradients: &mut [R]) {
        let rows = samples * self.strings.length();
        let size = rows * self.ld;
        gradients[self.symbols.clone()].fill(R::ZERO);
        let read = &mut self.read_gradient[..size];
        self.readout.backward(parameters, self.norm.output(), rows, gradients, read);
        let dx = &mut self.gradient[..size];
        dx.fill(R::ZERO);
        self.norm.backward(self.isa, parameters, read, dx, gradients);
        for block in self.blocks.iter_mut().rev() {
            block.backward(parameters, samples, dx, &mut self.shared, gradients);
        }
        self.embed_backward(samples, gradients);
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Array2<f32> {
        let k = self.outputs;
        strings::outputs(self, parameters, data, k)
    }

    fn is_autoregressive(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
