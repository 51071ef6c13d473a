//! Binary weights and units: at most one bit each.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::injection::{Binary, Site};

/// Dense layers with binary weights, binary hidden units, or both, in training
/// and evaluation alike.
///
/// - A binary unit is the sign of its sum, -1 or +1; its gradient is let through
///   where the sum lies within [-1, 1] (Hubara et al. 2016).
/// - A binary weight is its sign times the mean magnitude of its tensor
///   (Rastegari et al. 2016); its gradient is let through as it is
///   (Courbariaux et al. 2015).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Binarize {
    /// Whether weights are binary.
    #[serde(default)]
    #[garde(custom(something(self.activations)))]
    pub weights: bool,
    /// Whether hidden units are binary.
    #[serde(default)]
    #[garde(skip)]
    pub activations: bool,
}

fn something(activations: bool) -> impl FnOnce(&bool, &()) -> garde::Result {
    move |weights, ()| {
        if *weights || activations {
            return Ok(());
        }
        Err(garde::Error::new("weights or activations must be binary"))
    }
}

impl Item for Binarize {
    const SUMMARY: &'static str = "binary weights or hidden units with straight-through gradients (Courbariaux et al. 2015, Hubara et al. 2016)";

    fn example() -> Self {
        Self { weights: true, activations: true }
    }
}

impl Restriction for Binarize {
    fn site(&self) -> Option<Site> {
        Some(Site::Binary)
    }

    fn binary(&self) -> Option<Binary> {
        Some(Binary { weights: self.weights, activations: self.activations })
    }
}
