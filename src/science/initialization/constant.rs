//! A start with all weights equal.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Start;
use crate::science::family::Item;
use crate::science::layout::Layout;

/// Every weight the same number, biases as they are: all units of a layer are one,
/// and stay one unless something breaks the symmetry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The number.
    #[garde(range(min = -1000.0, max = 1000.0))]
    pub value: f64,
}

impl Item for Constant {
    const SUMMARY: &'static str = "every weight the same number: units alike until noise parts them";

    fn example() -> Self {
        Self { value: 0.1 }
    }
}

impl Start for Constant {
    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn change(&self, layout: &Layout, parameters: &mut [f32]) {
        for range in layout.weights() {
            parameters[range].fill(self.value as f32);
        }
    }
}
