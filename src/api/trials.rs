//! Trials.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::TrialState;
use crate::outcome::Digest;
use crate::science::trial::TrialReport;
use crate::spec::Coordinates;

/// Every trial, by number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialList {
    /// The trials.
    pub items: Vec<TrialView>,
}

/// A trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialView {
    /// Its number in the job.
    pub trial: u32,
    /// Pointer and value of every axis.
    pub cell: Coordinates,
    /// Which independent repetition of data, initial weights and noise it is; the same in every
    /// cell.
    pub replicate: u64,
    /// Where it stands.
    pub state: TrialState,
    /// How often it was started and not given back.
    pub attempts: i64,
    /// How long the whole trial took: drawing the data, training and measuring.
    pub seconds: Option<f64>,
    /// Why it failed.
    pub detail: Option<String>,
    /// SHA-256 of its report: equal on every machine. Absent of a trial that cannot be repeated.
    pub digest: Option<Digest>,
    /// What it reported.
    pub report: Option<TrialReport>,
}
