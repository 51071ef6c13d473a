//! Admission: what a job would cost, and what is refused before it runs.
//!
//! What is refused depends on the spec and on stated budgets alone: time is that of the reference
//! machine, whatever this one takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CellSpec;
use super::document::Budget;
use super::fault::Fault;
use crate::science::trial::cost::Cost;
use crate::science::trial::work::{Speed, Workload};

/// What a server accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Trials of one job.
    pub trials: u64,
    /// Cells of one job: each has results and analyses of its own.
    pub cells: u64,
    /// Memory of one trial: no more than all workers may use together.
    pub trial_bytes: u64,
    /// Verdicts of one job: every claim in every cell to which it applies.
    pub verdicts: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { trials: 100_000, cells: 10_000, trial_bytes: 4 << 30, verdicts: 100_000 }
    }
}

/// Estimated cost of a job, computed without running it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Number of cells of the sweep.
    pub cells: u64,
    /// Number of trials: cells times `seeds`; of a search the trials of its first round.
    pub trials: u64,
    /// Range of the number of trainable parameters over the cells.
    pub parameters: Span<u64>,
    /// Range of the information content of the dataset over the cells, in bits.
    pub dataset_bits: Span<f64>,
    /// Estimated memory of the largest trial, in bytes.
    pub estimated_bytes: u64,
    /// Estimated number of floating-point operations of all trials together; of a search those of
    /// its whole work limit.
    pub estimated_flop: f64,
    /// Estimated run time of all trials, one after the other, on one core, in seconds; of a search
    /// that of its whole work limit.
    pub estimated_seconds: f64,
    /// Estimated run time of the longest trial on one core, in seconds.
    pub estimated_trial_seconds: f64,
    /// Estimated time from the start of the job to its end when no other job runs, in seconds: all
    /// workers run trials, as far as memory allows.
    #[serde(default)]
    pub estimated_wall_seconds: f64,
    /// What the estimated times are based on.
    #[serde(default)]
    pub estimated_on: EstimatedOn,
    /// Work of all trials by kind, and of the longest one.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) work: [Workload; 2],
}

/// What estimated times are based on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EstimatedOn {
    /// The reference machine (a server core with AVX-512): rough, another machine may take several
    /// times as long.
    #[default]
    ReferenceMachine,
    /// The speed of this machine, measured when it started: a factor of 2 is aimed at.
    ThisMachine,
}

/// The range of a number over the cells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Span<T> {
    /// Smallest value.
    pub min: T,
    /// Largest value.
    pub max: T,
}

/// Who would run a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Trials at the same time.
    pub workers: usize,
    /// Bytes that all running trials may hold together.
    pub memory: u64,
    /// How fast it is, once that was measured.
    pub speed: Option<Speed>,
}

impl Plan {
    /// The plan on such a machine.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn on(mut self, machine: &Machine) -> Self {
        let speed = machine.speed.unwrap_or_default();
        let [all, longest] = self.work;
        self.estimated_seconds = speed.seconds(&all);
        self.estimated_trial_seconds = speed.seconds(&longest);
        let room = (machine.memory / self.estimated_bytes.max(1)).max(1);
        let together = (machine.workers.max(1) as u64).min(room).min(self.trials.max(1)) as f64;
        let crowded = if together > 1.0 { speed.crowded } else { 1.0 };
        let shared = self.estimated_seconds * crowded / together;
        self.estimated_wall_seconds = shared.max(self.estimated_trial_seconds * crowded);
        if machine.speed.is_some() {
            self.estimated_on = EstimatedOn::ThisMachine;
        }
        self
    }

    /// The plan of so many of its trials, of a number that may be broken.
    pub(crate) fn times(&mut self, times: f64) {
        self.estimated_flop *= times;
        self.estimated_seconds *= times;
        self.work[0] = self.work[0] * times;
        self.estimated_wall_seconds = (self.estimated_wall_seconds * times).max(self.estimated_trial_seconds);
    }
}

/// A fault of a cell whose cost exceeds a limit, and by which factor it does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Excess {
    pub(super) fault: Fault,
    pub(super) factor: f64,
}

impl Excess {
    /// The same with its fault moved.
    pub(super) fn at(self, place: impl FnOnce(Fault) -> Fault) -> Self {
        Self { fault: place(self.fault), ..self }
    }
}

/// The faults of a cell whose cost exceeds the limits.
#[expect(clippy::cast_precision_loss, reason = "it is only compared")]
pub(super) fn faults(cost: &Cost, budget: &Budget, limits: &Limits) -> Vec<Excess> {
    let mut faults = Vec::new();
    if cost.bytes > limits.trial_bytes {
        let place = if cost.size.parameters > limits.trial_bytes / 32 { "/network" } else { "/dataset" };
        let detail = format!(
            "a trial would need an estimated {} bytes of memory, at most {} are allowed",
            cost.bytes, limits.trial_bytes
        );
        let factor = cost.bytes as f64 / limits.trial_bytes as f64;
        faults.push(Excess { fault: Fault::new(place, detail), factor });
    }
    // what a trial takes before it starts and after it ended is not counted against it
    let seconds = Workload { trials: 0.0, ..cost.work }.reference_seconds();
    if seconds > budget.trial_seconds {
        let detail = format!(
            "a trial is estimated to take {seconds:.3} seconds on the reference machine, more than the {} seconds of /budget/trial_seconds",
            budget.trial_seconds
        );
        let fault = Fault::new("/training/steps", detail);
        faults.push(Excess { fault, factor: seconds / budget.trial_seconds });
    }
    faults
}

/// Says how far a sweep is beyond the limit.
pub(super) fn too_many_trials(trials: Option<u64>, most: u64) -> String {
    let trials = trials.map_or_else(|| format!("more than {}", u64::MAX), |trials| trials.to_string());
    format!("{trials} trials (cells times replicates), at most {most} are allowed")
}

/// Says how many cells are too many.
pub(super) fn too_many_cells(cells: u64, most: u64) -> String {
    format!("{cells} cells, at most {most} are allowed")
}

/// The plan of a job, cell by cell.
#[derive(Debug, Default)]
pub(super) struct Tally {
    cells: u64,
    parameters: Option<Span<u64>>,
    dataset_bits: Option<Span<f64>>,
    bytes: u64,
    work: Workload,
    longest: Workload,
}

impl Tally {
    /// One more cell.
    pub(super) fn add(&mut self, cell: &CellSpec, cost: Cost) {
        let (parameters, bits) = (cost.size.parameters, cell.dataset_bits());
        self.cells += 1;
        let known = self.parameters.unwrap_or(Span { min: parameters, max: parameters });
        self.parameters = Some(Span { min: known.min.min(parameters), max: known.max.max(parameters) });
        let known = self.dataset_bits.unwrap_or(Span { min: bits, max: bits });
        self.dataset_bits = Some(Span { min: known.min.min(bits), max: known.max.max(bits) });
        self.bytes = self.bytes.max(cost.bytes);
        self.work = self.work + cost.work;
        if cost.work.reference_seconds() > self.longest.reference_seconds() {
            self.longest = cost.work;
        }
    }

    /// The plan of so many replicates of each cell.
    pub(super) fn plan(self, seeds: u32) -> Plan {
        let all = self.work * f64::from(seeds);
        Plan {
            cells: self.cells,
            trials: self.cells * u64::from(seeds),
            parameters: self.parameters.unwrap_or(Span { min: 0, max: 0 }),
            dataset_bits: self.dataset_bits.unwrap_or(Span { min: 0.0, max: 0.0 }),
            estimated_bytes: self.bytes,
            estimated_flop: all.flop(),
            estimated_seconds: all.reference_seconds(),
            estimated_trial_seconds: self.longest.reference_seconds(),
            estimated_wall_seconds: all.reference_seconds(),
            estimated_on: EstimatedOn::ReferenceMachine,
            work: [all, self.longest],
        }
    }
}

/// The plan of these cells.
#[must_use]
pub fn plan<'a>(cells: impl Iterator<Item = CellSpec<'a>>, seeds: u32) -> Plan {
    let mut tally = Tally::default();
    cells.for_each(|cell| tally.add(&cell, cell.cost()));
    tally.plan(seeds)
}

#[cfg(test)]
mod tests;
