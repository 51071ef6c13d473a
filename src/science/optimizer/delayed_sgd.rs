//! Asynchronous gradient descent with delays that can be repeated.

use garde::Validate;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Step, UpdateRule};
use crate::science::family::{Item, located};
use crate::science::kernel::update::descend;
use crate::science::seed::Stream;

/// Gradient descent whose gradients arrive late, as from workers that read the
/// parameters `delay` steps before they write (Agarwal & Duchi 2011): every
/// gradient is applied once, with the learning rate of the step that it arrives
/// in. On a quadratic of curvature h a fixed delay tau is stable if and only if
/// `learning_rate h < 2 sin(pi / (2 (2 tau + 1)))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DelayedSgd {
    /// Steps by which a gradient is late, or at most is.
    #[garde(range(min = 0, max = 64))]
    pub delay: usize,
    /// How late each gradient is.
    #[serde(default)]
    #[garde(skip)]
    pub staleness: Staleness,
}

/// How late each gradient is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Staleness {
    /// Always by the full delay.
    #[default]
    Fixed,
    /// By any number of steps from none to the delay, equally likely.
    Uniform,
}

impl Item for DelayedSgd {
    const SUMMARY: &'static str = "gradients that arrive late, repeatably (Agarwal & Duchi 2011)";

    fn example() -> Self {
        Self { delay: 4, staleness: Staleness::Fixed }
    }
}

impl UpdateRule for DelayedSgd {
    /// One buffer for each step to come, with the sum of what arrives in it.
    fn slots(&self) -> usize {
        self.delay + 1
    }

    fn incompatibility(&self, steps: u64) -> Option<String> {
        let is_late = self.staleness == Staleness::Fixed && self.delay as u64 >= steps;
        is_late.then(|| located("/delay", &format!("no gradient arrives within {steps} steps: must be less")))
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
        let late = match self.staleness {
            Staleness::Fixed => self.delay,
            Staleness::Uniform => stream.random_range(0..=self.delay),
        };
        let count = slots.len();
        let now = (step.taken % count as u64) as usize;
        let arrival = &mut slots[(now + late) % count];
        arrival.iter_mut().zip(gradients).for_each(|(sum, g)| *sum += *g);
        let rate = step.learning_rate as f32;
        descend(step.isa, rate, parameters, &slots[now]);
        slots[now].fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::kernel::isa::Isa;
    use crate::science::seed::{Purpose, Streams};

    fn after(rule: &DelayedSgd, eta: f64, steps: u64) -> f32 {
        let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Optimizer);
        let (mut w, mut slots) = (vec![1.0f32], vec![vec![0.0f32]; rule.slots()]);
        for taken in 0..steps {
            let step = Step { isa: Isa::detect(), taken, learning_rate: eta };
            let gradient = [w[0]];
            rule.update(step, &mut stream, &mut w, &gradient, &mut slots);
        }
        w[0].abs()
    }

    #[test]
    fn a_quadratic_is_stable_exactly_up_to_the_published_rate() {
        for delay in [0usize, 1, 2, 5, 10] {
            let rule = DelayedSgd { delay, staleness: Staleness::Fixed };
            let limit = 2.0 * (std::f64::consts::PI / (2.0 * (2.0 * delay as f64 + 1.0))).sin();
            assert!(after(&rule, 0.98 * limit, 20_000) < 1e-3, "{delay} below");
            assert!(after(&rule, 1.02 * limit, 20_000).is_nan() || after(&rule, 1.02 * limit, 20_000) > 1e3);
        }
    }

    #[test]
    fn every_gradient_arrives_once() {
        let rule = DelayedSgd { delay: 7, staleness: Staleness::Uniform };
        let mut stream = Streams { seed: 3, replicate: 0 }.stream(Purpose::Optimizer);
        let (mut w, mut slots) = (vec![0.0f32], vec![vec![0.0f32]; rule.slots()]);
        for taken in 0..1000 {
            let gradient = if taken < 900 { [1.0] } else { [0.0] };
            let step = Step { isa: Isa::detect(), taken, learning_rate: 1.0 };
            rule.update(step, &mut stream, &mut w, &gradient, &mut slots);
        }
        assert_eq!(w[0], -900.0);
    }
}
