//! Progress of running trials: kept in memory, so that it costs nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::job::JobId;
use crate::science::interrupt::Flag;
use crate::work::Lease;

/// How long a trial that is to be paused may take to come between two steps.
const GENTLY: Duration = Duration::from_secs(2);

/// The trials that run now.
#[derive(Debug, Clone, Default)]
pub struct Live {
    running: Arc<Mutex<BTreeMap<(JobId, u32), Arc<Running>>>>,
    training: Arc<Mutex<Stopwatch>>,
}

/// Measures how long at least one trial was training.
#[derive(Debug, Default)]
struct Stopwatch {
    running: usize,
    since: Option<Instant>,
    total: Duration,
}

/// One running trial, shared by its worker and those who watch or stop it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) lease: Lease,
    pub(super) done: AtomicU64,
    pub(super) of: AtomicU64,
    /// Between two steps, with what was trained saved.
    pub(super) stop: AtomicBool,
    /// At once, with nothing saved.
    pub(super) end: Flag,
    /// When a trial that was told to stop has had its time to come between two steps.
    pub(super) stop_by: OnceLock<Instant>,
    /// When the trial has taken too long; set once it runs, for waiting for memory is no part of it.
    pub(super) deadline: OnceLock<Instant>,
}

impl Running {
    /// Ends the trial wherever it is.
    pub(super) fn end_at_once(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.end.store(true, Ordering::Relaxed);
    }

    /// Ends the trial between two steps, with what was trained saved; after a while wherever it is.
    pub(super) fn pause(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.stop_by.set(Instant::now() + GENTLY);
    }

    /// Whether it has taken longer than it may.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.get().is_some_and(|deadline| Instant::now() > *deadline)
    }

    /// Whether it was to come between two steps and did not.
    pub(super) fn is_slow_to_stop(&self) -> bool {
        self.stop_by.get().is_some_and(|by| Instant::now() > *by)
    }
}

/// How far a running trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The trial's number.
    pub trial: u32,
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 before the first.
    pub of: u64,
}

impl Live {
    /// How far the running trials of a job are.
    #[must_use]
    pub fn of_job(&self, job: JobId) -> Vec<Progress> {
        self.lock()
            .range((job, 0)..=(job, u32::MAX))
            .map(|((_, trial), running)| Progress {
                trial: *trial,
                done: running.done.load(Ordering::Relaxed),
                of: running.of.load(Ordering::Relaxed),
            })
            .collect()
    }

    /// Tells the running trials of a job to save what they have and stop.
    pub(super) fn pause_job(&self, job: JobId) {
        for running in self.lock().range((job, 0)..=(job, u32::MAX)).map(|(_, running)| running) {
            running.pause();
        }
    }

    /// Tells the running trials of a job to stop.
    pub(super) fn stop_job(&self, job: JobId) {
        for running in self.lock().range((job, 0)..=(job, u32::MAX)).map(|(_, running)| running) {
            running.end_at_once();
        }
    }

    /// How long at least one trial was training; drawing the data and measuring are not in it.
    #[must_use]
    pub fn training_time(&self) -> Duration {
        self.stopwatch().total
    }

    pub(super) fn training_began(&self) {
        let mut stopwatch = self.stopwatch();
        stopwatch.running += 1;
        stopwatch.since.get_or_insert_with(Instant::now);
    }

    pub(super) fn training_ended(&self) {
        let mut stopwatch = self.stopwatch();
        stopwatch.running -= 1;
        if stopwatch.running == 0
            && let Some(since) = stopwatch.since.take()
        {
            stopwatch.total += since.elapsed();
        }
    }

    fn stopwatch(&self) -> MutexGuard<'_, Stopwatch> {
        self.training.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A trial runs under this lease. An earlier run of it lost its own, and is stopped.
    pub(super) fn begin(&self, lease: Lease) -> Arc<Running> {
        let running = Arc::new(Running {
            lease,
            done: AtomicU64::new(0),
            of: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            end: Flag::default(),
            stop_by: OnceLock::new(),
            deadline: OnceLock::new(),
        });
        let earlier = self.lock().insert((lease.job, lease.number), Arc::clone(&running));
        if let Some(earlier) = earlier {
            earlier.end_at_once();
        }
        running
    }

    /// The run under this lease is over; a later one of the same trial stays.
    pub(super) fn end(&self, lease: Lease) {
        let mut running = self.lock();
        if running.get(&(lease.job, lease.number)).is_some_and(|running| running.lease == lease) {
            running.remove(&(lease.job, lease.number));
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<Running>> {
        self.lock().values().cloned().collect()
    }

    /// The map is whole after every statement under the lock, so a panic elsewhere
    /// cannot have broken it.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(JobId, u32), Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_lost_its_lease_is_stopped_and_leaves_the_later_one_alone() {
        let live = Live::default();
        let first = Lease { job: JobId::at(1), number: 5, epoch: 1 };
        let second = Lease { epoch: 2, ..first };
        let lost = live.begin(first);
        let held = live.begin(second);
        let is_stopped = |running: &Running| running.stop.load(Ordering::Relaxed);
        assert!(is_stopped(&lost) && !is_stopped(&held));
        live.end(first);
        assert_eq!(live.all().len(), 1);
        assert_eq!(live.all()[0].lease, second);
        live.end(second);
        assert!(live.all().is_empty());
    }
}
