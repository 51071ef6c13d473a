//! Answers to probes, and which program answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The body of a successful health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
}

/// Versions of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// Version of bitgauge.
    pub version: String,
    /// Identifier of the arithmetic that reports are computed with: builds with equal profiles
    /// give equal digests.
    pub numeric_profile: String,
    /// Version of the `SQLite` library.
    pub sqlite: String,
    /// What this client may do.
    pub access: CallerAccess,
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallerAccess {
    /// Everything.
    Full,
    /// Read, because its token is of the kind `read`.
    ReadOnlyToken,
    /// Read, because the server was started with `--read-only`.
    ReadOnlyServer,
}
