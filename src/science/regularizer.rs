//! Regularizers: everything that restricts information during training.
//!
//! Each hooks into the places of a training step that it needs; what it does
//! not override costs nothing. Knows nothing of particular networks.

pub mod binarize;
pub mod dropout;
pub mod early_stopping;
pub mod gaussian_dropout;
pub mod gradient_noise;
pub mod input_dropout;
pub mod input_noise;
pub mod l1;
pub mod label_smoothing;
pub mod latent_noise;
pub mod max_norm;
pub mod noise;
pub mod stochastic_depth;
pub mod weight_decay;
pub mod weight_noise;

use crate::science::data::TargetShape;
use crate::science::family::family;
use crate::science::injection::{Binary, RateRule, Site};
use crate::science::kernel::isa::Isa;
use crate::science::layout::Layout;
use crate::science::seed::Stream;

family! {
    /// A restriction of information during training.
    Regularizer "regularizers" as Restriction {
        Dropout(dropout::Dropout),
        GaussianDropout(gaussian_dropout::GaussianDropout),
        WeightDecay(weight_decay::WeightDecay),
        L1(l1::L1),
        MaxNorm(max_norm::MaxNorm),
        LabelSmoothing(label_smoothing::LabelSmoothing),
        InputNoise(input_noise::InputNoise),
        InputDropout(input_dropout::InputDropout),
        WeightNoise(weight_noise::WeightNoise),
        LatentNoise(latent_noise::LatentNoise),
        StochasticDepth(stochastic_depth::StochasticDepth),
        Binarize(binarize::Binarize),
        GradientNoise(gradient_noise::GradientNoise),
        EarlyStopping(early_stopping::EarlyStopping),
    }
}

/// Where a regularizer may act. Evaluation never sees any of it.
pub trait Restriction {
    /// The place inside a forward pass where it acts, which a network must have.
    fn site(&self) -> Option<Site> {
        None
    }

    /// Fills `factors` [units of one hidden layer, any fixed order] with the noise
    /// of one forward pass; activations and their gradients are multiplied by it.
    fn hidden(&self, _isa: Isa, _stream: &mut Stream, _factors: &mut [f32]) {}

    /// Disturbs `inputs` [n d].
    fn inputs(&self, _isa: Isa, _stream: &mut Stream, _inputs: &mut [f32]) {}

    /// Fills `factors` [n] of residual branch `branch` of `of`.
    fn branch(&self, _stream: &mut Stream, _branch: usize, _of: usize, _factors: &mut [f32]) {}

    /// Adds noise to a latent code [n k].
    fn latent(&self, _isa: Isa, _stream: &mut Stream, _code: &mut [f32]) {}

    /// Whether [`Restriction::weights`] does anything.
    fn disturbs_weights(&self) -> bool {
        false
    }

    /// Adds noise to the copy of the parameters that a gradient is taken at.
    fn weights(&self, _isa: Isa, _stream: &mut Stream, _layout: &Layout, _parameters: &mut [f32]) {}

    /// Adds the gradient of a penalty on `parameters` to `gradients`.
    fn gradient(&self, _layout: &Layout, _parameters: &[f32], _gradients: &mut [f32]) {}

    /// Adds noise to the gradient of the step after `taken` steps.
    fn gradient_noise(&self, _isa: Isa, _stream: &mut Stream, _taken: u64, _gradients: &mut [f32]) {}

    /// Takes the parameters back to where they may be, after each step.
    fn project(&self, _layout: &Layout, _parameters: &mut [f32]) {}

    /// Share of the target distribution moved to the uniform one.
    fn label_smoothing(&self) -> f64 {
        0.0
    }

    /// Why it does nothing to such targets, if it does nothing.
    fn incompatibility(&self, _targets: TargetShape) -> Option<String> {
        None
    }

    /// When to stop before the last step.
    fn patience(&self) -> Option<Patience> {
        None
    }

    /// What it asks of a latent code that has a rate.
    fn rate(&self) -> Option<RateRule> {
        None
    }

    /// The channel that it makes of a layer it acts on, the layer being residual branch
    /// `branch` of so many if it is one.
    fn channel(&self, _branch: Option<(usize, usize)>) -> Option<Channel> {
        None
    }

    /// What it makes binary.
    fn binary(&self) -> Option<Binary> {
        None
    }
}

/// What all of them together make binary.
#[must_use]
pub fn binary(regularizers: &[Regularizer]) -> Binary {
    let all = regularizers.iter().filter_map(|regularizer| regularizer.binary());
    all.fold(Binary::default(), |a, b| Binary {
        weights: a.weights || b.weights,
        activations: a.activations || b.activations,
    })
}

/// What becomes of what a layer holds, as a conditional distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Channel {
    /// Normal noise of this standard deviation is added to every number.
    Sum {
        /// Standard deviation.
        sd: f64,
    },
    /// Every number is multiplied by normal noise around 1.
    Product {
        /// Standard deviation.
        sd: f64,
    },
    /// Every number is lost, becoming 0, with this probability, else scaled.
    Erasure {
        /// Probability.
        rate: f64,
    },
    /// All numbers of a sample are lost together with this probability, else scaled.
    Skip {
        /// Probability.
        rate: f64,
    },
}

/// A rule for stopping early on an independent validation draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Steps between looks at the validation draw.
    pub interval: u64,
    /// Looks without a new best after which training stops.
    pub looks: u32,
}
