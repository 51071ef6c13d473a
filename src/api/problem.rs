//! Problems.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::Fault;

/// A problem document (RFC 9457), media type `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProblemDocument {
    /// What kind of problem: `urn:bitgauge:problem:` and a word that stays the same.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, for people.
    pub detail: String,
    /// Every fault of the request, each with its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}
