//! Margin: how far the nearest training point is from the plane of one neuron.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Demand, Prospect, Quantity, Rule, Scale, Subject, Unit};
use crate::science::evaluation::Prediction;
use crate::science::family::Item;
use crate::science::layout::{Layout, Role};

/// `min_i y_i w x_i / |w|` of one neuron without bias on labels y = -1 or +1, in units of
/// the inputs. Random labels of `N = alpha d` points can be stored at margin kappa up to
/// `1 / alpha = (1 + kappa^2) Phi(kappa) + kappa phi(kappa)` in high dimension (Gardner
/// 1988, equation 28).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Margin {}

impl Item for Margin {
    const SUMMARY: &'static str =
        "least distance of a training point from the plane of one neuron (Gardner 1988)";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[Quantity {
    name: "margin",
    unit: Unit::Inputs,
    bound: Bound::Lower,
    headline: true,
    definition: "least y w x / |w| over the training draw, of one neuron without bias; at most the largest margin there is",
}];

impl Rule for Margin {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        Demand { operations: scale.samples() + scale.footprint.parameters, ..Demand::default() }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        (!prospect.architecture.is_neuron(&prospect.data)).then(|| {
            "needs a single neuron without bias on labels of two classes: linear or features".to_owned()
        })
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let norm = subject.inside.as_ref().and_then(|inside| plane_norm(inside.layout, inside.weights));
        let (Some(norm), Prediction::Logits(logits)) = (norm, subject.train.prediction()) else {
            return vec![None];
        };
        let labels = subject.dataset.targets.symbols();
        let signed = logits.iter().zip(labels).map(|(z, y)| f64::from(*z) * if *y == 1 { 1.0 } else { -1.0 });
        vec![Some(signed.fold(f64::INFINITY, f64::min) / norm)]
    }
}

/// Length of the weights of a network that is one neuron without bias.
fn plane_norm(layout: &Layout, weights: &[f32]) -> Option<f64> {
    let [block] = layout.blocks() else { return None };
    let is_neuron = block.columns == 1 && block.role == Role::Weight;
    let squares: f64 = weights.iter().map(|w| f64::from(*w) * f64::from(*w)).sum();
    (is_neuron && squares > 0.0).then(|| libm::sqrt(squares))
}
