//! A job spec that was checked as a whole: only a [`ValidJobSpec`] can run.

use std::borrow::Cow::Borrowed;

use serde_json::Value;

use super::CellSpec;
use super::admission::{self, Limits, Plan};
use super::compatibility::never_held;
use super::coordinates::Coordinates;
use super::document::{Budget, JobSpec};
use super::lookup::CheckedClaim;
use super::part::Part;
use super::search::{HELD, Probe, Search};
use super::sweep::Sweep;
use crate::science::estimator::Estimator;
use crate::science::network::Network;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::science::training::Training;
use crate::science::trial::TrialSpec;

/// A job spec every cell of whose sweep can run.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidJobSpec {
    pub(super) document: Value,
    pub(super) common: Common,
    pub(super) sweep: Sweep,
    pub(super) parts: Parts,
    pub(super) plan: Plan,
    pub(super) claims: Vec<CheckedClaim>,
    pub(super) states_samples: bool,
}

/// What no sweep changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    /// Name of the job.
    pub name: String,
    /// The question that the job answers.
    pub question: String,
    /// Tags.
    pub tags: Vec<String>,
    /// What is searched for, if anything is.
    pub search: Option<Search>,
    /// Replicates of each cell.
    pub seeds: u32,
    /// Seed of all random number streams of the job.
    pub seed: u64,
    /// Whether trials take stored results of equal ones.
    pub reuse: bool,
    /// Limits on the resources of the job.
    pub budget: Budget,
    /// Claims as they were stated.
    pub(super) claims: Vec<super::claim::Claim>,
}

/// What a sweep may change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    pub(super) dataset: Part<Source>,
    pub(super) network: Part<Network>,
    pub(super) regularizers: Part<Vec<Regularizer>>,
    pub(super) training: Part<Training>,
    pub(super) estimators: Part<Vec<Estimator>>,
}

impl Common {
    pub(super) fn of(spec: JobSpec) -> Self {
        Self {
            name: spec.name,
            question: spec.question,
            tags: spec.tags,
            search: spec.search,
            seeds: spec.seeds,
            seed: spec.seed,
            reuse: spec.reuse,
            budget: spec.budget,
            claims: spec.claims,
        }
    }
}

impl ValidJobSpec {
    /// The document as it was sent.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Name, tags, seeds, budget: what is the same in every cell.
    #[must_use]
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// Estimated cost of all cells together; of a search that of its first trainings.
    #[must_use]
    pub(crate) fn plan_of_cells(&self) -> &Plan {
        &self.plan
    }

    /// The claims, each with the cells to which it applies.
    #[must_use]
    pub fn claims(&self) -> &[CheckedClaim] {
        &self.claims
    }

    /// The sweep.
    #[must_use]
    pub fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// How many cells the sweep has.
    ///
    /// # Panics
    /// Never: cells are limited.
    #[must_use]
    pub fn cell_count(&self) -> usize {
        self.sweep.count().and_then(|cells| usize::try_from(cells).ok()).expect("cells are limited")
    }

    /// A cell of the sweep.
    #[must_use]
    pub fn cell(&self, number: usize) -> CellSpec<'_> {
        let choices = self.sweep.choices(number);
        CellSpec {
            dataset: Borrowed(self.parts.dataset.at(&choices)),
            network: self.parts.network.at(&choices),
            regularizers: self.parts.regularizers.at(&choices),
            training: Borrowed(self.parts.training.at(&choices)),
            estimators: self.parts.estimators.at(&choices),
        }
    }

    /// Every cell of the sweep.
    #[must_use]
    pub fn cells(&self) -> impl ExactSizeIterator<Item = CellSpec<'_>> + Clone {
        (0..self.cell_count()).map(|number| self.cell(number))
    }

    /// Every estimator of any cell.
    pub fn estimators(&self) -> impl Iterator<Item = &Estimator> {
        self.parts.estimators.values().iter().flatten()
    }

    /// Every network of any cell.
    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        self.parts.network.values().iter()
    }

    /// Every training of any cell.
    pub fn trainings(&self) -> impl Iterator<Item = &Training> {
        self.parts.training.values().iter()
    }

    /// Where a cell lies in the sweep.
    #[must_use]
    pub fn coordinates(&self, cell: usize) -> Coordinates {
        self.sweep.coordinates(cell)
    }

    /// What the job searches for instead of sweeping over sizes.
    #[must_use]
    pub fn search(&self) -> Option<&Search> {
        self.common.search.as_ref()
    }

    /// At which share of missing bits a search ends trainings of this cell early, if it does.
    #[must_use]
    pub fn stop_when_held(&self, cell: &CellSpec) -> Option<f64> {
        let asks = self.search().is_some_and(|search| search.effort().stop_when_held);
        (asks && never_held(cell).is_none()).then_some(HELD)
    }

    /// Whether a trial of this cell fits into what one may use of memory and time.
    #[must_use]
    pub fn may_run(&self, cell: &CellSpec) -> bool {
        admission::faults(&cell.cost(), &self.common.budget, &Limits::default()).is_empty()
    }

    /// Whether the spec says how many samples there are.
    #[must_use]
    pub fn states_samples(&self) -> bool {
        self.states_samples
    }

    /// Cell and replicate of a trial of a sweep. Replicates are the outer loop, so that the
    /// whole sweep is seen early with few of them.
    #[must_use]
    pub fn place(&self, trial: u32) -> (usize, u64) {
        let (trial, cells) = (trial as usize, self.cell_count());
        (trial % cells, (trial / cells) as u64)
    }

    /// The trial of this number of a sweep.
    #[must_use]
    pub fn trial(&self, trial: u32) -> TrialSpec {
        let (cell, replicate) = self.place(trial);
        self.cell(cell).trial(self.common.seed, replicate)
    }

    /// The trial that a search wants; `None` when the source has no dataset of such a size, or
    /// the sweep no such cell.
    #[must_use]
    pub fn trial_at(&self, probe: &Probe) -> Option<TrialSpec> {
        if probe.cell >= self.cell_count() {
            return None;
        }
        let cell = probe.setting().cell(&self.cell(probe.cell))?;
        let mut trial = cell.trial(self.common.seed, probe.replicate);
        if trial.training.stop_when_held.is_none() {
            trial.training.stop_when_held = self.stop_when_held(&cell);
        }
        Some(trial)
    }
}
