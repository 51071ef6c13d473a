//! Langevin dynamics: gradient descent with noise of a temperature.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Step, UpdateRule};
use crate::science::family::Item;
use crate::science::kernel::normal::add_normal;
use crate::science::kernel::update::descend;
use crate::science::seed::Stream;

/// `w <- w - learning_rate g + sqrt(2 learning_rate temperature) xi`, xi standard
/// normal: for small steps and full batches a sample of exp(-loss / temperature)
/// (Welling & Teh 2011, with the temperature written out). The loss is the mean
/// over samples; a posterior over n samples has temperature `1/n`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Langevin {
    /// Temperature, in nats of mean loss.
    #[garde(range(min = 0.0, max = 1_000_000.0))]
    pub temperature: f64,
}

impl Item for Langevin {
    const SUMMARY: &'static str = "gradient descent with noise of a temperature (Welling & Teh 2011)";

    fn example() -> Self {
        Self { temperature: 0.001 }
    }
}

impl UpdateRule for Langevin {
    fn slots(&self) -> usize {
        0
    }

    fn temperature(&self) -> Option<f64> {
        (self.temperature > 0.0).then_some(self.temperature)
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn update(
        &self,
        step: Step,
        stream: &mut Stream,
        parameters: &mut [f32],
        gradients: &[f32],
        _slots: &mut [Vec<f32>],
    ) {
        let rate = step.learning_rate as f32;
        descend(step.isa, rate, parameters, gradients);
        if self.temperature > 0.0 {
            let scale = libm::sqrt(2.0 * step.learning_rate * self.temperature);
            add_normal(step.isa, stream, scale as f32, parameters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::kernel::isa::Isa;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn the_stationary_variance_on_a_quadratic_is_the_closed_form() {
        // w <- (1 - eta h) w + sqrt(2 eta T) xi: variance 2 eta T / (1 - (1 - eta h)^2)
        let mut stream = Streams { seed: 4, replicate: 0 }.stream(Purpose::Optimizer);
        let (h, temperature) = (2.0f32, 0.3);
        for eta in [0.05, 0.4] {
            // many independent walkers at once
            let mut w = vec![0.0f32; 20_000];
            for taken in 0..200 {
                let gradients: Vec<f32> = w.iter().map(|w| h * w).collect();
                let step = Step { isa: Isa::detect(), taken, learning_rate: eta };
                Langevin { temperature }.update(step, &mut stream, &mut w, &gradients, &mut []);
            }
            let variance = w.iter().map(|&w| f64::from(w) * f64::from(w)).sum::<f64>() / w.len() as f64;
            let expected = temperature / (f64::from(h) * (1.0 - eta * f64::from(h) / 2.0));
            // four standard errors of a variance
            assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / w.len() as f64).sqrt(), "{variance}");
        }
    }
}
