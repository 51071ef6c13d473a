//! Problems.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::Fault;

/// A problem document (RFC 9457), media type `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProblemDocument {
    /// URI of the problem type: `urn:bitgauge:problem:` and a stable identifier.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reason phrase of the HTTP status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Explanation of this occurrence, for people.
    pub detail: String,
    /// Every fault of the request, each with a JSON pointer to its location.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}
