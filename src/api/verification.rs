//! Verifications: trials that were run again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::JobId;

/// Which trials of a job to run again: some by number, a sample, or all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationRequest {
    /// Numbers of the trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<Vec<u32>>,
    /// Number of trials, spread evenly over those that can be verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<u32>,
}

/// What running trials again has shown so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// The job whose trials are run again; it may have been deleted since.
    pub origin: JobId,
    /// Whether the digests agree.
    pub verdict: Agreement,
    /// Number of trials that are run again.
    pub trials: i64,
    /// Number of trials with the same digest as before.
    pub equal: i64,
    /// Number of trials with another digest than before.
    pub differing: i64,
    /// Number of trials that ended without a digest: failed or cancelled.
    pub without_digest: i64,
    /// Number of trials that have not ended yet.
    pub pending: i64,
    /// Trials of the origin that are left out.
    pub left_out: LeftOut,
    /// Trials with another digest than before; the first 100.
    pub differences: Vec<Difference>,
}

/// Whether the digests of trials that were run again agree with the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// Trials are still to run, and none has differed so far.
    Pending,
    /// Every trial gave the same digest.
    Equal,
    /// At least one trial gave another digest: determinism is broken.
    Different,
    /// No trial differed, but at least one ended without a digest.
    Incomplete,
}

/// Number of trials of a job that a verification leaves out, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Trials that ended without a report or have not ended.
    pub without_report: u64,
    /// Trials that are not reproducible (`hogwild`).
    pub not_reproducible: u64,
    /// Trials that were computed by a build with another arithmetic (`numeric_profile`).
    pub other_arithmetic: u64,
    /// Trials that could be verified, but were not asked for.
    pub not_asked_for: u64,
}

/// A trial with two digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Number of the trial, in both jobs.
    pub trial: u32,
    /// Digest of the trial in the origin.
    pub expected_digest: String,
    /// Digest of the trial in the verification.
    pub digest: String,
}
