//! Coordinates: where a cell lies in a sweep, as it is read and written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Coordinates of a cell: the path of each sweep axis with the cell's value on it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Coordinates(pub Map<String, Value>);
