//! Gaussian dropout: hidden units are multiplied by noise around one.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Channel, Restriction};
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::seed::Stream;

/// Every hidden activation is multiplied by a normal number of mean 1 and
/// variance `rate / (1 - rate)`, the moments of dropout (Srivastava et al. 2014,
/// section 10; Kingma et al. 2015). Evaluation is the identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GaussianDropout {
    /// Rate of the dropout with the same variance.
    #[garde(range(min = 0.0, max = 0.99))]
    pub rate: f64,
}

impl Item for GaussianDropout {
    const SUMMARY: &'static str =
        "hidden units times normal noise with the moments of dropout (Srivastava et al. 2014)";

    fn example() -> Self {
        Self { rate: 0.2 }
    }
}

impl GaussianDropout {
    fn sd(&self) -> f64 {
        libm::sqrt(self.rate / (1.0 - self.rate))
    }
}

impl Restriction for GaussianDropout {
    fn site(&self) -> Option<Site> {
        (self.rate > 0.0).then_some(Site::Hidden)
    }

    fn channel(&self, _branch: Option<(usize, usize)>) -> Option<Channel> {
        Some(Channel::Product { sd: self.sd() })
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn hidden(&self, isa: Isa, stream: &mut Stream, factors: &mut [f32]) {
        let sd = self.sd() as f32;
        fill_normal(isa, stream, factors);
        factors.iter_mut().for_each(|factor| *factor = sd * *factor + 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn the_factors_have_the_moments_of_dropout() {
        let mut stream = Streams { seed: 1, replicate: 0 }.stream(Purpose::Regularizer(0));
        for rate in [0.1, 0.5, 0.9] {
            let mut factors = vec![0.0; 400_000];
            GaussianDropout { rate }.hidden(Isa::detect(), &mut stream, &mut factors);
            let n = factors.len() as f64;
            let mean = factors.iter().map(|&f| f64::from(f)).sum::<f64>() / n;
            let variance = factors.iter().map(|&f| (f64::from(f) - mean).powi(2)).sum::<f64>() / n;
            let expected = rate / (1.0 - rate);
            // four standard errors of a mean and of a variance
            assert!((mean - 1.0).abs() < 4.0 * (expected / n).sqrt(), "{mean}");
            assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{variance}");
        }
    }
}
