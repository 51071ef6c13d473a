//! Gradient noise: annealed normal noise on every gradient.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::add_normal;
use crate::science::seed::Stream;

/// Adds normal noise of variance `eta / (1 + t)^gamma` to every number of the
/// gradient after `t` steps (Neelakantan et al. 2015, equation 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GradientNoise {
    /// Variance at the first step.
    #[garde(range(min = 0.0, max = 1_000_000.0))]
    pub eta: f64,
    /// How fast the variance falls.
    #[serde(default = "gamma")]
    #[garde(range(min = 0.0, max = 10.0))]
    pub gamma: f64,
}

impl Item for GradientNoise {
    const SUMMARY: &'static str =
        "normal noise of variance eta/(1+t)^gamma on every gradient (Neelakantan et al. 2015)";

    fn example() -> Self {
        Self { eta: 0.01, gamma: gamma() }
    }
}

impl Restriction for GradientNoise {
    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    #[expect(clippy::cast_precision_loss, reason = "steps are below 2^53")]
    fn gradient_noise(&self, isa: Isa, stream: &mut Stream, taken: u64, gradients: &mut [f32]) {
        if self.eta > 0.0 {
            let variance = self.eta / libm::pow(1.0 + taken as f64, self.gamma);
            add_normal(isa, stream, libm::sqrt(variance) as f32, gradients);
        }
    }
}

fn gamma() -> f64 {
    0.55
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn the_variance_falls_as_published() {
        let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::Regularizer(0));
        let noise = GradientNoise { eta: 0.3, gamma: gamma() };
        for taken in [0, 1, 99] {
            let mut gradients = vec![2.0; 200_000];
            noise.gradient_noise(Isa::detect(), &mut stream, taken, &mut gradients);
            let n = gradients.len() as f64;
            let variance = gradients.iter().map(|&g| (f64::from(g) - 2.0).powi(2)).sum::<f64>() / n;
            let expected = 0.3 / (1.0 + taken as f64).powf(0.55);
            assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{variance} {expected}");
        }
    }
}
