//! What estimators see: a trained network, its draw, and what they may ask of both.

use std::rc::Rc;

use ndarray::Array2;

use super::references::References;
use crate::science::bits::Nats;
use crate::science::data::Dataset;
use crate::science::decoder::Given;
use crate::science::evaluation::{Evaluation, Prediction};
use crate::science::layout::Layout;
use crate::science::network::layer::Layer;
use crate::science::network::model::Adapted;
use crate::science::network::sampling::Samples;
use crate::science::regularizer::Regularizer;
use crate::science::seed::{Stream, Streams};
use crate::science::source::{Distribution, Ledger};
use crate::science::training::{Snapshot, Training};

/// What an estimator may look at.
pub struct Subject<'a> {
    /// The distribution that the data was drawn from.
    pub distribution: &'a dyn Distribution,
    /// Bits of the training draw.
    pub ledger: Ledger,
    /// The training draw.
    pub dataset: &'a Dataset,
    /// An independent draw of the same distribution and size.
    pub held_out_dataset: &'a Dataset,
    /// Trainable parameters of the network.
    pub parameters: usize,
    /// The network on its training draw.
    pub train: Evaluation<'a>,
    /// The network on the independent draw.
    pub held_out: Evaluation<'a>,
    /// The network itself and how it came about.
    pub inside: Option<Inside<'a>>,
}

/// A gradient at such parameters, with what was adapted beside them, on these samples.
pub type GradientAt<'a> = dyn Fn(&[f32], &Adapted, &[u32], &mut Stream, &mut [f32]) + 'a;
impl Subject<'_> {
    /// What decoders are given of the training draw.
    #[must_use]
    pub fn on_train(&self) -> Given<'_> {
        Given {
            evaluation: &self.train,
            dataset: self.dataset,
            distribution: self.distribution,
            references: None,
        }
    }

    /// What decoders are given of the independent draw.
    #[must_use]
    pub fn on_held_out(&self) -> Given<'_> {
        Given { evaluation: &self.held_out, dataset: self.held_out_dataset, ..self.on_train() }
    }
}

/// The numbers of a trained network, what it would do with others, and its training.
pub struct Inside<'a> {
    /// Where each tensor lies.
    pub layout: &'a Layout,
    /// All of them [p].
    pub weights: &'a [f32],
    /// How it was trained.
    pub training: &'a Training,
    /// What restricted it.
    pub regularizers: &'a [Regularizer],
    /// The trial's randomness.
    pub streams: Streams,
    /// Parameters along the training; see [`super::Rule::snapshots`].
    pub snapshots: &'a [Snapshot],
    /// The network with such numbers on its training draw.
    pub evaluate: &'a dyn Fn(&[f32]) -> Evaluation<'a>,
    /// What a layer holds of the training draw; see [`crate::science::network::Readout::layer`].
    pub layer: &'a dyn Fn(Option<usize>) -> Option<Layer>,
    /// So many samples of such targets as the training draw's, drawn from the network's own
    /// distribution; see [`crate::science::network::Readout::sample`].
    pub sample: &'a dyn Fn(usize, &mut Stream) -> Option<Samples>,
    /// What the network says of a draw that it saw through its code: without noise, or where the first
    /// says so with its own and that of its regularizers on inputs, units and code; see
    /// [`crate::science::network::Readout::reconstruction`].
    pub reconstruction: &'a dyn Fn(bool, &Dataset) -> Option<Prediction>,
    /// An answer to each question [n, d] with fresh noise of the network's own; see
    /// [`crate::science::network::Readout::answers`].
    pub answers: &'a dyn Fn(&Array2<f32>, &mut Stream) -> Option<Prediction>,
    /// What training adapted in the network beside them.
    pub adapted: &'a Adapted,
    /// Gradients on samples of the training draw; see
    /// [`crate::science::network::Readout::gradient`].
    pub gradient: &'a GradientAt<'a>,
    /// The same on the independent draw, a single sample at a time.
    pub fresh_gradient: &'a GradientAt<'a>,
    /// Code length of the training samples from the first number to below the second by
    /// a network trained from fresh weights on those before the first. `None` when that
    /// training diverged or was stopped.
    pub code_after: &'a dyn Fn(usize, usize) -> Option<Nats>,
    /// What so many reference networks say of both draws, each trained from fresh weights on targets
    /// drawn anew at the same inputs; trained once for all who ask for as many. `None` when one of
    /// them diverged or was stopped, or where targets cannot be drawn anew.
    pub references: &'a dyn Fn(u32) -> Option<Rc<References>>,
}
