//! From the stream to logits: weights and biases of their own, or the
//! embeddings.

use std::ops::Range;

use crate::science::injection::Silence;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::{Left, padded, product, transpose};
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::dense::activation::Activation;
use crate::science::network::dense::stack::Stack;
use crate::science::seed::Stream;

/// Logits [n, ld of k] of rows [n, ld of w].
#[derive(Debug)]
pub(super) enum Readout<R> {
    Own(Stack<R>),
    Tied(Tied<R>),
}

/// `logits = x E^T`; of two symbols the one logit `x (E[1] - E[0])`.
#[derive(Debug)]
pub(super) struct Tied<R> {
    isa: Isa,
    width: usize,
    outputs: usize,
    embedding: Range<usize>,
    /// What is multiplied by [k, ld of w], without padding, and by columns [w, ld of k].
    rows: Vec<R>,
    bare: Vec<R>,
    columns: Vec<R>,
    logits: Vec<R>,
    gradient: Vec<R>,
    weight_gradient: Vec<R>,
}

impl<R: Real> Readout<R> {
    /// With weights of its own unless the embedding [alphabet, w] is given.
    pub(super) fn new(
        isa: Isa,
        layout: &mut Layout,
        embedding: Option<Range<usize>>,
        first: usize,
        width: usize,
        outputs: usize,
        rows: usize,
    ) -> Self {
        let Some(embedding) = embedding else {
            let units = [(outputs, Activation::Identity)];
            return Self::Own(Stack::new(isa, layout, first, width, &units, true, rows));
        };
        let zeros = |count: usize| vec![R::ZERO; count];
        Self::Tied(Tied {
            isa,
            width,
            outputs,
            embedding,
            rows: zeros(outputs * padded(width)),
            bare: zeros(outputs * width),
            columns: zeros(width * padded(outputs)),
            logits: zeros(rows * padded(outputs)),
            gradient: zeros(rows * padded(outputs)),
            weight_gradient: zeros(outputs * padded(width)),
        })
    }

    pub(super) fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        if let Self::Own(stack) = self {
            stack.initialize(stream, parameters);
        }
    }

    pub(super) fn forward(&mut self, parameters: &[R], x: &[R], rows: usize) {
        match self {
            Self::Own(stack) => stack.forward(parameters, x, rows, &mut Silence, false),
            Self::Tied(tied) => tied.forward(parameters, x, rows),
        }
    }

    pub(super) fn logits_and_gradient(&mut self) -> (&[R], &mut [R]) {
        match self {
            Self::Own(stack) => stack.output_and_gradient(),
            Self::Tied(tied) => (&tied.logits, &mut tied.gradient),
        }
    }

    /// Gradients of what was read, and in x into `below` [n, ld]. Those of tied
    /// embeddings are overwritten here and added to by whoever embeds.
    pub(super) fn backward(
        &mut self,
        parameters: &[R],
        x: &[R],
        rows: usize,
        gradients: &mut [R],
        below: &mut [R],
    ) {
        match self {
            Self::Own(stack) => stack.backward(parameters, x, rows, gradients, Some(below)),
            Self::Tied(tied) => tied.backward(x, rows, gradients, below),
        }
    }
}

impl<R: Real> Tied<R> {
    fn forward(&mut self, parameters: &[R], x: &[R], rows: usize) {
        let (w, k) = (self.width, self.outputs);
        let embedding = &parameters[self.embedding.clone()];
        if k == 1 {
            let (zero, one) = embedding.split_at(w);
            self.bare.iter_mut().zip(one.iter().zip(zero)).for_each(|(d, (one, zero))| *d = *one - *zero);
        } else {
            self.bare.copy_from_slice(embedding);
        }
        for (row, bare) in self.rows.chunks_exact_mut(padded(w)).zip(self.bare.chunks_exact(w)) {
            row[..w].copy_from_slice(bare);
        }
        transpose(&self.bare, w, &mut self.columns, padded(k));
        let left = Left { data: x, row_stride: padded(w), inner_stride: 1 };
        product(self.isa, rows, w, padded(k), left, &self.columns, None, &mut self.logits);
    }

    fn backward(&mut self, x: &[R], rows: usize, gradients: &mut [R], below: &mut [R]) {
        let (w, k, isa) = (self.width, self.outputs, self.isa);
        let (ld_w, ld_k) = (padded(w), padded(k));
        let left = Left { data: &self.gradient, row_stride: 1, inner_stride: ld_k };
        product(isa, k, rows, ld_w, left, x, None, &mut self.weight_gradient);
        let embedding = &mut gradients[self.embedding.clone()];
        if k == 1 {
            let (zero, one) = embedding.split_at_mut(w);
            one.copy_from_slice(&self.weight_gradient[..w]);
            zero.iter_mut().zip(one).for_each(|(zero, one)| *zero = -*one);
        } else {
            for (dw, row) in embedding.chunks_exact_mut(w).zip(self.weight_gradient.chunks_exact(ld_w)) {
                dw.copy_from_slice(&row[..w]);
            }
        }
        let left = Left { data: &self.gradient, row_stride: ld_k, inner_stride: 1 };
        product(isa, rows, k, ld_w, left, &self.rows, None, below);
    }
}
