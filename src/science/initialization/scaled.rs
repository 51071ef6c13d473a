//! A start that is smaller or larger than standard.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Start;
use crate::science::family::Item;
use crate::science::layout::Layout;

/// Every initial weight times a factor: small ones learn features, large ones stay
/// near a linear model of them (Chizat et al. 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Scaled {
    /// Times the standard weights.
    #[garde(range(min = 0.0, max = 1000.0))]
    pub factor: f64,
}

impl Item for Scaled {
    const SUMMARY: &'static str = "standard weights times a factor (Chizat et al. 2019)";

    fn example() -> Self {
        Self { factor: 0.1 }
    }
}

impl Start for Scaled {
    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn change(&self, layout: &Layout, parameters: &mut [f32]) {
        for range in layout.weights() {
            parameters[range].iter_mut().for_each(|w| *w *= self.factor as f32);
        }
    }
}
