//! One worker: a thread that claims a trial, runs it and completes it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use super::alone::impossible;
use super::memory::{Memory, Reservation};
use super::progress::{Live, Running};
use super::roster::Roster;
use super::watch::{Means, Watch};
use super::{Runner, isolated};
use crate::science::interrupt::interruptible;
use crate::science::training::Interrupted;
use crate::science::trial::Unfinished;
use crate::work::{Assignment, Completion, WorkError, WorkQueue};

/// Without a wake-up, workers look for work this often: expired leases make none.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// From this claim of a trial on, each of which ended with its process before, it runs in a process of
/// its own.
const ALONE_FROM: i64 = 3;

pub(super) struct Worker<Q> {
    pub(super) name: String,
    pub(super) queue: Q,
    pub(super) runner: Arc<dyn Runner>,
    pub(super) live: Live,
    pub(super) roster: Roster,
    pub(super) memory: Memory,
    pub(super) work: Arc<Notify>,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) lease: Duration,
    pub(super) checkpoint: Duration,
    pub(super) isolate: bool,
    pub(super) runtime: Handle,
}

impl<Q: WorkQueue> Worker<Q> {
    /// Runs until it is told to stop, also after a fault of its own.
    pub(super) fn run_for_good(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.run())).is_err() {
            tracing::error!(worker = self.name, "a worker panicked outside of a trial, and starts again");
            std::thread::sleep(LOOK_AGAIN);
        }
        self.roster.left(&self.name);
    }

    fn run(&mut self) {
        let runtime = self.runtime.clone();
        while !*self.stopping.borrow() {
            self.roster.seen(&self.name);
            match runtime.block_on(self.next()) {
                Ok(Some(assignment)) => self.work_on(&assignment),
                Ok(None) => {}
                Err(WorkError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, worker = self.name, "no trial could be claimed");
                    runtime.block_on(self.pause());
                }
            }
        }
    }

    /// The next trial, or nothing after a while without any.
    async fn next(&mut self) -> Result<Option<Assignment>, WorkError> {
        let work = Arc::clone(&self.work);
        // listen before looking, so that work arriving in between is not missed
        let mut arrival = std::pin::pin!(work.notified());
        arrival.as_mut().enable();
        let memory = self.memory.clone();
        let mut room_changed = std::pin::pin!(memory.changed());
        room_changed.as_mut().enable();
        if let Some(room) = memory.room(Instant::now())
            && let Some(assignment) = self.queue.claim(&self.name, self.lease, room).await?
        {
            memory.note(assignment.passed_over, Instant::now());
            return Ok(Some(assignment));
        }
        tokio::select! {
            () = arrival => {}
            () = room_changed => {}
            _ = self.stopping.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        Ok(None)
    }

    async fn pause(&mut self) {
        tokio::select! {
            _ = self.stopping.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }

    /// Room for a trial; `None` when it was stopped before there was any.
    async fn reserve(&self, bytes: u64, running: &Running) -> Option<Reservation> {
        let waiting = self.memory.line_up();
        let mut stopping = self.stopping.clone();
        loop {
            let mut changed = std::pin::pin!(self.memory.changed());
            changed.as_mut().enable();
            if let Some(reservation) = waiting.reserve(bytes) {
                return Some(reservation);
            }
            if *stopping.borrow() || running.stop.load(Ordering::Relaxed) {
                return None;
            }
            tokio::select! {
                () = changed => {}
                _ = stopping.changed() => {}
                // a cancellation wakes nobody here
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    fn work_on(&self, assignment: &Assignment) {
        let lease = assignment.lease;
        let running = self.live.begin(lease);
        self.roster.began(&self.name, lease);
        // a stop that came between the claim and this line
        if *self.stopping.borrow() {
            running.stop.store(true, Ordering::Relaxed);
        }
        let bytes = assignment.trial.cost().bytes;
        let budget = self.memory.budget();
        if bytes > budget {
            let detail = format!("needs an estimated {bytes} bytes of memory, and all trials have {budget}");
            self.live.end(lease);
            self.roster.ended(&self.name);
            let failed = self.queue.complete(lease, Completion::Failed { detail });
            return self.report(self.runtime.block_on(failed));
        }
        let Some(_reservation) = self.runtime.block_on(self.reserve(bytes, &running)) else {
            self.live.end(lease);
            self.roster.ended(&self.name);
            return self.report(self.runtime.block_on(self.queue.release(lease)));
        };
        let start = Instant::now();
        // a budget beyond what a clock counts is none
        let seconds = Duration::try_from_secs_f64(assignment.trial_seconds).ok();
        if let Some(deadline) = seconds.and_then(|seconds| start.checked_add(seconds)) {
            let _ = running.deadline.set(deadline);
        }
        let means = Means {
            name: &self.name,
            roster: &self.roster,
            queue: &self.queue,
            runtime: &self.runtime,
            live: &self.live,
            checkpoint: self.checkpoint,
        };
        let mut watch = Watch::new(means, assignment, &running);
        let is_alone = self.isolate && assignment.attempt >= ALONE_FROM;
        let run = catch_unwind(AssertUnwindSafe(|| {
            let run = || {
                if is_alone {
                    return isolated::run(&assignment.trial, &mut watch);
                }
                let report = self.runner.run(&assignment.trial, &mut watch)?;
                Ok(Completion::of(&report, start.elapsed().as_secs_f64()))
            };
            interruptible(&running.end, run).unwrap_or(Err(Unfinished::Interrupted(Interrupted)))
        }));
        let is_late = running.is_late();
        drop(watch);
        self.live.end(lease);
        self.roster.ended(&self.name);
        match run.map(|outcome| completion(outcome, is_late)) {
            Ok(Some(completion)) => {
                self.report(self.runtime.block_on(self.queue.complete(lease, completion)));
            }
            // stopped for shutdown, or cancelled: giving back a cancelled trial does nothing
            Ok(None) => self.report(self.runtime.block_on(self.queue.release(lease))),
            Err(panic) => {
                tracing::error!(job = %lease.job, trial = lease.number, "a trial panicked: {}", text(&*panic));
                let detail = "panicked; the server's log says where".into();
                let failed = self.queue.complete(lease, Completion::Failed { detail });
                self.report(self.runtime.block_on(failed));
            }
        }
    }

    /// A result that cannot be stored is not lost: its lease runs out and the
    /// trial, a pure function, runs again.
    fn report<T>(&self, outcome: Result<T, WorkError>) {
        if let Err(error) = outcome {
            tracing::warn!(%error, worker = self.name, "the queue did not take a trial's outcome");
        }
    }
}

/// What is stored of a run; nothing of one that was stopped.
fn completion(outcome: Result<Completion, Unfinished>, is_late: bool) -> Option<Completion> {
    match outcome {
        Ok(completion) => Some(completion),
        Err(Unfinished::Interrupted(_)) if is_late => {
            Some(Completion::Failed { detail: "took longer than budget.trial_seconds".into() })
        }
        Err(Unfinished::Interrupted(_)) => None,
        Err(Unfinished::Impossible(violation)) => Some(impossible(&violation)),
    }
}

/// What a panic said.
fn text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
