//! The multi-layer perceptron: a plain or residual stack of dense layers.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::inputs_incompatibility;
use super::dense::activation::HiddenActivation;
use super::dense::footprint::{Layers, input_rows};
use super::dense::model::{DenseStack, Shape};
use super::footprint::{Footprint, Usage};
use super::head::{Head, head_footprint, head_form, head_incompatibility, head_width};
use super::size::dense_size;
use super::{Architecture, Build, Idle, Plan, Size};
use crate::science::data::DataShape;
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::injection::{Binary, Site};
use crate::science::kernel::real::Real;

/// Dense layers of the given widths, the same activation after each, and a
/// linear head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Mlp {
    /// Units of each hidden layer, from the inputs on; at least one layer.
    #[garde(length(min = 1, max = 64), inner(range(min = 1, max = 65_536)))]
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    #[serde(default)]
    #[garde(skip)]
    pub activation: HiddenActivation,
    /// Whether each unit has a bias.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub bias: bool,
    /// Whether every hidden layer but the first is added to what it reads; hidden
    /// layers must then have the same width (He et al. 2016).
    #[serde(default)]
    #[garde(custom(equal_widths(&self.hidden)))]
    pub residual: bool,
    /// Law of the targets; categorical for symbols and regression for reals
    /// unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub head: Option<Head>,
}

fn equal_widths(hidden: &[usize]) -> impl FnOnce(&bool, &()) -> garde::Result {
    let are_equal = hidden.windows(2).all(|pair| pair[0] == pair[1]);
    move |residual, ()| match residual {
        true if !are_equal => Err(garde::Error::new("needs hidden layers of equal width")),
        _ => Ok(()),
    }
}

fn yes() -> bool {
    true
}

impl Item for Mlp {
    const SUMMARY: &'static str = "a stack of dense layers with a linear head";

    fn example() -> Self {
        Self {
            hidden: vec![32, 32],
            activation: HiddenActivation::Relu,
            bias: true,
            residual: false,
            head: None,
        }
    }
}

impl Architecture for Mlp {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        inputs_incompatibility(data).or_else(|| head_incompatibility(self.head.as_ref(), data.targets))
    }

    fn size(&self, data: &DataShape) -> Size {
        dense_size(data.inputs, &self.hidden, head_width(self.head.as_ref(), data.targets), self.bias)
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let layers = Layers {
            inputs: data.inputs,
            hidden: &self.hidden,
            activation: self.activation.into(),
            outputs: head_width(self.head.as_ref(), data.targets),
            bias: self.bias,
            residual: self.residual,
            passes_on: false,
        };
        let head = head_footprint(self.head.as_ref(), data.targets, usage);
        layers.footprint(usage).and(input_rows(data.inputs, usage)).and(head)
    }

    fn layer_units(&self, layer: Option<usize>) -> usize {
        self.hidden.get(layer.unwrap_or(0)).copied().unwrap_or(0)
    }

    fn widest_hidden(&self) -> usize {
        self.hidden.iter().copied().max().unwrap_or(0)
    }

    fn first_hidden(&self) -> usize {
        self.hidden.first().copied().unwrap_or(0)
    }

    fn tells(&self, layer: Option<usize>) -> bool {
        layer.unwrap_or(0) < self.hidden.len()
    }

    fn form(&self, data: &DataShape) -> Form {
        head_form(self.head.as_ref(), data.targets)
    }

    fn idle(&self, _data: &DataShape, binary: Binary) -> Vec<Idle> {
        let residual = (self.hidden.len() < 2).then_some(Idle {
            pointer: "/network/residual",
            reason: "a residual network needs at least two hidden layers",
            is_default: !self.residual,
        });
        let activation = binary.activations.then_some(Idle {
            pointer: "/network/activation",
            reason: "hidden units are binary",
            is_default: self.activation == HiddenActivation::default(),
        });
        residual.into_iter().chain(activation).collect()
    }

    fn weights(&self, data: &DataShape) -> u64 {
        dense_size(data.inputs, &self.hidden, head_width(self.head.as_ref(), data.targets), false).parameters
    }

    fn has(&self, site: Site) -> bool {
        match site {
            Site::Branches => self.residual && self.hidden.len() > 1,
            site => matches!(site, Site::Inputs | Site::Hidden | Site::Binary),
        }
    }
}

impl Build for Mlp {
    type Model<R: Real> = DenseStack<R>;

    fn build<R: Real>(&self, plan: &Plan) -> DenseStack<R> {
        let shape = Shape {
            inputs: plan.dataset.inputs.ncols(),
            hidden: self.hidden.clone(),
            activation: self.activation.into(),
            bias: self.bias,
            residual: self.residual,
            binary: plan.binary,
        };
        DenseStack::planned(&shape, self.head.as_ref(), plan)
    }
}
