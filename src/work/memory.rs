//! A work queue in memory: for tests and simulations of workers, and the shortest statement
//! of what a queue must do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::{
    Assignment, CheckpointReference, Completed, Completion, Lease, Notice, Notices, Renewal, WorkError,
    WorkQueue,
};
use crate::job::{JobId, TrialState};
use crate::outcome::Digest;
use crate::science::trial::TrialSpec;

/// A queue of trials in memory, with a clock that its owner moves. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryQueue {
    state: Arc<Mutex<State>>,
    notices: Sender<Notice>,
    changed: Arc<tokio::sync::Notify>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    trials: BTreeMap<(u32, JobId), Trial>,
    alarms: usize,
}

#[derive(Debug)]
struct Trial {
    spec: TrialSpec,
    trial_seconds: f64,
    state: TrialState,
    epoch: i64,
    attempt: i64,
    until: Duration,
    checkpoint: Option<(u64, Vec<u8>)>,
    digest: Option<Digest>,
}

impl Default for MemoryQueue {
    fn default() -> Self {
        Self { state: Arc::default(), notices: channel(1024).0, changed: Arc::default() }
    }
}

impl MemoryQueue {
    /// Adds the trials of a job, numbered from 0.
    pub fn add(&self, job: JobId, trials: impl IntoIterator<Item = TrialSpec>, trial_seconds: f64) {
        for (number, spec) in (0..).zip(trials) {
            let trial = Trial {
                spec,
                trial_seconds,
                state: TrialState::Queued,
                epoch: 0,
                attempt: 0,
                until: Duration::ZERO,
                checkpoint: None,
                digest: None,
            };
            self.lock().trials.insert((number, job), trial);
        }
        self.tell(Notice::Work);
    }

    /// Cancels a job: its trials end, and those that run are told to stop.
    pub fn cancel(&self, job: JobId) {
        for (_, trial) in self.lock().trials.iter_mut().filter(|((_, of), _)| *of == job) {
            if !trial.state.is_terminal() {
                trial.state = TrialState::Cancelled;
                trial.checkpoint = None;
            }
        }
        self.tell(Notice::Cancelled(job));
        self.changed.notify_waiters();
    }

    /// Moves the clock forward.
    pub fn pass(&self, time: Duration) {
        self.lock().now += time;
    }

    /// Where a trial stands.
    #[must_use]
    pub fn state(&self, job: JobId, number: u32) -> Option<TrialState> {
        self.lock().trials.get(&(number, job)).map(|trial| trial.state)
    }

    /// The digest of a trial's report, once it has one.
    #[must_use]
    pub fn digest(&self, job: JobId, number: u32) -> Option<Digest> {
        self.lock().trials.get(&(number, job)).and_then(|trial| trial.digest.clone())
    }

    /// Waits until every trial of a job has ended.
    pub async fn ended(&self, job: JobId) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let of_job = |((_, of), trial): (&(u32, JobId), &Trial)| *of != job || trial.state.is_terminal();
            if self.lock().trials.iter().all(of_job) {
                return;
            }
            changed.await;
        }
    }

    /// How many results came that differ from one that was there.
    #[must_use]
    pub fn alarms(&self) -> usize {
        self.lock().alarms
    }

    fn tell(&self, notice: Notice) {
        let _ = self.notices.send(notice); // nobody may be listening
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The trial, if this lease on it holds.
    fn held(&mut self, lease: Lease) -> Option<&mut Trial> {
        let trial = self.trials.get_mut(&(lease.number, lease.job))?;
        (trial.state == TrialState::Running && trial.epoch == lease.epoch).then_some(trial)
    }
}

impl WorkQueue for MemoryQueue {
    type Notices = MemoryNotices;

    fn notices(&self) -> MemoryNotices {
        MemoryNotices(self.notices.subscribe())
    }

    async fn claim(
        &self,
        _worker: &str,
        lease: Duration,
        room: u64,
    ) -> Result<Option<Assignment>, WorkError> {
        let mut state = self.lock();
        let now = state.now;
        let can_be_claimed = |trial: &Trial| {
            trial.state == TrialState::Queued || (trial.state == TrialState::Running && trial.until < now)
        };
        let mut waiting = state.trials.iter_mut().filter(|(_, trial)| can_be_claimed(trial)).peekable();
        let passed_over =
            waiting.peek().map(|((number, job), trial)| (*job, *number, trial.spec.cost().bytes));
        let passed_over =
            passed_over.filter(|(.., bytes)| *bytes > room).map(|(job, number, _)| (job, number));
        let next = waiting.find(|(_, trial)| trial.spec.cost().bytes <= room);
        let Some(((number, job), trial)) = next else { return Ok(None) };
        let (job, number) = (*job, *number);
        trial.state = TrialState::Running;
        trial.epoch += 1;
        trial.attempt += 1;
        trial.until = now + lease;
        let reference = |(step, _): &(u64, Vec<u8>)| CheckpointReference { job, number, step: *step };
        Ok(Some(Assignment {
            lease: Lease { job, number, epoch: trial.epoch },
            attempt: trial.attempt,
            trial: trial.spec.clone(),
            trial_seconds: trial.trial_seconds,
            checkpoint: trial.checkpoint.as_ref().map(reference),
            passed_over,
        }))
    }

    async fn renew(&self, lease: Lease, by: Duration) -> Result<Renewal, WorkError> {
        let mut state = self.lock();
        let until = state.now + by;
        Ok(state.held(lease).map_or(Renewal::Lost, |trial| {
            trial.until = until;
            Renewal::Held
        }))
    }

    async fn save_checkpoint(&self, lease: Lease, step: u64, bytes: Vec<u8>) -> Result<(), WorkError> {
        if let Some(trial) = self.lock().held(lease) {
            trial.checkpoint = Some((step, bytes));
        }
        Ok(())
    }

    async fn load_checkpoint(&self, reference: CheckpointReference) -> Result<Option<Vec<u8>>, WorkError> {
        let state = self.lock();
        let trial = state.trials.get(&(reference.number, reference.job));
        Ok(trial.and_then(|trial| trial.checkpoint.clone()).map(|(_, bytes)| bytes))
    }

    async fn complete(&self, lease: Lease, completion: Completion) -> Result<Completed, WorkError> {
        let mut state = self.lock();
        let (ended, digest) = match completion {
            Completion::Reported { state, digest, .. } => (state, digest),
            Completion::Failed { .. } => (TrialState::Failed, None),
        };
        if let Some(trial) = state.held(lease) {
            (trial.state, trial.digest, trial.checkpoint) = (ended, digest, None);
            drop(state);
            self.changed.notify_waiters();
            return Ok(Completed::Stored);
        }
        let stored = state.trials.get(&(lease.number, lease.job));
        let Some(stored) = stored.filter(|t| matches!(t.state, TrialState::Succeeded | TrialState::Diverged))
        else {
            return Ok(Completed::Fenced);
        };
        let differ = stored.digest.as_ref().zip(digest.as_ref()).is_some_and(|(a, b)| a != b);
        state.alarms += usize::from(differ);
        Ok(Completed::Already)
    }

    async fn release(&self, lease: Lease) -> Result<(), WorkError> {
        if let Some(trial) = self.lock().held(lease) {
            trial.state = TrialState::Queued;
            trial.attempt -= 1;
        }
        self.tell(Notice::Work);
        Ok(())
    }
}

/// Hints of a queue in memory.
#[derive(Debug)]
pub struct MemoryNotices(Receiver<Notice>);

impl Notices for MemoryNotices {
    async fn next(&mut self) -> Notice {
        match self.0.recv().await {
            Ok(notice) => notice,
            Err(RecvError::Lagged(_)) => Notice::Missed,
            Err(RecvError::Closed) => Notice::Closed,
        }
    }
}
