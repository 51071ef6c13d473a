//! Adam.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Step, UpdateRule};
use crate::science::family::Item;
use crate::science::kernel::update::{AdamStep, adam_step};
use crate::science::seed::Stream;

/// Adam with bias correction (Kingma & Ba 2015, algorithm 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Adam {
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
}

pub(super) fn beta1() -> f64 {
    0.9
}

pub(super) fn beta2() -> f64 {
    0.999
}

pub(super) fn epsilon() -> f64 {
    1e-8
}

impl Default for Adam {
    fn default() -> Self {
        Self { beta1: beta1(), beta2: beta2(), epsilon: epsilon() }
    }
}

impl Item for Adam {
    const SUMMARY: &'static str = "adaptive moments with bias correction (Kingma & Ba 2015)";

    fn example() -> Self {
        Self::default()
    }
}

impl UpdateRule for Adam {
    fn slots(&self) -> usize {
        2
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    #[expect(clippy::cast_precision_loss, reason = "steps are below 2^53")]
    fn update(
        &self,
        step: Step,
        _stream: &mut Stream,
        parameters: &mut [f32],
        gradients: &[f32],
        slots: &mut [Vec<f32>],
    ) {
        let [mean, square] = slots else { unreachable!("adam asked for two slots") };
        let t = (step.taken + 1) as f64;
        let correction1 = 1.0 - libm::pow(self.beta1, t);
        let correction2 = 1.0 - libm::pow(self.beta2, t);
        let constants = AdamStep {
            fresh1: (1.0 - self.beta1) as f32,
            fresh2: (1.0 - self.beta2) as f32,
            rate: (step.learning_rate / correction1) as f32,
            inverse_correction2: (1.0 / correction2) as f32,
            epsilon: self.epsilon as f32,
        };
        adam_step(step.isa, constants, parameters, gradients, mean, square);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::kernel::isa::Isa;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn the_first_step_is_the_learning_rate_however_near_one_the_decays_are() {
        let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Optimizer);
        for (beta1, beta2) in
            [(0.9, 0.999), (0.999_999, 0.999), (0.9, 0.999_999), (0.999_99, 0.999_999), (0.0, 0.0)]
        {
            let adam = Adam { beta1, beta2, epsilon: 1e-12 };
            let (mut w, mut slots) = (vec![0.0f32; 3], vec![vec![0.0f32; 3], vec![0.0f32; 3]]);
            let step = Step { isa: Isa::detect(), taken: 0, learning_rate: 0.01 };
            adam.update(step, &mut stream, &mut w, &[0.3, -2.0, 5.0], &mut slots);
            for (w, sign) in w.iter().zip([-1.0, 1.0, -1.0]) {
                assert!((f64::from(*w) / (0.01 * sign) - 1.0).abs() < 1e-6, "{w} {beta1} {beta2}");
            }
        }
    }

    #[test]
    fn a_constant_gradient_moves_by_the_learning_rate_at_every_step() {
        // both moments are 1 - beta^t of it: their corrections cancel exactly
        let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Optimizer);
        let adam = Adam { beta1: 0.999_99, beta2: 0.999_999, epsilon: 1e-12 };
        let (mut w, mut slots) = (vec![0.0f32], vec![vec![0.0f32], vec![0.0f32]]);
        for taken in 0..300_000 {
            let step = Step { isa: Isa::detect(), taken, learning_rate: 1.0 };
            w[0] = 0.0;
            adam.update(step, &mut stream, &mut w, &[0.7], &mut slots);
            assert!((f64::from(w[0]) + 1.0).abs() < 4e-3, "{w:?} after {taken}");
        }
    }

    #[test]
    fn follows_the_published_algorithm_written_out_in_f64() {
        let adam = Adam::default();
        let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Optimizer);
        let (mut w, mut slots) = (vec![1.0f32, -2.0, 0.5], vec![vec![0.0f32; 3], vec![0.0f32; 3]]);
        let mut reference: Vec<[f64; 3]> = w.iter().map(|&x| [f64::from(x), 0.0, 0.0]).collect();
        for t in 1..=20u32 {
            let gradients: Vec<f32> = w.iter().map(|x| 2.0 * x + 0.1).collect();
            let step = Step { isa: Isa::detect(), taken: u64::from(t) - 1, learning_rate: 0.05 };
            adam.update(step, &mut stream, &mut w, &gradients, &mut slots);
            for [x, m, v] in &mut reference {
                let g = 2.0 * *x + 0.1;
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.999 * *v + 0.001 * g * g;
                let m_hat = *m / (1.0 - 0.9f64.powi(t.cast_signed()));
                let v_hat = *v / (1.0 - 0.999f64.powi(t.cast_signed()));
                *x -= 0.05 * m_hat / (v_hat.sqrt() + 1e-8);
            }
        }
        for (x, [expected, _, _]) in w.iter().zip(&reference) {
            assert!((f64::from(*x) - expected).abs() < 1e-4, "{x} {expected}");
        }
    }
}
