//! The standard start: as the network draws it.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Start;
use crate::science::family::Item;
use crate::science::layout::Layout;

/// Normal weights of variance `2 / fan_in` before rectifiers, else `1 / fan_in`;
/// biases zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Standard {}

impl Item for Standard {
    const SUMMARY: &'static str =
        "normal weights of variance 2/fan_in before rectifiers, else 1/fan_in (He 2015, LeCun 1998)";

    fn example() -> Self {
        Self {}
    }
}

impl Start for Standard {
    fn change(&self, _layout: &Layout, _parameters: &mut [f32]) {}
}
