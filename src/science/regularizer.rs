//! Regularizers: everything that restricts information during training.
//!
//! Each hooks into the places of a training step that it needs; what it does
//! not override costs nothing. Knows nothing of particular networks.

pub mod dropout;
pub mod early_stopping;
pub mod label_smoothing;
pub mod weight_decay;

use crate::science::family::family;
use crate::science::network::layout::Layout;
use crate::science::seed::Stream;

family! { ($)
    /// A restriction of information during training.
    Regularizer "regularizers" with_regularizer {
        Dropout(dropout::Dropout),
        WeightDecay(weight_decay::WeightDecay),
        LabelSmoothing(label_smoothing::LabelSmoothing),
        EarlyStopping(early_stopping::EarlyStopping),
    }
}

/// Where a regularizer may act. Evaluation never sees any of it.
pub trait Restriction {
    /// Whether [`Restriction::hidden`] does anything.
    fn acts_on_hidden(&self) -> bool {
        false
    }

    /// Multiplies `factors` [units of one hidden layer, any fixed order] by the
    /// noise of one forward pass; activations and their gradients are then
    /// multiplied by them.
    fn hidden(&self, _stream: &mut Stream, _factors: &mut [f32]) {}

    /// Adds the gradient of a penalty on `parameters` to `gradients`.
    fn gradient(&self, _layout: &Layout, _parameters: &[f32], _gradients: &mut [f32]) {}

    /// Share of the target distribution moved to the uniform one.
    fn label_smoothing(&self) -> f64 {
        0.0
    }

    /// When to stop before the last step.
    fn patience(&self) -> Option<Patience> {
        None
    }
}

/// A rule for stopping early on an independent validation draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Steps between looks at the validation draw.
    pub interval: u64,
    /// Looks without a new best after which training stops.
    pub looks: u32,
}

impl Regularizer {
    /// See [`Restriction::acts_on_hidden`].
    #[must_use]
    pub fn acts_on_hidden(&self) -> bool {
        with_regularizer!(self, item => item.acts_on_hidden())
    }

    /// See [`Restriction::hidden`].
    pub fn hidden(&self, stream: &mut Stream, factors: &mut [f32]) {
        with_regularizer!(self, item => item.hidden(stream, factors));
    }

    /// See [`Restriction::gradient`].
    pub fn gradient(&self, layout: &Layout, parameters: &[f32], gradients: &mut [f32]) {
        with_regularizer!(self, item => item.gradient(layout, parameters, gradients));
    }

    /// See [`Restriction::label_smoothing`].
    #[must_use]
    pub fn label_smoothing(&self) -> f64 {
        with_regularizer!(self, item => item.label_smoothing())
    }

    /// See [`Restriction::patience`].
    #[must_use]
    pub fn patience(&self) -> Option<Patience> {
        with_regularizer!(self, item => item.patience())
    }
}
