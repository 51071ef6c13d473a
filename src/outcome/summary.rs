//! What a table of trials states of each: a report is read no further than that, for a table may have
//! millions of rows.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Digest, place};
use crate::job::TrialState;
use crate::spec::search::Probe;
use crate::spec::{Coordinates, ValidJobSpec};

/// A trial with its measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialSummary {
    /// Number of the trial in its job.
    pub number: u32,
    /// State of the trial.
    pub state: TrialState,
    /// Seconds that it took on the worker that ran it.
    pub seconds: Option<f64>,
    /// Digest of the report; `None` for a trial that is not reproducible.
    pub digest: Option<Digest>,
    /// What the report says, once the trial has ended.
    pub reported: Option<Reported>,
    /// The training that a search asked for, if the trial is one of a search.
    pub probe: Option<Probe>,
}

/// The part of a report that tables show.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Reported {
    /// Arithmetic that made the numbers.
    pub numeric_profile: String,
    /// Value of each quantity; none where training diverged.
    #[serde(default)]
    pub measurements: BTreeMap<String, f64>,
}

impl TrialSummary {
    /// The value of a quantity, if the trial has one.
    #[must_use]
    pub fn value(&self, quantity: &str) -> Option<f64> {
        self.reported.as_ref()?.measurements.get(quantity).copied()
    }

    /// The coordinates of the trial's cell and the replicate, as those of an outcome.
    #[must_use]
    pub fn place(&self, job: &ValidJobSpec) -> (Coordinates, u64) {
        place(job, self.number, self.probe)
    }
}
