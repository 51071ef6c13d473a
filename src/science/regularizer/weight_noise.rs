//! Weight noise: gradients are taken at disturbed weights.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::add_normal;
use crate::science::layout::Layout;
use crate::science::seed::Stream;

/// Each step takes its gradient at the weights plus normal noise of standard
/// deviation `scale`, drawn anew; the noise is not kept and biases have none
/// (Hinton & van Camp 1993; Graves 2011).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WeightNoise {
    /// Standard deviation of the noise.
    #[garde(range(min = 0.0, max = 1000.0))]
    pub scale: f64,
}

impl Item for WeightNoise {
    const SUMMARY: &'static str = "gradients taken at weights with normal noise (Graves 2011)";

    fn example() -> Self {
        Self { scale: 0.05 }
    }
}

impl Restriction for WeightNoise {
    fn disturbs_weights(&self) -> bool {
        self.scale > 0.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn weights(&self, isa: Isa, stream: &mut Stream, layout: &Layout, parameters: &mut [f32]) {
        for range in layout.weights() {
            add_normal(isa, stream, self.scale as f32, &mut parameters[range]);
        }
    }
}
