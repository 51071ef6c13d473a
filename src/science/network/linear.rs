//! A linear readout of the inputs: one neuron for two classes.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dense::footprint::{Layers, input_rows};
use super::footprint::{Footprint, Usage};
use super::head::{Head, head_footprint};
use super::{Architecture, Build, Size};
use crate::science::data::{DataShape, TargetShape};
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::kernel::real::Real;
use crate::science::network::architecture::inputs_incompatibility;
use crate::science::network::build::Plan;
use crate::science::network::dense::activation::Activation;
use crate::science::network::dense::model::{DenseStack, Shape};
use crate::science::network::head::{head_form, head_incompatibility, head_width};
use crate::science::network::size::dense_size;

/// One dense layer from inputs to head. With two classes it is a single
/// neuron, which stores 2 bits per weight (Cover 1965).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Linear {
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

impl Item for Linear {
    const SUMMARY: &'static str = "one dense layer; a single neuron for two classes (Cover 1965)";

    fn example() -> Self {
        Self { bias: true, head: None }
    }
}

impl Architecture for Linear {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        inputs_incompatibility(data).or_else(|| head_incompatibility(self.head.as_ref(), data.targets))
    }

    fn size(&self, data: &DataShape) -> Size {
        dense_size(data.inputs, &[], head_width(self.head.as_ref(), data.targets), self.bias)
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let layers = Layers {
            inputs: data.inputs,
            hidden: &[],
            activation: Activation::Identity,
            outputs: head_width(self.head.as_ref(), data.targets),
            bias: self.bias,
            residual: false,
            passes_on: false,
        };
        let head = head_footprint(self.head.as_ref(), data.targets, usage);
        layers.footprint(usage).and(input_rows(data.inputs, usage)).and(head)
    }

    fn weights(&self, data: &DataShape) -> u64 {
        dense_size(data.inputs, &[], head_width(self.head.as_ref(), data.targets), false).parameters
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
        matches!(site, Site::Inputs | Site::Binary)
    }
}

impl Build for Linear {
    type Model<R: Real> = DenseStack<R>;

    fn build<R: Real>(&self, plan: &Plan) -> DenseStack<R> {
        let shape = Shape {
            inputs: plan.dataset.inputs.ncols(),
            hidden: Vec::new(),
            activation: Activation::Identity,
            bias: self.bias,
            residual: false,
            binary: plan.binary,
        };
        DenseStack::planned(&shape, self.head.as_ref(), plan)
    }
}
