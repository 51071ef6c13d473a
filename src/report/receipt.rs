//! What the report states of a job beside its evaluation: where it stands, when it ran, and on what.

use crate::calibration::Certificate;
use crate::evaluation::tables::Origin;

/// What is known of a job beside its evaluation.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Where its rows come from.
    pub origin: Origin,
    /// Where it stands.
    pub state: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The spec as it was sent.
    pub spec: serde_json::Value,
    /// When it was accepted, when its first trial began and when it ended (RFC 3339, UTC).
    pub times: [Option<String>; 3],
    /// Whether its claims were stated before any trial of the same kind had been run; `None` without
    /// claims, or where it is not known.
    pub claims_before_looking: Option<bool>,
    /// The certificate of this build, and when it was issued.
    pub certificate: Option<(String, Certificate)>,
    /// The machine that writes the report, and versions of what it uses.
    pub machine: String,
}
