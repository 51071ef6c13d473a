//! The multi-layer perceptron: a plain or residual stack of dense layers.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::criterion::{Criterion, Rows};
use super::dense::{Activation, DenseStack, Shape};
use super::head::Head;
use super::{Architecture, Build, Place, Size, head_misfit};
use crate::science::family::Item;
use crate::science::kernel::real::Real;
use crate::science::source::{DataShape, TargetShape};
use crate::science::training::Task;

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
    fn misfit(&self, data: &DataShape) -> Option<String> {
        inputs_misfit(data).or_else(|| head_misfit(self.head.as_ref(), data.targets))
    }

    fn size(&self, data: &DataShape) -> Size {
        dense_size(data.inputs, &self.hidden, head_width(self.head.as_ref(), data.targets), self.bias)
    }

    fn has(&self, place: Place) -> bool {
        match place {
            Place::Branches => self.residual && self.hidden.len() > 1,
            place => matches!(place, Place::Inputs | Place::Hidden | Place::Binary),
        }
    }
}

impl Build for Mlp {
    type Model<R: Real> = DenseStack<R>;

    fn build<R: Real>(&self, task: &Task) -> DenseStack<R> {
        let shape = Shape {
            inputs: task.dataset.inputs.ncols(),
            hidden: self.hidden.clone(),
            activation: self.activation.into(),
            bias: self.bias,
            residual: self.residual,
            binary: task.binary(),
        };
        build_dense(&shape, self.head.as_ref(), task)
    }
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

/// Why a network that reads inputs cannot read such data, if it cannot.
#[must_use]
pub fn inputs_misfit(data: &DataShape) -> Option<String> {
    (data.inputs == 0)
        .then(|| "this network reads inputs, and such data has none: use a generative one".to_owned())
}

/// Outputs that the head needs for these targets, 0 when it does not fit.
#[must_use]
pub fn head_width(head: Option<&Head>, targets: TargetShape) -> usize {
    let head = head.cloned().unwrap_or_else(|| Head::default_for(targets));
    head.width(targets).unwrap_or(0)
}

/// Size of a dense stack with these hidden widths.
#[must_use]
pub fn dense_size(inputs: usize, hidden: &[usize], outputs: usize, bias: bool) -> Size {
    let mut size = Size { parameters: 0, multiply_adds: 0, activations: inputs as u64 };
    let mut fan_in = inputs as u64;
    for &units in hidden.iter().chain([&outputs]) {
        let units = units as u64;
        let weights = fan_in.saturating_mul(units);
        let biases = if bias { units } else { 0 };
        size.parameters = size.parameters.saturating_add(weights).saturating_add(biases);
        size.multiply_adds = size.multiply_adds.saturating_add(weights);
        size.activations = size.activations.saturating_add(units);
        fan_in = units;
    }
    size
}

/// A dense stack on the task's data.
pub(super) fn build_dense<R: Real>(shape: &Shape, head: Option<&Head>, task: &Task) -> DenseStack<R> {
    let criterion =
        Criterion::new(head, task.label_smoothing(), &task.dataset.targets, Rows::Samples, task.batch());
    DenseStack::new(task.isa, shape, criterion, &task.dataset.inputs, task.batch())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_the_formula() {
        // (20+1)*32 + (32+1)*32 + (32+1)*1
        assert_eq!(dense_size(20, &[32, 32], 1, true).parameters, 1761);
        assert_eq!(dense_size(20, &[], 16, false).parameters, 320);
        assert_eq!(dense_size(20, &[16, 16], 1, true).multiply_adds, 320 + 256 + 16);
    }

    #[test]
    fn absurd_sizes_saturate() {
        let size = dense_size(20, &[usize::MAX, usize::MAX], 1, true);
        assert_eq!(size.parameters, u64::MAX);
    }
}
