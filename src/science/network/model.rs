//! The running form of a network: all buffers planned, one call a step.

use super::layer::Layer;
use super::sampling::{Samples, ancestral};
use crate::science::data::{Dataset, TargetShape};
use crate::science::evaluation::Prediction;
use crate::science::injection::Noise;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::seed::Stream;

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
