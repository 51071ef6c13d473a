//! The running form of a transformer, forward and backward.
//!
//! Rows are the symbols of all samples, sample by sample: row `i t + s` is place s
//! of sample i, t the length of a string.

use std::ops::Range;

use super::Transformer;
use super::block::{Block, Shared};
use super::norm::Norm;
use super::readout::Readout;
use crate::science::data::Dataset;
use crate::science::evaluation::Prediction;
use crate::science::injection::{Noise, Silence};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::build::{Build, Plan};
use crate::science::network::criterion::{Criterion, Rows};
use crate::science::network::model::{Batch, Model};
use crate::science::network::strings::{self, Reader, Strings};
use crate::science::seed::{Stream, standard_normal};

/// Embeddings, blocks and readout, all buffers planned.
#[derive(Debug)]
pub struct TransformerModel<R> {
    isa: Isa,
    width: usize,
    ld: usize,
    layout: Layout,
    /// E [alphabet, w] and P [t, w].
    symbols: Range<usize>,
    places: Range<usize>,
    blocks: Vec<Block<R>>,
    norm: Norm<R>,
    readout: Readout<R>,
    criterion: Criterion<R>,
    strings: Strings,
    /// x [n t, ld] after the last block, and the gradient in it.
    stream: Vec<R>,
    gradient: Vec<R>,
    /// Gradient in what the readout reads [n t, ld].
    read_gradient: Vec<R>,
    shared: Shared<R>,
}

impl<R: Real> TransformerModel<R> {
    pub(super) fn new(shape: &Transformer, plan: &Plan) -> Self {
        let targets = &plan.dataset.targets;
        let strings = Strings::new(targets, plan.batch);
        let (t, samples) = (strings.length(), strings.capacity());
        let criterion = Criterion::new(None, plan.label_smoothing, targets, Rows::Symbols, samples);
        let (width, ld, rows) = (shape.width, padded(shape.width), samples * t);
        let mut layout = Layout::default();
        let symbols = layout.push_embedding("symbol embedding", strings.alphabet(), width, 1);
        let places = layout.push_embedding("place embedding", t, width, 1);
        let blocks = (0..shape.layers)
            .map(|number| Block::new(plan.isa, &mut layout, shape, number, t, samples))
            .collect();
        let norm = Norm::new(&mut layout, "readout norm", width, rows);
        let embedding = shape.tied_embeddings.then(|| symbols.clone());
        let outputs = criterion.width();
        let readout = Readout::new(plan.isa, &mut layout, embedding, 4 * shape.layers, width, outputs, rows);
        let zeros = || vec![R::ZERO; rows * ld];
        Self {
            isa: plan.isa,
            width,
            ld,
            layout,
            symbols,
            places,
            blocks,
            norm,
            readout,
            criterion,
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
}

impl<R: Real> Reader<R> for TransformerModel<R> {
    fn strings(&mut self) -> &mut Strings {
        &mut self.strings
    }

    fn logits(&mut self, parameters: &[R], samples: usize) -> &[R] {
        self.forward(parameters, samples, &mut Silence);
        self.readout.logits()
    }
}

impl Build for Transformer {
    type Model<R: Real> = TransformerModel<R>;

    fn build<R: Real>(&self, plan: &Plan) -> TransformerModel<R> {
        TransformerModel::new(self, plan)
    }
}

impl<R: Real> Model<R> for TransformerModel<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

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

    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        let samples = self.criterion.take(batch);
        self.strings.take(batch);
        self.forward(parameters, samples, noise);
        let ld = padded(self.criterion.width());
        let (logits, gradient) = self.readout.logits_and_gradient();
        let loss = self.criterion.loss(self.isa, samples, logits, gradient, ld);
        self.backward(parameters, samples, gradients);
        loss
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction {
        strings::predict(self, parameters, data)
    }

    fn is_autoregressive(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
