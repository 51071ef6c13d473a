//! The running form of a network: all buffers planned, one call a step.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

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

    /// Whole samples of such targets, drawn from the distribution that the network has
    /// learnt: place by place of an autoregressive one. `None` where it has no distribution
    /// of whole samples.
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

    /// What the network says of samples that it saw through its code, with such noise on the way. `None` of
    /// a network without a code.
    fn reconstruction(
        &mut self,
        _parameters: &[R],
        _data: &Dataset,
        _noise: &mut impl Noise<R>,
    ) -> Option<Prediction> {
        None
    }

    /// An answer to each question [n, d], or what its answer is drawn from, with fresh noise of the
    /// network's own. `None` of a network whose prediction states the distribution of its answers.
    fn answers(
        &mut self,
        _parameters: &[R],
        _questions: &Array2<f32>,
        _stream: &mut Stream,
    ) -> Option<Prediction> {
        None
    }

    /// What training changes beside the parameters, for checkpoints.
    fn adapted(&self) -> Adapted {
        Adapted::Nothing
    }

    /// Puts it back.
    fn restore(&mut self, _adapted: Adapted) {}
}

/// What training changes in a network beside its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Adapted {
    /// Nothing.
    Nothing,
    /// The logarithm of the multiplier of a rate.
    LogMultiplier(f64),
    /// What was seen of walkers.
    Walkers {
        /// Steps that were watched.
        steps: u64,
        /// Steps after which each had escaped, if it had.
        escapes: Vec<Option<u64>>,
    },
}

impl Adapted {
    /// Whether a network with this one could have the other.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) | (Self::LogMultiplier(_), Self::LogMultiplier(_)) => true,
            (Self::Walkers { escapes, .. }, Self::Walkers { escapes: others, .. }) => {
                escapes.len() == others.len()
            }
            _ => false,
        }
    }
}

/// Which samples a step looks at.
#[derive(Debug, Clone, Copy)]
pub enum Batch<'a> {
    /// Every sample of the dataset.
    All,
    /// These rows of it.
    Rows(&'a [u32]),
}
