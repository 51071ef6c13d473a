//! Whether something holds, as far as an interval can tell.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The whole interval satisfies the relation.
    Yes,
    /// No part of the interval satisfies the relation.
    No,
    /// Only a part of the interval satisfies the relation, or there is no measured value.
    Open,
}
