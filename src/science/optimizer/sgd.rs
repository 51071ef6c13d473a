//! Stochastic gradient descent with momentum.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Step, UpdateRule};
use crate::science::family::Item;
use crate::science::kernel::update::sgd_step;
use crate::science::seed::Stream;

/// `v <- momentum v + g`, `w <- w - learning_rate v` (heavy ball; Polyak 1964).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Sgd {
    /// Share of the last velocity that is kept.
    #[serde(default)]
    #[garde(range(min = 0.0, max = 0.999_999))]
    pub momentum: f64,
}

impl Item for Sgd {
    const SUMMARY: &'static str = "gradient descent with heavy-ball momentum (Polyak 1964)";

    fn example() -> Self {
        Self { momentum: 0.9 }
    }
}

impl UpdateRule for Sgd {
    fn slots(&self) -> usize {
        1
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn update(
        &self,
        step: Step,
        _stream: &mut Stream,
        parameters: &mut [f32],
        gradients: &[f32],
        slots: &mut [Vec<f32>],
    ) {
        let [velocity] = slots else { unreachable!("sgd asked for one slot") };
        let lost = (1.0 - self.momentum) as f32;
        sgd_step(step.isa, step.learning_rate as f32, lost, parameters, gradients, velocity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::kernel::isa::Isa;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn a_quadratic_follows_its_closed_form() {
        // without momentum w_t = w_0 (1 - eta h)^t; with it, the two-term recurrence
        for momentum in [0.0, 0.9] {
            let sgd = Sgd { momentum };
            let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Optimizer);
            let (mut w, mut slots) = (vec![1.0f32], vec![vec![0.0f32]]);
            let (mut x, mut v) = (1.0f64, 0.0f64);
            for taken in 0..30 {
                let gradient = [3.0 * w[0]];
                let step = Step { isa: Isa::detect(), taken, learning_rate: 0.1 };
                sgd.update(step, &mut stream, &mut w, &gradient, &mut slots);
                v = momentum * v + 3.0 * x;
                x -= 0.1 * v;
            }
            assert!((f64::from(w[0]) - x).abs() < 1e-5, "{} {x}", w[0]);
            if momentum == 0.0 {
                assert!((x - 0.7f64.powi(30)).abs() < 1e-12);
            }
        }
    }
}
