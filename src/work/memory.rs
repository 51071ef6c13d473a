//! A work queue in memory: for tests and simulations of workers, and the shortest statement
//! of what a queue must do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::turns::{Turn, Turns};
use super::{
    Assignment, CheckpointReference, Completed, Completion, Lease, MOST_DEATHS, Notice, Notices, Renewal,
    WorkError, WorkQueue, wait_after,
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
    trials: BTreeMap<(JobId, u32), Trial>,
    jobs: BTreeMap<JobId, Job>,
    turns: Turns,
    alarms: usize,
}

/// What is known of a job beside its trials.
#[derive(Debug, Default)]
struct Job {
    /// Trials that were claimed: every trial counts as a second.
    served: f64,
    is_paused: bool,
}

#[derive(Debug)]
struct Trial {
    spec: TrialSpec,
    trial_seconds: f64,
    state: TrialState,
    epoch: i64,
    attempt: i64,
    until: Duration,
    /// Processes that ended by it, and until when it waits since.
    deaths: u32,
    not_before: Duration,
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
                deaths: 0,
                not_before: Duration::ZERO,
                checkpoint: None,
                digest: None,
            };
            self.lock().trials.insert((job, number), trial);
        }
        self.lock().jobs.insert(job, Job::default());
        self.tell(Notice::Work);
    }

    /// Cancels a job: its trials end, and those that run are told to stop.
    pub fn cancel(&self, job: JobId) {
        for (_, trial) in self.lock().trials.iter_mut().filter(|((of, _), _)| *of == job) {
            if !trial.state.is_terminal() {
                trial.state = TrialState::Cancelled;
                trial.checkpoint = None;
            }
        }
        self.tell(Notice::Cancelled(job));
        self.changed.notify_waiters();
    }

    /// Pauses a job: none of its trials is claimed, and those that run are told to come back.
    pub fn pause(&self, job: JobId) {
        self.lock().jobs.entry(job).or_default().is_paused = true;
        self.tell(Notice::Paused(job));
    }

    /// Lets a paused job go on.
    pub fn resume(&self, job: JobId) {
        self.lock().jobs.entry(job).or_default().is_paused = false;
        self.tell(Notice::Work);
    }

    /// Moves the clock forward.
    pub fn pass(&self, time: Duration) {
        self.lock().now += time;
    }

    /// Where a trial stands.
    #[must_use]
    pub fn state(&self, job: JobId, number: u32) -> Option<TrialState> {
        self.lock().trials.get(&(job, number)).map(|trial| trial.state)
    }

    /// The digest of a trial's report, once it has one.
    #[must_use]
    pub fn digest(&self, job: JobId, number: u32) -> Option<Digest> {
        self.lock().trials.get(&(job, number)).and_then(|trial| trial.digest.clone())
    }

    /// Waits until every trial of a job has ended.
    pub async fn ended(&self, job: JobId) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let of_job = |((of, _), trial): (&(JobId, u32), &Trial)| *of != job || trial.state.is_terminal();
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
    /// Trials that can be claimed and need at most so many bytes, by job and number.
    fn waiting(&self, room: u64) -> impl Iterator<Item = (JobId, u32)> {
        let can_be_claimed = move |(job, trial): (&JobId, &Trial)| {
            let is_free = (trial.state == TrialState::Queued && trial.not_before <= self.now)
                || (trial.state == TrialState::Running && trial.until < self.now);
            is_free && !self.jobs[job].is_paused && trial.spec.cost().bytes <= room
        };
        let waiting = self.trials.iter().filter(move |((job, _), trial)| can_be_claimed((job, trial)));
        waiting.map(|(key, _)| *key)
    }

    /// The trial, if this lease on it holds.
    fn held(&mut self, lease: Lease) -> Option<&mut Trial> {
        let trial = self.trials.get_mut(&(lease.job, lease.number))?;
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
        let Some(first) = state.waiting(u64::MAX).next() else { return Ok(None) };
        let oldest = state.waiting(room).next();
        let passed_over = Some(first).filter(|first| Some(*first) != oldest);
        let Some(oldest) = oldest else { return Ok(None) };
        let served = |(job, _): &(JobId, u32)| state.jobs[job].served;
        let least = state.waiting(room).min_by(|a, b| served(a).total_cmp(&served(b))).unwrap_or(oldest);
        let (job, number) = if least.0 == oldest.0 {
            state.turns.settle();
            oldest
        } else {
            match state.turns.take(1.0, 1.0) {
                Turn::Oldest => oldest,
                Turn::Least => least,
            }
        };
        state.jobs.entry(job).or_default().served += 1.0;
        let Some(trial) = state.trials.get_mut(&(job, number)) else { return Ok(None) };
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
        let is_paused = state.jobs.get(&lease.job).is_some_and(|job| job.is_paused);
        Ok(state.held(lease).map_or(Renewal::Lost, |trial| {
            trial.until = until;
            if is_paused { Renewal::Paused } else { Renewal::Held }
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
        let trial = state.trials.get(&(reference.job, reference.number));
        Ok(trial.and_then(|trial| trial.checkpoint.clone()).map(|(_, bytes)| bytes))
    }

    async fn complete(&self, lease: Lease, completion: Completion) -> Result<Completed, WorkError> {
        let mut state = self.lock();
        let now = state.now;
        let (ended, digest) = match completion {
            Completion::Reported { state, digest, .. } => (state, digest),
            Completion::Failed { .. } => (TrialState::Failed, None),
            Completion::Died { .. } => match state.held(lease) {
                Some(trial) if trial.deaths + 1 < MOST_DEATHS => {
                    trial.deaths += 1;
                    (trial.state, trial.not_before) = (TrialState::Queued, now + wait_after(trial.deaths));
                    return Ok(Completed::Stored);
                }
                _ => (TrialState::Failed, None),
            },
        };
        if let Some(trial) = state.held(lease) {
            (trial.state, trial.digest, trial.checkpoint) = (ended, digest, None);
            drop(state);
            self.changed.notify_waiters();
            return Ok(Completed::Stored);
        }
        let stored = state.trials.get(&(lease.job, lease.number));
        let Some(stored) = stored.filter(|t| matches!(t.state, TrialState::Succeeded | TrialState::Diverged))
        else {
            return Ok(Completed::Fenced);
        };
        let differ = stored.digest.as_ref().zip(digest.as_ref()).is_some_and(|(a, b)| a != b);
        state.alarms += usize::from(differ);
        Ok(if differ { Completed::Differs } else { Completed::Already })
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
