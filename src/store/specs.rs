//! Specs of jobs, read once: a sweep is checked when it is first asked for, and kept while
//! it is in use.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::job::JobId;
use crate::spec::{Rejection, ValidJobSpec};

/// Jobs whose specs are kept.
const KEPT: usize = 32;

/// A spec that some other version stored, or whose job is gone.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UnreadableSpec {
    /// The job was deleted.
    #[error("the job was deleted")]
    Deleted,
    /// This version does not accept it.
    #[error("this version does not read the stored spec: {0}")]
    Rejected(String),
}

pub(super) type Known = Arc<OnceCell<Result<Arc<ValidJobSpec>, UnreadableSpec>>>;

/// The specs that are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Specs(Arc<Mutex<VecDeque<(JobId, Known)>>>);

impl Specs {
    /// The place of a job's spec, the same for all who ask while it is kept.
    pub(super) fn place(&self, job: JobId) -> Known {
        // the list is whole after every statement, so a panic elsewhere cannot have broken it
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(i) = all.iter().position(|(id, _)| *id == job) {
            let found = all.remove(i).expect("it was found there");
            all.push_back(found.clone());
            return found.1;
        }
        if all.len() == KEPT {
            all.pop_front();
        }
        let place = Known::default();
        all.push_back((job, Arc::clone(&place)));
        place
    }

    /// Forgets the spec of a job that was deleted.
    pub(super) fn forget(&self, job: JobId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| *id != job);
    }
}

impl UnreadableSpec {
    /// Why this version does not read it.
    pub(super) fn of(rejection: &Rejection) -> Self {
        let faults = rejection.faults().iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail));
        Self::Rejected(faults.collect::<Vec<_>>().join("; "))
    }
}
