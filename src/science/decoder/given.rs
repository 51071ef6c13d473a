//! What decoders see: predictions with their targets, and the distribution behind them.

use ndarray::Array2;

use crate::science::data::Dataset;
use crate::science::evaluation::Evaluation;
use crate::science::source::Distribution;

/// What a decoder is given, beside the targets that it is to tell.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The network's predictions with the targets.
    pub evaluation: &'a Evaluation<'a>,
    /// The same targets with their inputs.
    pub dataset: &'a Dataset,
    /// Where they come from.
    pub distribution: &'a dyn Distribution,
    /// Mean logits [n t, k or 1] of reference networks.
    pub references: Option<&'a Array2<f32>>,
}
