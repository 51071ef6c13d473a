//! An evaluation of a job as it is kept, what it depends on, and why there may be none.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::evaluation::Evaluation;
use crate::job::JobState;
use crate::store::{Counts, JobRow, StoreError, UnreadableSpec};

/// An evaluation with texts that were made of it, each once.
#[derive(Debug)]
pub struct Evaluated {
    evaluation: Evaluation,
    analysis: OnceLock<Arc<[u8]>>,
    results: OnceLock<Arc<[u8]>>,
}

impl Evaluated {
    pub(super) fn new(evaluation: Evaluation) -> Self {
        Self { evaluation, analysis: OnceLock::new(), results: OnceLock::new() }
    }

    /// The text of the analyses, made by `make` when it is first asked for.
    pub fn analysis(&self, make: impl FnOnce(&Evaluation) -> Vec<u8>) -> Arc<[u8]> {
        Arc::clone(self.analysis.get_or_init(|| make(&self.evaluation).into()))
    }

    /// The text of the results, made by `make` when it is first asked for.
    pub fn results(&self, make: impl FnOnce(&Evaluation) -> Vec<u8>) -> Arc<[u8]> {
        Arc::clone(self.results.get_or_init(|| make(&self.evaluation).into()))
    }

    /// Memory, roughly: what a trial, a verdict and a cell were seen to take, and the texts so far.
    pub(super) fn bytes(&self) -> usize {
        let Evaluation { outcomes, results, analyses, verdicts, .. } = &self.evaluation;
        1500 * outcomes.len()
            + 2000 * verdicts.len()
            + 6000 * results.len()
            + 1000 * analyses.comparison.len()
            + [&self.analysis, &self.results]
                .map(|text| text.get().map_or(0, |text| text.len()))
                .iter()
                .sum::<usize>()
    }
}

impl Deref for Evaluated {
    type Target = Evaluation;

    fn deref(&self) -> &Evaluation {
        &self.evaluation
    }
}

/// Why a job has no evaluation.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EvaluationError {
    /// There is no such job.
    #[error("no such job")]
    NotFound,
    /// This version does not read its spec.
    #[error(transparent)]
    Unreadable(#[from] UnreadableSpec),
    /// The database cannot be read.
    #[error("{0}")]
    Store(Arc<StoreError>),
    /// The computation panicked.
    #[error("an evaluation panicked")]
    Panicked,
    /// Everybody left before it was done.
    #[error("nobody waited for the evaluation")]
    GivenUp,
}

impl From<StoreError> for EvaluationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Store(Arc::new(other)),
        }
    }
}

/// What an evaluation depends on: how many trials stand in which state, and when the job ended. A
/// retry may come to the same counts by other trials: then the end is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    state: JobState,
    counts: Counts,
    finished_ms: Option<i64>,
}

impl Version {
    pub(super) fn of(row: &JobRow) -> Self {
        Self { state: row.state, counts: row.counts, finished_ms: row.finished_ms }
    }
}

pub(super) type Outcome = Result<Arc<Evaluated>, EvaluationError>;
