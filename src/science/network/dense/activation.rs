//! Functions of the sums of a layer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Activations of hidden units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HiddenActivation {
    /// `max(0, z)`, initial weights of variance `2 / fan_in` (He 2015).
    #[default]
    Relu,
    /// Hyperbolic tangent, initial weights of variance `1 / fan_in` (`LeCun` 1998).
    Tanh,
    /// `z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3)))`, initial weights of variance
    /// `2 / fan_in` (Hendrycks & Gimpel 2016; the form without erf).
    Gelu,
}

/// Function applied to the sums of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// None.
    Identity,
    /// Hyperbolic tangent.
    Tanh,
    /// `max(0, z)`.
    Relu,
    /// `z` times a smooth step, by tanh.
    Gelu,
    /// -1 below zero, else +1, with a straight-through gradient.
    Sign,
}

impl From<HiddenActivation> for Activation {
    fn from(activation: HiddenActivation) -> Self {
        match activation {
            HiddenActivation::Relu => Self::Relu,
            HiddenActivation::Tanh => Self::Tanh,
            HiddenActivation::Gelu => Self::Gelu,
        }
    }
}
