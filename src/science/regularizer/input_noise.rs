//! Input noise: normal noise on what the network reads.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::add_normal;
use crate::science::seed::Stream;

/// Adds normal noise of standard deviation `scale` to every input of every
/// training step; for small noise a Tikhonov penalty (Bishop 1995). Evaluation
/// reads the inputs as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct InputNoise {
    /// Standard deviation of the noise.
    #[garde(range(min = 0.0, max = 1000.0))]
    pub scale: f64,
}

impl Item for InputNoise {
    const SUMMARY: &'static str = "normal noise on the inputs of every step (Bishop 1995)";

    fn example() -> Self {
        Self { scale: 0.1 }
    }
}

impl Restriction for InputNoise {
    fn site(&self) -> Option<Site> {
        (self.scale > 0.0).then_some(Site::Inputs)
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn inputs(&self, isa: Isa, stream: &mut Stream, inputs: &mut [f32]) {
        add_normal(isa, stream, self.scale as f32, inputs);
    }
}
