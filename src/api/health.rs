//! Answers to probes, and which program answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a probe sees when all is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
}

/// Which program answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// Version of bitgauge.
    pub version: String,
    /// Arithmetic of the reports: equal profiles give equal digests.
    pub numeric_profile: String,
    /// Version of the `SQLite` library.
    pub sqlite: String,
}
