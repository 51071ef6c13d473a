//! The store as a work queue: its claims become assignments that carry all a worker needs.

use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{ClaimedTrial, Happened, Hint, KnownRun, Store, StoreError};
use crate::science::trial::TrialSpec;
use crate::spec::ValidJobSpec;
use crate::work::{
    Assignment, CheckpointReference, Completed, Completion, Lease, Notice, Notices, Renewal, WorkError,
    WorkQueue,
};

/// The trials of a store, for workers. Clones share it.
#[derive(Debug, Clone)]
pub struct StoreQueue(Store);

impl StoreQueue {
    /// The queue of this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// What a claimed trial runs; where this version cannot tell, why.
    async fn assignment(&self, claimed: &ClaimedTrial) -> Result<Claimed, StoreError> {
        let Lease { job, number, .. } = claimed.lease;
        let spec = match self.0.spec(job).await {
            Ok(Ok(spec)) => spec,
            Ok(Err(unreadable)) => return Ok(Claimed::Unreadable(unreadable.to_string())),
            // the others of the queue do not wait for it
            Err(damaged @ StoreError::Corrupt { .. }) => return Ok(Claimed::Unreadable(damaged.to_string())),
            Err(error) => return Err(error),
        };
        let Some(trial) = trial_of(&spec, claimed) else {
            return Ok(Claimed::Unreadable("this version does not read what a search wanted".to_owned()));
        };
        // what is run again to be compared must be run
        if spec.common().reuse
            && !claimed.is_verification
            && let Some(known) = self.0.known_run(&trial).await?
        {
            return Ok(Claimed::Known(known));
        }
        let step = claimed.checkpoint_step.and_then(|step| u64::try_from(step).ok());
        Ok(Claimed::ToRun(Box::new(Assignment {
            lease: claimed.lease,
            attempt: claimed.attempt,
            trial,
            trial_seconds: spec.common().budget.trial_seconds,
            checkpoint: step.map(|step| CheckpointReference { job, number, step }),
            passed_over: None,
        })))
    }
}

/// What became of a claim.
enum Claimed {
    /// It must be run.
    ToRun(Box<Assignment>),
    /// An equal trial had run: its result is this one's.
    Known(KnownRun),
    /// This version cannot tell what to run, and why.
    Unreadable(String),
}

fn trial_of(spec: &ValidJobSpec, claimed: &ClaimedTrial) -> Option<TrialSpec> {
    match &claimed.point_json {
        Some(json) => spec.trial_at(&serde_json::from_str(json).ok()?),
        None => Some(spec.trial(claimed.lease.number)),
    }
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Closed => Self::Closed,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

impl WorkQueue for StoreQueue {
    type Notices = StoreNotices;

    fn notices(&self) -> StoreNotices {
        StoreNotices(self.0.subscribe())
    }

    async fn claim(&self, worker: &str, lease: Duration, room: u64) -> Result<Option<Assignment>, WorkError> {
        let mut passed_over = None;
        loop {
            let Some(claimed) = self.0.claim_within(worker, milliseconds(lease), room).await? else {
                return Ok(None);
            };
            passed_over = passed_over.or(claimed.passed_over);
            match self.assignment(&claimed).await? {
                Claimed::ToRun(mut assignment) => {
                    let bytes = assignment.trial.cost().bytes;
                    if bytes <= room {
                        assignment.passed_over = passed_over;
                        return Ok(Some(*assignment));
                    }
                    self.0.release_large(claimed.lease, bytes).await?;
                }
                Claimed::Known(known) => {
                    self.0.complete_known(claimed.lease, known).await?;
                }
                Claimed::Unreadable(detail) => {
                    self.0.complete(claimed.lease, Completion::Failed { detail }).await?;
                }
            }
        }
    }

    async fn renew(&self, lease: Lease, by: Duration) -> Result<Renewal, WorkError> {
        Ok(self.0.heartbeat(lease, milliseconds(by)).await?)
    }

    async fn save_checkpoint(&self, lease: Lease, step: u64, state: Vec<u8>) -> Result<(), WorkError> {
        Ok(self.0.save_checkpoint(lease, step, state).await?)
    }

    async fn load_checkpoint(&self, reference: CheckpointReference) -> Result<Option<Vec<u8>>, WorkError> {
        let saved = self.0.checkpoint(reference.job, reference.number).await?;
        Ok(saved.map(|checkpoint| checkpoint.state))
    }

    async fn complete(&self, lease: Lease, completion: Completion) -> Result<Completed, WorkError> {
        let run = self.0.run_digest(lease).await?;
        Ok(self.0.complete_run(lease, completion, run, None).await?)
    }

    async fn complete_for(
        &self,
        lease: Lease,
        completion: Completion,
        worker: &str,
    ) -> Result<Completed, WorkError> {
        let run = self.0.run_digest(lease).await?;
        Ok(self.0.complete_run(lease, completion, run, Some(worker.to_owned())).await?)
    }

    async fn release(&self, lease: Lease) -> Result<(), WorkError> {
        Ok(self.0.release(lease).await?)
    }
}

/// What the store tells of its jobs, as hints for workers.
#[derive(Debug)]
pub struct StoreNotices(Receiver<Happened>);

impl Notices for StoreNotices {
    async fn next(&mut self) -> Notice {
        loop {
            match self.0.recv().await {
                Ok(Happened { hint: Hint::Work, .. }) => return Notice::Work,
                Ok(Happened { job, hint: Hint::Cancelled, .. }) => return Notice::Cancelled(job),
                Ok(Happened { job, hint: Hint::Paused, .. }) => return Notice::Paused(job),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Notice::Missed,
                Err(RecvError::Closed) => return Notice::Closed,
            }
        }
    }
}
