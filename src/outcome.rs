//! Outcomes of trials, as they were stored. Knows the spec, and nothing of what follows from the
//! outcomes.

pub mod digest;
mod summary;

use crate::job::TrialState;
use crate::science::trial::{Measured, TrialReport};
use crate::spec::search::Probe;
use crate::spec::{Coordinates, ValidJobSpec};
pub use digest::Digest;
pub use summary::{Reported, TrialSummary};

/// The state of a trial and its report, if it has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialOutcome {
    /// Number of the trial in its job.
    pub number: u32,
    /// State of the trial.
    pub state: TrialState,
    /// The report, once the trial has ended.
    pub report: Option<TrialReport>,
    /// Digest of the report; `None` for a trial that is not reproducible.
    pub digest: Option<Digest>,
    /// The training that a search asked for, if the trial is one of a search.
    pub probe: Option<Probe>,
}

impl TrialOutcome {
    /// The measurements, if the trial succeeded.
    #[must_use]
    pub fn measured(&self) -> Option<&Measured> {
        match &self.report {
            Some(TrialReport::Succeeded(measured)) => Some(measured),
            _ => None,
        }
    }

    /// The value of a quantity, if the trial succeeded and has one.
    #[must_use]
    pub fn value(&self, quantity: &str) -> Option<f64> {
        self.measured()?.measurements.get(quantity).copied()
    }

    /// The coordinates of the trial's cell (of a search with the configuration that it chose) and
    /// the replicate.
    #[must_use]
    pub fn place(&self, job: &ValidJobSpec) -> (Coordinates, u64) {
        place(job, self.number, self.probe)
    }
}

fn place(job: &ValidJobSpec, number: u32, probe: Option<Probe>) -> (Coordinates, u64) {
    let Some(probe) = probe else {
        let (cell, replicate) = job.place(number);
        return (job.coordinates(cell), replicate);
    };
    let mut coordinates = job.coordinates(probe.cell);
    coordinates.0.insert("/dataset/samples".into(), probe.samples.into());
    coordinates.0.insert("/training/learning_rate".into(), probe.learning_rate.into());
    coordinates.0.insert("/training/steps".into(), probe.steps.into());
    (coordinates, probe.replicate)
}

/// The outcomes of each cell of a sweep, ordered by replicate.
#[must_use]
pub fn by_cell<'a>(job: &ValidJobSpec, outcomes: &'a [TrialOutcome]) -> Vec<Vec<&'a TrialOutcome>> {
    let mut cells: Vec<Vec<&TrialOutcome>> = vec![Vec::new(); job.cell_count()];
    for outcome in outcomes {
        cells[job.place(outcome.number).0].push(outcome);
    }
    for cell in &mut cells {
        cell.sort_by_key(|outcome| outcome.number);
    }
    cells
}
