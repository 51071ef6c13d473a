//! Weight decay: a quadratic penalty on the weights.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::layout::Layout;

/// Adds `rate / 2 * |w|^2` to the loss in nats per sample; biases are free
/// (Krogh & Hertz 1991). The penalty goes through the optimizer like any
/// gradient; it is not decoupled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WeightDecay {
    /// Weight of the penalty.
    #[garde(range(min = 0.0, max = 100.0))]
    pub rate: f64,
}

impl Item for WeightDecay {
    const SUMMARY: &'static str = "adds rate/2 |w|^2 to the loss; biases are free (Krogh & Hertz 1991)";

    fn example() -> Self {
        Self { rate: 0.001 }
    }
}

impl Restriction for WeightDecay {
    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn gradient(&self, layout: &Layout, parameters: &[f32], gradients: &mut [f32]) {
        let rate = self.rate as f32;
        for range in layout.weights() {
            for (gradient, weight) in gradients[range.clone()].iter_mut().zip(&parameters[range]) {
                *gradient += rate * *weight;
            }
        }
    }
}
