//! Landscapes: losses with a known answer and no data, for exploration energy.

mod walkers;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::footprint::{Footprint, Usage, count};
use super::{Architecture, Idle, Likelihood, Size};
use crate::science::data::{DataShape, TargetShape};
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::injection::{Binary, Site};

/// Many independent walkers on a loss of one dimension; every parameter is the place
/// of one. The optimizer's noise moves them, and `gradient_variance`, the variance of
/// the gradient of a single sample: a step on a batch of B samples has that over B.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Landscape {
    /// The loss of one walker.
    #[serde(default)]
    #[garde(dive)]
    pub surface: Surface,
    /// Independent walkers.
    #[serde(default = "thousand")]
    #[garde(range(min = 1, max = 1_000_000))]
    pub walkers: usize,
    /// Where they start: in the minimum at 0 or -1 unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = -1000.0, max = 1000.0))]
    pub start: Option<f64>,
    /// Variance C of the gradient of one sample around the true one.
    #[serde(default)]
    #[garde(range(min = 0.0, max = 1e12))]
    pub gradient_variance: f64,
}

fn thousand() -> usize {
    1000
}

/// The loss of one walker at x.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Surface {
    /// `curvature x^2 / 2`.
    Quadratic {
        /// Second derivative h.
        #[garde(range(min = 1e-9, max = 1e9))]
        curvature: f64,
    },
    /// `barrier (x^2 - 1)^2`: minima at -1 and 1, a barrier between them.
    DoubleWell {
        /// Height of the loss at 0 above the minima; 1/4 is `x^4 / 4 - x^2 / 2`.
        #[garde(range(min = 1e-9, max = 1e9))]
        barrier: f64,
    },
}

impl Default for Surface {
    fn default() -> Self {
        Self::DoubleWell { barrier: 0.25 }
    }
}

impl Surface {
    /// Where walkers start unless a spec says otherwise: in a minimum.
    fn minimum(self) -> f64 {
        match self {
            Self::Quadratic { .. } => 0.0,
            Self::DoubleWell { .. } => -1.0,
        }
    }

    /// Where a walker has escaped: the other minimum.
    fn escape(self) -> Option<f64> {
        match self {
            Self::Quadratic { .. } => None,
            Self::DoubleWell { .. } => Some(1.0),
        }
    }
}

impl Item for Landscape {
    const SUMMARY: &'static str =
        "walkers on a loss with a known answer and no data: a quadratic or a double well (Kramers 1940)";

    fn example() -> Self {
        Self {
            surface: Surface::DoubleWell { barrier: 0.25 },
            walkers: 200,
            start: Some(-1.0),
            gradient_variance: 0.0,
        }
    }
}

impl Architecture for Landscape {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        (data.targets != TargetShape::NOTHING)
            .then(|| "a landscape is a loss of its own and reads no data: use dataset no_data".to_owned())
    }

    fn size(&self, _data: &DataShape) -> Size {
        let walkers = self.walkers as u64;
        Size { parameters: walkers, multiply_adds: walkers, activations: walkers }
    }

    fn footprint(&self, _data: &DataShape, _usage: Usage) -> Footprint {
        let walkers = count(self.walkers);
        let noise = if self.gradient_variance > 0.0 { walkers } else { 0.0 };
        // the step of an escape takes sixteen bytes
        let escapes = if self.surface.escape().is_some() { 4.0 * walkers } else { 0.0 };
        Footprint {
            parameters: walkers,
            weights: noise,
            adapted: 4.0 * walkers,
            said: walkers + escapes,
            packing: 8.0 * walkers + 20.0 * noise,
            repeats: 1.0,
            ..Footprint::default()
        }
    }

    fn form(&self, _data: &DataShape) -> Form {
        Form::Walk
    }

    fn idle(&self, _data: &DataShape, _binary: Binary) -> Vec<Idle> {
        let reason = "gradients of this landscape have no variance";
        let idle = ["/training/batch_size", "/dataset/samples"].map(|pointer| Idle {
            pointer,
            reason,
            is_default: true,
        });
        if self.gradient_variance > 0.0 { Vec::new() } else { idle.into() }
    }

    fn has(&self, _site: Site) -> bool {
        false
    }

    fn likelihood(&self) -> Likelihood {
        Likelihood::NoData
    }
}
