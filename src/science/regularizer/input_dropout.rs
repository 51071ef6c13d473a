//! Input dropout: inputs are silenced at random during training.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::kernel::dropout::fill_dropout;
use crate::science::kernel::isa::Isa;
use crate::science::seed::Stream;

/// Inverted dropout on every input of every training step: zero with probability `rate`,
/// else scaled by `1 / (1 - rate)`. Of a linear regression a ridge penalty of
/// `rate / (1 - rate)` times the mean square of each input (Wager et al. 2013, section 4).
/// Evaluation reads the inputs as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct InputDropout {
    /// Probability that an input is silenced.
    #[garde(range(min = 0.0, max = 0.99))]
    pub rate: f64,
}

impl Item for InputDropout {
    const SUMMARY: &'static str = "inputs silenced with probability `rate` during training, of a linear regression a ridge penalty (Wager et al. 2013)";

    fn example() -> Self {
        Self { rate: 0.2 }
    }
}

/// Inputs that get their factors at once: a step allocates nothing.
const AT_ONCE: usize = 256;

impl Restriction for InputDropout {
    fn site(&self) -> Option<Site> {
        (self.rate > 0.0).then_some(Site::Inputs)
    }

    fn inputs(&self, _isa: Isa, stream: &mut Stream, inputs: &mut [f32]) {
        let mut factors = [0.0; AT_ONCE];
        for inputs in inputs.chunks_mut(AT_ONCE) {
            let factors = &mut factors[..inputs.len()];
            fill_dropout(stream, self.rate, factors);
            inputs.iter_mut().zip(factors).for_each(|(x, factor)| *x *= *factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn inputs_keep_their_mean_and_some_are_zero() {
        let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::Regularizer(0));
        let mut inputs = vec![2.0_f32; 100_003];
        InputDropout { rate: 0.25 }.inputs(Isa::detect(), &mut stream, &mut inputs);
        let n = inputs.len() as f64;
        let zeros = inputs.iter().filter(|x| **x == 0.0).count() as f64 / n;
        assert!((zeros - 0.25).abs() < 4.0 * (0.25 * 0.75 / n).sqrt(), "{zeros}");
        assert!(inputs.iter().all(|x| *x == 0.0 || (f64::from(*x) - 2.0 / 0.75).abs() < 1e-6));
    }
}
