//! Calibrations of a build, and the certificate of the last one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Progress;
use crate::calibration::Certificate;
use crate::job::CalibrationState;

/// The calibration certificate of this build, and when it was issued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IssuedCertificate {
    /// When the calibration ended (RFC 3339, UTC).
    pub issued_at: String,
    /// The expected and measured values with their verdicts.
    #[serde(flatten)]
    pub certificate: Certificate,
}

/// What to calibrate with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRequest {
    /// Run only the cases that take seconds.
    #[serde(default)]
    pub quick: bool,
}

/// A calibration: the suite of known answers, run as jobs of the kind `calibration`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// Number of the calibration in this data directory, from 1.
    pub number: i64,
    /// Whether only the quick suite is run.
    pub quick: bool,
    /// State of the calibration.
    pub state: CalibrationState,
    /// Number of its jobs.
    pub jobs: i64,
    /// Number of its jobs that have ended.
    pub jobs_ended: i64,
    /// Number of their trials; a search adds more while it runs.
    pub trials: i64,
    /// Number of their trials that have ended.
    pub trials_ended: i64,
    /// Progress of the calibration, by its trials.
    pub progress: Progress,
    /// When it was asked for (RFC 3339, UTC).
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// When it ended (RFC 3339, UTC); `null` before.
    #[schemars(extend("format" = "date-time"))]
    pub finished_at: Option<String>,
    /// Paths of what belongs to it.
    pub links: CalibrationLinks,
}

/// Paths of what belongs to a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationLinks {
    /// The newest calibration.
    #[serde(rename = "self")]
    pub itself: String,
    /// Jobs of all calibrations.
    pub jobs: String,
    /// A POST to this path cancels the calibration that runs.
    pub cancel: String,
    /// The certificate of the last calibration that succeeded.
    pub certificate: String,
}
