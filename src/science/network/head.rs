//! Heads: the distribution of the targets that a network's outputs stand for, its loss
//! and its gradient. Knows nothing of what made the outputs.

pub mod bernoulli;
pub mod categorical;
pub mod gaussian;
pub mod mixture_density;
pub mod regression;

use ndarray::Array2;

use super::footprint::{Footprint, Usage, count, criterion};
use crate::science::data::TargetShape;
use crate::science::evaluation::{Form, Prediction};
use crate::science::family::family;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::real::Real;

family! { ($)
    /// The law of the targets that a network's outputs stand for.
    Head "heads" with with_head {
        Categorical(categorical::Categorical),
        Bernoulli(bernoulli::Bernoulli),
        Regression(regression::Regression),
        Gaussian(gaussian::Gaussian),
        MixtureDensity(mixture_density::MixtureDensity),
    }
}

/// A distribution whose numbers a network puts out.
pub trait TargetDistribution {
    /// Numbers that a row of `positions` targets takes; `None` when the distribution
    /// cannot speak of such targets.
    fn width(&self, row: TargetShape) -> Option<usize>;

    /// What its outputs state.
    fn form(&self) -> Form;

    /// Losses in nats and the gradient of their sum over `pass.samples`.
    fn loss<R: Real>(&self, pass: Pass<R>);

    /// What `outputs` [rows, width] say.
    fn prediction(&self, outputs: Array2<f32>, row: TargetShape) -> Prediction;
}

/// One call of a loss. A row holds the outputs of one sample, or of one symbol
/// where a network predicts symbol after symbol.
#[derive(Debug)]
pub struct Pass<'a, R> {
    /// Instruction set; never changes a bit of the result.
    pub isa: Isa,
    /// Share of the target distribution moved to the uniform one.
    pub smoothing: f64,
    /// Samples that the mean is over.
    pub samples: usize,
    /// Rows of outputs.
    pub rows: usize,
    /// Targets of one row.
    pub row: TargetShape,
    /// Distance between rows of `outputs` and `gradient`.
    pub ld: usize,
    /// Symbols [rows, length], of symbolic targets.
    pub symbols: &'a [u32],
    /// Numbers [rows, dimensions], of real targets.
    pub values: &'a [R],
    /// Outputs [rows, ld].
    pub outputs: &'a [R],
    /// Gradient [rows, ld]; everything beyond the width becomes zero.
    pub gradient: &'a mut [R],
    /// Losses in nats, one a symbol [rows, length] or one a row of reals.
    pub losses: &'a mut [R],
    /// Room for logits in another order.
    pub scratch: &'a mut Scratch<R>,
}

/// Buffers of a loss, planned once.
#[derive(Debug, Default)]
pub struct Scratch<R> {
    /// Logits [rows length, padded alphabet].
    pub logits: Vec<R>,
    /// Probabilities of symbol 1 [rows length].
    pub probabilities: Vec<R>,
}

impl Head {
    /// The distribution that fits these targets when a spec names none: categorical for
    /// symbols, plain regression for reals.
    #[must_use]
    pub fn default_for(targets: TargetShape) -> Self {
        match targets {
            TargetShape::Symbols { .. } => Self::Categorical(categorical::Categorical {}),
            TargetShape::Reals { .. } => Self::Regression(regression::Regression {}),
        }
    }

    /// See [`OutputLaw::width`].
    #[must_use]
    pub fn width(&self, row: TargetShape) -> Option<usize> {
        with_head!(self, item => item.width(row))
    }

    /// See [`TargetDistribution::form`].
    #[must_use]
    pub fn form(&self) -> Form {
        with_head!(self, item => item.form())
    }

    /// See [`OutputLaw::loss`].
    pub fn loss<R: Real>(&self, pass: Pass<R>) {
        with_head!(self, item => item.loss(pass));
    }

    /// See [`OutputLaw::prediction`].
    #[must_use]
    pub fn prediction(&self, outputs: Array2<f32>, row: TargetShape) -> Prediction {
        with_head!(self, item => item.prediction(outputs, row))
    }
}

/// Outputs that the head needs for these targets, 0 when it does not fit.
#[must_use]
pub fn head_width(head: Option<&Head>, targets: TargetShape) -> usize {
    let head = head.cloned().unwrap_or_else(|| Head::default_for(targets));
    head.width(targets).unwrap_or(0)
}

/// Work of a code length whatever the alphabet, in that of one logit; and of a number of a density.
const A_SYMBOL: f64 = 8.0;
const A_DENSITY: f64 = 25.0;

/// What the criterion of a network holds and computes, and the outputs that it reads.
#[must_use]
pub fn head_footprint(head: Option<&Head>, targets: TargetShape, usage: Usage) -> Footprint {
    let outputs = count(head_width(head, targets));
    // what states more than one number of each target takes its outputs apart
    let is_apart = outputs > count(targets.encoded_width());
    let reading = if is_apart { outputs } else { 0.0 };
    let code = match targets {
        TargetShape::Symbols { length, alphabet } => count(length) * (count(alphabet) + A_SYMBOL),
        TargetShape::Reals { .. } => outputs * A_DENSITY,
    };
    criterion(targets, usage).and(Footprint { reading, outputs, code, ..Footprint::default() })
}

/// What a head (or the one that fits) states of these targets.
#[must_use]
pub fn head_form(head: Option<&Head>, targets: TargetShape) -> Form {
    head.map_or_else(|| Head::default_for(targets).form(), Head::form)
}

/// Why a head (or the one that fits) cannot predict these targets, if it cannot.
#[must_use]
pub fn head_incompatibility(head: Option<&Head>, targets: TargetShape) -> Option<String> {
    let head = head.cloned().unwrap_or_else(|| Head::default_for(targets));
    head.width(targets).is_none().then(|| match targets {
        TargetShape::Symbols { alphabet, .. } => {
            format!("this head cannot predict symbols of an alphabet of {alphabet}")
        }
        TargetShape::Reals { .. } => "this head cannot predict real numbers".to_owned(),
    })
}
