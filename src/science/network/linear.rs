//! A linear readout of the inputs: one neuron for two classes.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dense::Activation;
use super::mlp::{dense_size, train_dense};
use super::{Architecture, Size};
use crate::science::family::Item;
use crate::science::source::DataShape;
use crate::science::training::{Control, Interrupted, Task, Trained};

/// One dense layer from inputs to head. With two classes it is a single
/// neuron, which stores 2 bits per weight (Cover 1965).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Whether each output has a bias.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub bias: bool,
}

fn yes() -> bool {
    true
}

impl Item for Linear {
    const SUMMARY: &'static str = "one dense layer; a single neuron for two classes (Cover 1965)";

    fn example() -> Self {
        Self { bias: true }
    }
}

impl Architecture for Linear {
    fn size(&self, data: &DataShape) -> Size {
        dense_size(data, &[], self.bias)
    }

    fn has_hidden(&self) -> bool {
        false
    }

    fn train(&self, task: &Task, control: &mut dyn Control) -> Result<Trained, Interrupted> {
        train_dense(&[], Activation::Identity, self.bias, task, control)
    }
}
