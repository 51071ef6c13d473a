//! The running form of a network: all buffers planned, one call a step.

use super::layout::Layout;
use crate::science::kernel::real::Real;
use crate::science::seed::Stream;

/// A network that can be trained. The data it is trained on is given when it is
/// built, so that nothing is re-packed in a step.
pub trait Model<R: Real> {
    /// Where each tensor lies.
    fn layout(&self) -> &Layout;

    /// Outputs k of one sample.
    fn width(&self) -> usize;

    /// Draws initial parameters [p] from the stream, in layout order.
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]);

    /// The mean loss over `batch` in nats; `gradients` [p] are overwritten.
    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R;

    /// Outputs [n, k] for `inputs` [n, d], row-major, without any noise.
    fn outputs(&mut self, parameters: &[R], inputs: &[R], outputs: &mut [R]);
}

/// Which samples a step looks at.
#[derive(Debug, Clone, Copy)]
pub enum Batch<'a> {
    /// Every sample of the dataset.
    All,
    /// These rows of it.
    Rows(&'a [u32]),
}

/// What regularizers do inside a forward pass: factors on hidden activations.
pub trait Noise<R> {
    /// Whether it never does anything, so that buffers can be spared.
    fn is_silent(&self) -> bool;

    /// Fills `factors` [n, units] of a hidden layer, row-major; `false` leaves the
    /// layer as it is.
    fn hidden(&mut self, layer: usize, factors: &mut [R]) -> bool;
}

/// No noise at all.
#[derive(Debug, Clone, Copy)]
pub struct Silence;

impl<R> Noise<R> for Silence {
    fn is_silent(&self) -> bool {
        true
    }

    fn hidden(&mut self, _layer: usize, _factors: &mut [R]) -> bool {
        false
    }
}
