//! The port between who has trials and who runs them. A worker knows this and neither a
//! store nor SQL; whoever has trials implements [`WorkQueue`].
//!
//! A trial is a pure function, so running it twice is harmless as long as completing it is
//! fenced: every claim raises the trial's epoch, and only the holder of the last claim may
//! renew, save or complete. For a transport that delivers ahead of work, publishing is
//! claiming: it raises the epoch, a redelivery keeps it, and publishing again raises it once
//! more. Completing is idempotent by digest: a result that comes twice changes nothing, and
//! two results that differ are an alarm.

pub mod memory;
pub mod turns;

use std::future::Future;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::{JobId, TrialState};
use crate::outcome::Digest;
use crate::science::trial::{TrialReport, TrialSpec};

/// The right to run a trial until some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The trial's number in it.
    pub number: u32,
    /// Which claim of the trial this is; later ones fence it off.
    pub epoch: i64,
}

/// Everything that a worker needs to run a trial, wherever it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The right to run it.
    pub lease: Lease,
    /// How often the trial was claimed and not given back, this time included.
    pub attempt: i64,
    /// What to run.
    pub trial: TrialSpec,
    /// Wall time after which the trial fails, in seconds.
    pub trial_seconds: f64,
    /// The last checkpoint that an earlier claim left, if there is one.
    pub checkpoint: Option<CheckpointReference>,
    /// The first trial of the queue, where it needed more room than the worker had and was passed over.
    #[serde(default)]
    pub passed_over: Option<(JobId, u32)>,
}

/// Names a checkpoint. Its bytes are fetched when they are needed: they may be hundreds of
/// megabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CheckpointReference {
    /// The job.
    pub job: JobId,
    /// The trial's number in it.
    pub number: u32,
    /// Steps taken by then.
    pub step: u64,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// With a report.
    Reported {
        /// [`TrialState::Succeeded`] or [`TrialState::Diverged`].
        state: TrialState,
        /// The report as JSON: its bytes are what the digest is of.
        report: String,
        /// The report's digest; none of a trial that cannot be repeated.
        digest: Option<Digest>,
        /// How long the trial took.
        seconds: f64,
    },
    /// Without a result.
    Failed {
        /// Why.
        detail: String,
    },
    /// Its process ended, and nothing else ran in it. The trial is tried again after a while, and
    /// fails after [`MOST_DEATHS`].
    Died {
        /// How the process ended.
        detail: String,
    },
}

/// So many processes may end by one trial.
pub const MOST_DEATHS: u32 = 3;

/// How long a trial by which so many processes ended waits before it is tried again.
#[must_use]
pub fn wait_after(deaths: u32) -> Duration {
    Duration::from_secs(4_u64.saturating_pow(deaths.saturating_sub(1)).min(60))
}

/// What is said of a trial by which too many processes ended.
#[must_use]
pub fn given_up(deaths: u32, detail: &str) -> String {
    format!("ended the process that ran it {deaths} times, the last one {detail}")
}

impl Completion {
    /// The completion of a trial that reported after so many seconds.
    #[must_use]
    pub fn of(report: &TrialReport, seconds: f64) -> Self {
        let state = match report {
            TrialReport::Succeeded(_) => TrialState::Succeeded,
            TrialReport::Diverged(_) => TrialState::Diverged,
        };
        match serde_json::to_string(report) {
            Ok(json) => {
                // what cannot be repeated must not be compared
                let digest = report.is_reproducible().then(|| Digest::of(json.as_bytes()));
                Self::Reported { state, report: json, digest, seconds }
            }
            Err(error) => Self::Failed { detail: error.to_string() },
        }
    }
}

/// What became of a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completed {
    /// It was stored.
    Stored,
    /// The trial had ended with a result before; nothing changed.
    Already,
    /// The trial had ended with another result before; nothing changed, and the alarm was raised.
    Differs,
    /// The lease was lost to a later claim or a cancellation; nothing changed.
    Fenced,
}

/// Whether a lease still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// It does, for as long again.
    Held,
    /// It does, but the job was paused: the trial is to be saved and given back.
    Paused,
    /// It was lost to a later claim, a cancellation or a completion.
    Lost,
}

/// A hint that something changed. Hints may be lost: whoever waits for one looks again after
/// a while anyhow, and a lease tells whether its trial was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// There may be trials to claim.
    Work,
    /// The trials of this job are to stop.
    Cancelled(JobId),
    /// The trials of this job are to be saved and given back.
    Paused(JobId),
    /// Notices were lost.
    Missed,
    /// The queue is closed: nothing follows.
    Closed,
}

/// Hints as they come.
pub trait Notices: Send + 'static {
    /// The next one.
    fn next(&mut self) -> impl Future<Output = Notice> + Send;
}

/// Why a queue did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// It was closed; nothing more can be asked of it.
    #[error("the work queue is closed")]
    Closed,
    /// It cannot be reached or written now.
    #[error("the work queue is unavailable: {0}")]
    Unavailable(String),
}

/// Who has trials, as workers see it.
pub trait WorkQueue: Clone + Send + Sync + 'static {
    /// Hints that something changed.
    type Notices: Notices;

    /// Hints from now on.
    fn notices(&self) -> Self::Notices;

    /// Claims the next trial that needs at most so many bytes of memory; nothing where none waits.
    fn claim(
        &self,
        worker: &str,
        lease: Duration,
        room: u64,
    ) -> impl Future<Output = Result<Option<Assignment>, WorkError>> + Send;

    /// Prolongs a lease.
    fn renew(&self, lease: Lease, by: Duration) -> impl Future<Output = Result<Renewal, WorkError>> + Send;

    /// Saves where a running trial stands; does nothing when the lease was lost.
    fn save_checkpoint(
        &self,
        lease: Lease,
        step: u64,
        state: Vec<u8>,
    ) -> impl Future<Output = Result<(), WorkError>> + Send;

    /// Fetches a checkpoint; nothing where it is gone.
    fn load_checkpoint(
        &self,
        reference: CheckpointReference,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, WorkError>> + Send;

    /// Stores how a trial ended, if the lease still holds.
    fn complete(
        &self,
        lease: Lease,
        completion: Completion,
    ) -> impl Future<Output = Result<Completed, WorkError>> + Send;

    /// The same for a worker elsewhere, by whose name it is remembered.
    fn complete_for(
        &self,
        lease: Lease,
        completion: Completion,
        _worker: &str,
    ) -> impl Future<Output = Result<Completed, WorkError>> + Send {
        self.complete(lease, completion)
    }

    /// Gives a trial back unfinished, as if it had not been claimed.
    fn release(&self, lease: Lease) -> impl Future<Output = Result<(), WorkError>> + Send;
}
