//! The certificate of a build.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calibration::Certificate;

/// The certificate of this build, and when it was issued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssuedCertificate {
    /// When the suite ended.
    pub issued_at: String,
    /// What it said.
    #[serde(flatten)]
    pub certificate: Certificate,
}
