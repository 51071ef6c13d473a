//! L1: a penalty on the magnitude of weights.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::layout::Layout;

/// Adds `rate * |w|` to the loss in nats per sample; biases are free
/// (Tibshirani 1996). A subgradient through the optimizer: weights come near
/// zero and seldom rest there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct L1 {
    /// Weight of the penalty.
    #[garde(range(min = 0.0, max = 100.0))]
    pub rate: f64,
}

impl Item for L1 {
    const SUMMARY: &'static str = "adds rate |w| to the loss; biases are free (Tibshirani 1996)";

    fn example() -> Self {
        Self { rate: 0.001 }
    }
}

impl Restriction for L1 {
    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn gradient(&self, layout: &Layout, parameters: &[f32], gradients: &mut [f32]) {
        let rate = self.rate as f32;
        for range in layout.weights() {
            for (gradient, weight) in gradients[range.clone()].iter_mut().zip(&parameters[range]) {
                let sign = if *weight == 0.0 { 0.0 } else { weight.signum() };
                *gradient += rate * sign;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::layout::Role;

    #[test]
    fn weights_are_pulled_by_their_sign_and_biases_are_free() {
        let mut layout = Layout::default();
        layout.push("w", Role::Weight, 1, 3);
        layout.push("b", Role::Bias, 1, 1);
        let mut gradients = [1.0; 4];
        L1 { rate: 0.5 }.gradient(&layout, &[2.0, -0.1, 0.0, 5.0], &mut gradients);
        assert_eq!(gradients, [1.5, 0.5, 1.0, 1.0]);
    }
}
