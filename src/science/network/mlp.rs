//! The multi-layer perceptron: a plain stack of dense layers.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dense::{Activation, DenseStack, Shape};
use super::{Architecture, Size};
use crate::science::family::Item;
use crate::science::source::{DataShape, TargetShape, Targets};
use crate::science::training::{self, Control, Interrupted, Task, Trained};

/// Dense layers of the given widths, the same activation after each, and a
/// linear head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
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
}

/// Activations of hidden units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HiddenActivation {
    /// `max(0, z)`, initial weights of variance `2 / fan_in` (He 2015).
    #[default]
    Relu,
    /// Hyperbolic tangent, initial weights of variance `1 / fan_in` (LeCun 1998).
    Tanh,
}

fn yes() -> bool {
    true
}

impl Item for Mlp {
    const SUMMARY: &'static str = "a stack of dense layers with a linear head";

    fn example() -> Self {
        Self { hidden: vec![32, 32], activation: HiddenActivation::Relu, bias: true }
    }
}

impl Architecture for Mlp {
    fn size(&self, data: &DataShape) -> Size {
        dense_size(data, &self.hidden, self.bias)
    }

    fn has_hidden(&self) -> bool {
        true
    }

    fn train(&self, task: &Task, control: &mut dyn Control) -> Result<Trained, Interrupted> {
        let activation = match self.activation {
            HiddenActivation::Relu => Activation::Relu,
            HiddenActivation::Tanh => Activation::Tanh,
        };
        train_dense(&self.hidden, activation, self.bias, task, control)
    }
}

/// Outputs that the head needs for these targets: two classes are read by one
/// logit.
#[must_use]
pub fn head_outputs(targets: TargetShape) -> usize {
    match targets {
        TargetShape::Classes { classes: 2 } => 1,
        TargetShape::Classes { classes } => classes,
    }
}

/// Size of a dense stack with these hidden widths.
pub(super) fn dense_size(data: &DataShape, hidden: &[usize], bias: bool) -> Size {
    let mut size = Size { parameters: 0, multiply_adds: 0, activations: data.inputs as u64 };
    let mut fan_in = data.inputs as u64;
    for &units in hidden.iter().chain([&head_outputs(data.targets)]) {
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

/// Trains a dense stack on the task's data.
pub(super) fn train_dense(
    hidden: &[usize],
    activation: Activation,
    bias: bool,
    task: &Task,
    control: &mut dyn Control,
) -> Result<Trained, Interrupted> {
    let Targets::Classes { labels, classes } = &task.dataset.targets;
    let shape = Shape {
        inputs: task.dataset.inputs.ncols(),
        hidden: hidden.to_vec(),
        classes: *classes,
        activation,
        bias,
    };
    let inputs = task.dataset.inputs.as_slice().expect("sources draw contiguous inputs");
    let model = DenseStack::new(task.isa, shape, task.label_smoothing(), inputs, labels, task.batch());
    training::run(model, task, control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(classes: usize) -> DataShape {
        DataShape { samples: 10, inputs: 20, targets: TargetShape::Classes { classes } }
    }

    #[test]
    fn parameters_follow_the_formula() {
        // (20+1)*32 + (32+1)*32 + (32+1)*1
        assert_eq!(dense_size(&data(2), &[32, 32], true).parameters, 1761);
        assert_eq!(dense_size(&data(16), &[], false).parameters, 320);
        assert_eq!(dense_size(&data(2), &[16, 16], true).multiply_adds, 320 + 256 + 16);
    }

    #[test]
    fn absurd_sizes_saturate() {
        let size = dense_size(&data(2), &[usize::MAX, usize::MAX], true);
        assert_eq!(size.parameters, u64::MAX);
    }
}
