//! An evaluation as tables: one row a cell, a trial, a setting or a verdict. Knows nothing of how a
//! table is written.

mod analyses;
mod origin;
mod parts;
mod regularization;
mod results;
mod trials;

pub use origin::Origin;
pub use regularization::regularization;
pub use results::results;
pub use trials::trials;

use super::Evaluation;
use crate::table::Table;

/// A table of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobTable {
    /// Every trial with its digest and what it measured, as they are stored.
    Trials,
    /// What follows from them.
    Evaluated(EvaluatedTable),
}

/// A table that an evaluation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluatedTable {
    /// What was measured in each cell.
    Results,
    /// The capacity of each setting of the axes beside samples.
    Capacities,
    /// Differences between cells, paired by replicate.
    Comparison,
    /// What the results say of each claim.
    Verdicts,
    /// Memorized bits and gaps of every knob.
    Regularization,
}

impl JobTable {
    /// Every table.
    pub const ALL: [Self; 6] = [
        Self::Evaluated(EvaluatedTable::Results),
        Self::Trials,
        Self::Evaluated(EvaluatedTable::Capacities),
        Self::Evaluated(EvaluatedTable::Comparison),
        Self::Evaluated(EvaluatedTable::Verdicts),
        Self::Evaluated(EvaluatedTable::Regularization),
    ];

    /// Name, as paths and files have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trials => "trials",
            Self::Evaluated(EvaluatedTable::Results) => "results",
            Self::Evaluated(EvaluatedTable::Capacities) => "capacities",
            Self::Evaluated(EvaluatedTable::Comparison) => "comparison",
            Self::Evaluated(EvaluatedTable::Verdicts) => "verdicts",
            Self::Evaluated(EvaluatedTable::Regularization) => "regularization",
        }
    }
}

impl EvaluatedTable {
    /// The table.
    #[must_use]
    pub fn of(self, evaluation: &Evaluation) -> Table<'_> {
        match self {
            Self::Results => results(evaluation, |_| true),
            Self::Capacities => analyses::capacities(evaluation),
            Self::Comparison => analyses::comparison(evaluation),
            Self::Verdicts => analyses::verdicts(evaluation),
            Self::Regularization => regularization(evaluation),
        }
    }
}
