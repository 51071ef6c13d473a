//! Dropout: hidden units are silenced at random during training.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Channel, Restriction};
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::kernel::dropout::fill_dropout;
use crate::science::kernel::isa::Isa;
use crate::science::seed::Stream;

/// Inverted dropout on every hidden activation: zero with probability `rate`,
/// else scaled by `1 / (1 - rate)`, so that evaluation is the identity
/// (Srivastava et al. 2014).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// Probability that a unit is silenced.
    #[garde(range(min = 0.0, max = 0.99))]
    pub rate: f64,
}

impl Item for Dropout {
    const SUMMARY: &'static str =
        "hidden units silenced with probability `rate` during training (Srivastava et al. 2014)";

    fn example() -> Self {
        Self { rate: 0.2 }
    }
}

impl Restriction for Dropout {
    fn site(&self) -> Option<Site> {
        (self.rate > 0.0).then_some(Site::Hidden)
    }

    fn channel(&self, _branch: Option<(usize, usize)>) -> Option<Channel> {
        Some(Channel::Erasure { rate: self.rate })
    }

    fn hidden(&self, _isa: Isa, stream: &mut Stream, factors: &mut [f32]) {
        fill_dropout(stream, self.rate, factors);
    }
}
