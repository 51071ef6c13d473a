//! Adam with decoupled weight decay.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::adam::{Adam, beta1, beta2, epsilon};
use super::{Step, UpdateRule};
use crate::science::family::Item;
use crate::science::kernel::update::decay;
use crate::science::seed::Stream;

/// `w <- (1 - learning_rate * rate) w`, then a step of Adam (Loshchilov & Hutter
/// 2019, algorithm 2). The decay falls on every parameter, biases too, and does
/// not pass through the moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Adamw {
    /// Decay of the mean of gradients.
    #[serde(default = "beta1")]
    #[garde(range(min = 0.0, max = 0.999_999))]
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    #[serde(default = "beta2")]
    #[garde(range(min = 0.0, max = 0.999_999))]
    pub beta2: f64,
    /// Added to the root of the second moment.
    #[serde(default = "epsilon")]
    #[garde(range(min = 1e-12, max = 1.0))]
    pub epsilon: f64,
    /// Share of each parameter that is lost in a step, over the learning rate.
    #[serde(default = "rate")]
    #[garde(range(min = 0.0, max = 100.0))]
    pub rate: f64,
}

fn rate() -> f64 {
    0.01
}

impl Item for Adamw {
    const SUMMARY: &'static str = "adam with decoupled weight decay (Loshchilov & Hutter 2019)";

    fn example() -> Self {
        Self { beta1: beta1(), beta2: beta2(), epsilon: epsilon(), rate: rate() }
    }
}

impl UpdateRule for Adamw {
    fn slots(&self) -> usize {
        2
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn update(
        &self,
        step: Step,
        stream: &mut Stream,
        parameters: &mut [f32],
        gradients: &[f32],
        slots: &mut [Vec<f32>],
    ) {
        decay(step.isa, (step.learning_rate * self.rate) as f32, parameters);
        let adam = Adam { beta1: self.beta1, beta2: self.beta2, epsilon: self.epsilon };
        adam.update(step, stream, parameters, gradients, slots);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::kernel::isa::Isa;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn without_a_gradient_parameters_decay_geometrically() {
        let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Optimizer);
        let (mut w, mut slots) = (vec![1.0f32, -8.0], vec![vec![0.0f32; 2], vec![0.0f32; 2]]);
        let adamw = Adamw { rate: 0.5, ..Adamw::example() };
        for taken in 0..10 {
            let step = Step { isa: Isa::detect(), taken, learning_rate: 0.1 };
            adamw.update(step, &mut stream, &mut w, &[0.0, 0.0], &mut slots);
        }
        let expected = 0.95f32.powi(10);
        assert!((w[0] - expected).abs() < 1e-6 && (w[1] + 8.0 * expected).abs() < 1e-5, "{w:?}");
    }
}
