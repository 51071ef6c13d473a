//! Stochastic depth: residual branches are skipped at random.

use garde::Validate;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Channel, Restriction};
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::seed::Stream;

/// Branch l of L is kept with probability `1 - l / L (1 - survival)` for each
/// sample, and then divided by it, so that evaluation is the identity (Huang et
/// al. 2016, equation 4, linear decay; the identity path is never touched).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StochasticDepth {
    /// Probability that the last branch is kept.
    #[garde(range(min = 0.01, max = 1.0))]
    pub survival: f64,
}

impl Item for StochasticDepth {
    const SUMMARY: &'static str =
        "residual branches skipped with linearly rising probability (Huang et al. 2016)";

    fn example() -> Self {
        Self { survival: 0.8 }
    }
}

impl StochasticDepth {
    /// Probability that a branch is kept.
    #[expect(clippy::cast_precision_loss, reason = "branches are few")]
    fn kept(&self, branch: usize, of: usize) -> f64 {
        1.0 - (branch + 1) as f64 / of as f64 * (1.0 - self.survival)
    }
}

impl Restriction for StochasticDepth {
    fn site(&self) -> Option<Site> {
        (self.survival < 1.0).then_some(Site::Branches)
    }

    fn channel(&self, branch: Option<(usize, usize)>) -> Option<Channel> {
        branch.map(|(branch, of)| Channel::Skip { rate: 1.0 - self.kept(branch, of) })
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn branch(&self, stream: &mut Stream, branch: usize, of: usize, factors: &mut [f32]) {
        let kept = self.kept(branch, of);
        for factor in factors {
            *factor = if stream.random::<f64>() < kept { (1.0 / kept) as f32 } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn survival_falls_linearly_and_the_mean_is_one() {
        let mut stream = Streams { seed: 6, replicate: 0 }.stream(Purpose::Regularizer(0));
        for (branch, kept) in [(0, 0.9), (1, 0.8), (2, 0.7), (3, 0.6)] {
            let mut factors = vec![0.0; 100_000];
            StochasticDepth { survival: 0.6 }.branch(&mut stream, branch, 4, &mut factors);
            let share = factors.iter().filter(|&&f| f > 0.0).count() as f64 / factors.len() as f64;
            let error = 4.0 * (kept * (1.0f64 - kept) / factors.len() as f64).sqrt();
            assert!((share - kept).abs() < error, "{share} {kept}");
            assert!(factors.iter().all(|&f| f == 0.0 || (f64::from(f) * kept - 1.0).abs() < 1e-6));
        }
    }
}
