//! The running form of a network: all buffers planned, one call a step.

use super::layer::Layer;
use super::layout::Layout;
use super::sampling::{Samples, ancestral};
use crate::science::evaluation::Prediction;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::kernel::real::Real;
use crate::science::seed::Stream;
use crate::science::source::{Dataset, TargetShape};

/// A network that can be trained. The data it is trained on is given when it is
/// built, so that nothing is re-packed in a step.
pub trait Model<R: Real> {
    /// Where each tensor lies.
    fn layout(&self) -> &Layout;

    /// Draws initial parameters [p] from the stream, in layout order.
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]);

    /// The mean loss over `batch` in nats per sample; `gradients` [p] are
    /// overwritten.
    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R;

    /// What the network says of a draw of the same shape, without any noise.
    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction;

    /// What a layer holds of each sample of a draw, before any noise: hidden layer
    /// `layer` from the inputs on, or where none is named the code, else the first
    /// hidden layer. `None` where there is no such layer.
    fn layer(&mut self, _parameters: &[R], _data: &Dataset, _layer: Option<usize>) -> Option<Layer> {
        None
    }

    /// Whether what it says of each place of a sample follows from the places before alone.
    fn is_autoregressive(&self) -> bool {
        false
    }

    /// Whole samples of such targets, drawn from the law that the network has learnt: place
    /// by place of an autoregressive one. `None` where it has no law of whole samples.
    fn sample(
        &mut self,
        parameters: &[R],
        shape: TargetShape,
        samples: usize,
        stream: &mut Stream,
    ) -> Option<Samples> {
        if !self.is_autoregressive() {
            return None;
        }
        ancestral(shape, samples, stream, |data| self.predict(parameters, data))
    }

    /// Numbers beside the parameters that training changes, for checkpoints.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Puts such numbers back.
    fn restore(&mut self, _state: &[f64]) {}
}

/// Which samples a step looks at.
#[derive(Debug, Clone, Copy)]
pub enum Batch<'a> {
    /// Every sample of the dataset.
    All,
    /// These rows of it.
    Rows(&'a [u32]),
}

/// What regularizers do inside a forward pass. Every method says whether it did
/// anything, so that what does nothing costs nothing.
pub trait Noise<R> {
    /// Whether it never acts on hidden layers, so that buffers can be spared.
    fn is_silent(&self) -> bool {
        true
    }

    /// Fills `factors` [n, units] of a hidden layer, row-major, by which its
    /// activations are multiplied.
    fn hidden(&mut self, _layer: usize, _factors: &mut [R]) -> bool {
        false
    }

    /// Adds to the inputs of a pass [n, d].
    fn inputs(&mut self, _inputs: &mut [R]) -> bool {
        false
    }

    /// Fills `factors` [n] by which residual branch `branch` of `of` is multiplied.
    fn branch(&mut self, _branch: usize, _of: usize, _factors: &mut [R]) -> bool {
        false
    }

    /// Adds to a latent code [n, k].
    fn latent(&mut self, _code: &mut [R]) -> bool {
        false
    }

    /// Standard normal numbers for noise that belongs to the network itself.
    fn normal(&mut self, out: &mut [R]);
}

/// No noise at all, for networks without noise of their own.
#[derive(Debug, Clone, Copy)]
pub struct Silence;

impl<R: Real> Noise<R> for Silence {
    fn normal(&mut self, out: &mut [R]) {
        out.fill(R::ZERO);
    }
}

/// The network's own noise alone, without any regularizer's.
#[derive(Debug)]
pub struct OwnNoise<'a> {
    /// Where it comes from.
    pub stream: &'a mut Stream,
}

impl Noise<f32> for OwnNoise<'_> {
    fn normal(&mut self, out: &mut [f32]) {
        fill_normal(Isa::detect(), self.stream, out);
    }
}
