//! Networks: parametric functions and how they are trained.
//!
//! An [`Architecture`] is the shape that a spec states; a [`model::Model`] is
//! its running form with all buffers planned. Knows nothing of estimators.

pub mod autoencoder;
pub mod criterion;
pub mod dense;
pub mod features;
#[cfg(test)]
pub(crate) mod gradient_check;
pub mod head;
pub mod landscape;
pub mod layer;
pub mod layout;
pub mod linear;
pub mod made;
pub mod mlp;
pub mod model;
pub mod rnn;
pub mod sampling;
pub mod strings;
pub mod transformer;
pub mod vae;

use crate::science::evaluation::Prediction;
use crate::science::family::family;
use crate::science::kernel::real::Real;
use crate::science::seed::Stream;
use crate::science::source::{DataShape, Dataset, TargetShape};
use crate::science::training::{self, Control, Interrupted, Task, Trained};
use head::Head;
use layer::Layer;
use layout::Layout;
use model::{Batch, Model, OwnNoise};
use sampling::Samples;

family! { ($)
    /// The function that is trained.
    Network "networks" with_network {
        Linear(linear::Linear),
        Mlp(mlp::Mlp),
        Features(features::Features),
        Autoencoder(autoencoder::Autoencoder),
        Vae(vae::Vae),
        Made(made::Made),
        Rnn(rnn::Rnn),
        Transformer(transformer::Transformer),
        Landscape(landscape::Landscape),
    }
}

// after the family, whose macro it uses
#[cfg(test)]
mod reference;

/// The shape of a network, before it runs.
pub trait Architecture {
    /// Why the network cannot be trained on such data, if it cannot.
    fn misfit(&self, data: &DataShape) -> Option<String>;

    /// How large the network is on data of this shape.
    fn size(&self, data: &DataShape) -> Size;

    /// Whether it has such a place for noise to act on.
    fn has(&self, place: Place) -> bool;

    /// Dimensions that one linear threshold reads, where that is all of the network:
    /// bias included.
    fn readout_dimension(&self, _data: &DataShape) -> Option<usize> {
        None
    }

    /// What its predictions say of the data's probability.
    fn likelihood(&self) -> Likelihood {
        Likelihood::Exact
    }
}

/// What a network's predictions say of the data's probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likelihood {
    /// They are it.
    Exact,
    /// They are at most it: code lengths are upper bounds.
    Bound,
    /// Nothing: they saw what they predict.
    Seen,
    /// Nothing: there is no data.
    NoData,
}

impl Likelihood {
    /// Whether predictions say anything of it.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Exact | Self::Bound)
    }
}

/// Builds the running form of a network.
pub trait Build: Architecture {
    /// The running form in numbers of type `R`.
    type Model<R: Real>: Model<R> + Send + 'static;

    /// Plans everything for the task's data and batch size.
    fn build<R: Real>(&self, task: &Task) -> Self::Model<R>;
}

/// Where in a network a regularizer acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Input numbers.
    Inputs,
    /// Activations of hidden layers.
    Hidden,
    /// Residual branches.
    Branches,
    /// A latent code.
    Latent,
    /// A latent code with a rate in bits.
    Rate,
    /// Weights and activations of dense layers, made binary.
    Binary,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Inputs => "inputs",
            Self::Hidden => "hidden activations",
            Self::Branches => "residual branches",
            Self::Latent => "a latent code",
            Self::Rate => "a latent code with a rate",
            Self::Binary => "dense layers",
        })
    }
}

/// Size of a network, for admission. Sums saturate instead of wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-adds of one sample's forward pass.
    pub multiply_adds: u64,
    /// Numbers that one sample's forward pass keeps for the backward pass.
    pub activations: u64,
}

/// A trained network as estimators see it.
pub trait Readout {
    /// Where each tensor lies.
    fn layout(&self) -> &Layout;

    /// What the network says of a draw, without any noise.
    fn predict(&mut self, parameters: &[f32], data: &Dataset) -> Prediction;

    /// What a layer holds of each sample of a draw; see [`Model::layer`].
    fn layer(&mut self, parameters: &[f32], data: &Dataset, layer: Option<usize>) -> Option<Layer>;

    /// Samples drawn from the network's law; see [`Model::sample`].
    fn sample(
        &mut self,
        parameters: &[f32],
        shape: TargetShape,
        samples: usize,
        stream: &mut Stream,
    ) -> Option<Samples>;

    /// The gradient [p] of the mean loss over these samples of the training draw,
    /// no more of them than a batch; noise of the network's own from `stream`.
    fn gradient(&mut self, parameters: &[f32], rows: &[u32], stream: &mut Stream, gradients: &mut [f32]);
}

impl<M: Model<f32>> Readout for M {
    fn layout(&self) -> &Layout {
        Model::layout(self)
    }

    fn predict(&mut self, parameters: &[f32], data: &Dataset) -> Prediction {
        Model::predict(self, parameters, data)
    }

    fn layer(&mut self, parameters: &[f32], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        Model::layer(self, parameters, data, layer)
    }

    fn sample(
        &mut self,
        parameters: &[f32],
        shape: TargetShape,
        samples: usize,
        stream: &mut Stream,
    ) -> Option<Samples> {
        Model::sample(self, parameters, shape, samples, stream)
    }

    fn gradient(&mut self, parameters: &[f32], rows: &[u32], stream: &mut Stream, gradients: &mut [f32]) {
        // what training adapts beside the parameters stays as training left it
        let state = Model::state(self);
        Model::gradient(self, parameters, Batch::Rows(rows), &mut OwnNoise { stream }, gradients);
        Model::restore(self, &state);
    }
}

impl Network {
    /// The shape behind the parameters.
    #[must_use]
    pub fn architecture(&self) -> &dyn Architecture {
        with_network!(self, item => item)
    }

    /// Builds the running form and trains it: one training loop for each model
    /// type, so that nothing is dispatched dynamically inside a step.
    ///
    /// # Errors
    /// [`Interrupted`] when `control` says stop.
    pub fn train(&self, task: &Task, control: &mut dyn Control) -> Result<Trained, Interrupted> {
        with_network!(self, item => training::run(|| item.build::<f32>(task), task, control))
    }
}

/// Why a head (or the one that fits) cannot predict these targets, if it cannot.
#[must_use]
pub fn head_misfit(head: Option<&Head>, targets: TargetShape) -> Option<String> {
    let head = head.cloned().unwrap_or_else(|| Head::default_for(targets));
    head.width(targets).is_none().then(|| match targets {
        TargetShape::Symbols { alphabet, .. } => {
            format!("this head cannot predict symbols of an alphabet of {alphabet}")
        }
        TargetShape::Reals { .. } => "this head cannot predict real numbers".to_owned(),
    })
}

/// Why a network that models whole samples cannot take such data, if it cannot.
#[must_use]
pub fn generative_misfit(data: &DataShape) -> Option<String> {
    if data.targets == TargetShape::NOTHING {
        return Some("this network models data, and no_data has none: use landscape".to_owned());
    }
    (data.inputs > 0).then(|| {
        "this network models samples without inputs, and such data has inputs: use mlp or features".to_owned()
    })
}
