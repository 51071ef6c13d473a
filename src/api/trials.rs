//! Trials.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::TrialState;
use crate::outcome::Digest;
use crate::science::trial::TrialReport;
use crate::spec::Coordinates;

/// Trials of a job, ordered by number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialList {
    /// The trials.
    pub items: Vec<TrialView>,
    /// Cursor of the next page, `null` on the last; only where pages were asked for (`limit` or `cursor`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Option<String>>,
}

/// A trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialView {
    /// Number of the trial in its job, from 0.
    pub trial: u32,
    /// Coordinates of the trial's cell: the path of every sweep axis with its value.
    pub cell: Coordinates,
    /// Number of the replicate (an independent repetition of data, initial weights and noise);
    /// trials of different cells with equal numbers form pairs.
    pub replicate: u64,
    /// State of the trial.
    pub state: TrialState,
    /// How many times the trial was started, not counting starts that a worker gave back.
    pub attempts: i64,
    /// Wall time of the whole trial in seconds: drawing the data, training and measuring.
    pub seconds: Option<f64>,
    /// Why the trial failed; `null` if it did not.
    pub detail: Option<String>,
    /// SHA-256 of the report, equal on every machine; `null` before the trial ends and for a trial
    /// that is not reproducible (`hogwild`).
    pub digest: Option<Digest>,
    /// The trial whose result this one took instead of being trained, as the id of its job, `/` and
    /// its number; `null` of a trial that was trained.
    pub reused_from: Option<String>,
    /// The report, once the trial has ended.
    pub report: Option<TrialReport>,
}
