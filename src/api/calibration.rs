//! The certificate of a build.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calibration::Certificate;

/// The calibration certificate of this build, and when it was issued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssuedCertificate {
    /// When the calibration ended (RFC 3339, UTC).
    pub issued_at: String,
    /// The expected and measured values with their verdicts.
    #[serde(flatten)]
    pub certificate: Certificate,
}
