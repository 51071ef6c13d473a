//! Fixed feature maps with a trained linear readout: the hand-engineered side.

pub mod map;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::inputs_incompatibility;
use super::dense::activation::Activation;
use super::dense::footprint::{Layers, input_rows};
use super::dense::model::{DenseStack, Shape};
use super::footprint::{Footprint, Usage, count};
use super::head::{Head, head_footprint, head_form, head_incompatibility, head_width};
use super::size::dense_size;
use super::{Architecture, Build, Plan, Size};
use crate::science::data::{DataShape, TargetShape};
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::kernel::real::Real;
use crate::science::seed::Purpose;
use map::FeatureMap;

/// A map that training never changes, read by one trained dense layer. At full
/// rank the readout stores 2 bits per weight whatever the map (Cover 1965).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// The map.
    #[garde(dive)]
    pub map: FeatureMap,
    /// Whether each output has a bias.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub bias: bool,
    /// Law of the targets; categorical for symbols and regression for reals
    /// unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub head: Option<Head>,
}

fn yes() -> bool {
    true
}

/// Features of one sample at most.
const MOST_FEATURES: usize = 65_536;

impl Item for Features {
    const SUMMARY: &'static str =
        "fixed random Fourier, random ReLU, polynomial, parity or PCA features with a trained readout";

    fn example() -> Self {
        let map =
            FeatureMap::RandomFourier(map::random_fourier::RandomFourier { features: 64, bandwidth: 1.0 });
        Self { map, bias: true, head: None }
    }
}

impl Architecture for Features {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        if let Some(incompatibility) =
            inputs_incompatibility(data).or_else(|| head_incompatibility(self.head.as_ref(), data.targets))
        {
            return Some(incompatibility);
        }
        match self.map.width(data.inputs) {
            Some(1..=MOST_FEATURES) => None,
            Some(0) => Some(format!("the map has no feature of {} inputs", data.inputs)),
            _ => Some(format!("the map has more than {MOST_FEATURES} features of {} inputs", data.inputs)),
        }
    }

    fn size(&self, data: &DataShape) -> Size {
        let width = self.map.width(data.inputs).unwrap_or(usize::MAX);
        dense_size(width, &[], head_width(self.head.as_ref(), data.targets), self.bias)
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let width = self.map.width(data.inputs).unwrap_or(usize::MAX);
        let layers = Layers {
            inputs: width,
            hidden: &[],
            activation: Activation::Identity,
            outputs: head_width(self.head.as_ref(), data.targets),
            bias: self.bias,
            residual: false,
            passes_on: false,
        };
        let head = head_footprint(self.head.as_ref(), data.targets, usage);
        let mapped = Footprint { reading: count(width), ..self.map.footprint(data.inputs) };
        layers.footprint(usage).and(input_rows(width, usage)).and(head).and(mapped)
    }

    fn readout_dimension(&self, data: &DataShape) -> Option<usize> {
        let one_threshold = data.targets == TargetShape::Symbols { length: 1, alphabet: 2 };
        one_threshold.then(|| usize::try_from(self.size(data).parameters).unwrap_or(usize::MAX))
    }

    fn is_neuron(&self, data: &DataShape) -> bool {
        !self.bias && self.readout_dimension(data).is_some()
    }

    fn form(&self, data: &DataShape) -> Form {
        head_form(self.head.as_ref(), data.targets)
    }

    fn has(&self, site: Site) -> bool {
        site == Site::Inputs
    }
}

impl Build for Features {
    type Model<R: Real> = DenseStack<R>;

    fn build<R: Real>(&self, plan: &Plan) -> DenseStack<R> {
        let inputs = &plan.fitted.inputs;
        let map = self.map.fit(inputs, &mut plan.streams.stream(Purpose::FixedWeights));
        let shape = Shape {
            inputs: self.map.width(inputs.ncols()).unwrap_or(0),
            hidden: Vec::new(),
            activation: Activation::Identity,
            bias: self.bias,
            residual: false,
            binary: plan.binary,
        };
        DenseStack::mapped(&shape, self.head.as_ref(), plan, map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::family::Family;
    use crate::science::network::gradient_check::{TARGETS, check, dataset, normal, stream};

    #[test]
    fn gradients_equal_central_differences_for_every_map() {
        for map in FeatureMap::examples() {
            for targets in TARGETS {
                check(&Features { map: map.clone(), bias: true, head: None }, &dataset(9, 4, targets));
            }
        }
    }

    #[test]
    fn every_map_has_the_width_that_it_states_and_is_the_same_each_time() {
        let inputs = normal(30, 6, 0);
        for map in FeatureMap::examples() {
            let (one, two) = (map.fit(&inputs, &mut stream(4)), map.fit(&inputs, &mut stream(4)));
            let features = one.apply(&inputs);
            assert_eq!(Some(features.ncols()), map.width(6), "{map:?}");
            assert_eq!(features, two.apply(&inputs), "{map:?}");
            assert!(features.iter().all(|x| x.is_finite()));
        }
    }
}
