//! Label smoothing: targets are mixed with the uniform distribution.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::data::TargetShape;
use crate::science::family::Item;

/// Trains on `(1 - rate) * one-hot + rate / classes` (Szegedy et al. 2016).
///
/// It lowers the likelihood of what was memorized without lowering the
/// memory: read the recalibrated bits beside the raw ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LabelSmoothing {
    /// Share of the target moved to the uniform distribution.
    #[garde(range(min = 0.0, max = 0.99))]
    pub rate: f64,
}

impl Item for LabelSmoothing {
    const SUMMARY: &'static str =
        "targets mixed with the uniform distribution (Szegedy et al. 2016); read recalibrated bits";

    fn example() -> Self {
        Self { rate: 0.1 }
    }
}

impl Restriction for LabelSmoothing {
    fn label_smoothing(&self) -> f64 {
        self.rate
    }

    fn incompatibility(&self, targets: TargetShape) -> Option<String> {
        let has_symbols = matches!(targets, TargetShape::Symbols { .. });
        (self.rate > 0.0 && !has_symbols).then(|| {
            "mixes symbols with the uniform distribution, and these targets are no symbols".to_owned()
        })
    }
}
