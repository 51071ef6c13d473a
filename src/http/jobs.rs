//! Jobs: one file for each thing that can be done with them.

pub mod analysis;
pub mod cancel;
pub mod create;
pub mod events;
pub mod figure;
pub mod list;
pub mod results;
pub mod show;
pub mod trials;
pub mod view;

use super::{Problem, Service};
use crate::job::results::TrialOutcome;
use crate::job::{JobId, ValidJobSpec};
use crate::store::{JobRow, StoreError, TrialRow};

/// A job with its trials, read for a table or an analysis.
pub struct Whole {
    /// The job.
    pub row: JobRow,
    /// Its spec.
    pub spec: ValidJobSpec,
    /// Its trials, by number.
    pub trials: Vec<TrialRow>,
}

impl Whole {
    /// The trials as analyses see them.
    pub fn outcomes(&self) -> Result<Vec<TrialOutcome>, StoreError> {
        self.trials.iter().map(TrialRow::outcome).collect()
    }
}

/// Reads a whole job and makes something of it, off the threads that serve.
async fn with_whole<T: Send + 'static>(
    service: &Service,
    id: JobId,
    make: impl FnOnce(&Whole) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    let row = find(service, id).await?;
    let trials = service.store.trials(id).await?;
    blocking(move || {
        let spec = ValidJobSpec::from_stored(&row.spec_json)
            .map_err(|_| StoreError::Internal("a stored spec of another version".into()))?;
        make(&Whole { row, spec, trials })
    })
    .await?
    .map_err(Problem::from)
}

/// The job, or the problem that there is none.
async fn find(service: &Service, id: JobId) -> Result<JobRow, Problem> {
    service.store.job(id).await?.ok_or_else(|| StoreError::NotFound.into())
}

/// Runs what computes on a thread that may.
async fn blocking<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(compute).await.map_err(|_| Problem::internal())
}
