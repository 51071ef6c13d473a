//! One worker: a thread that claims a trial, runs it and completes it.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use super::progress::{Live, Running};
use super::{Control, Finished, Runner, plan};
use crate::job::JobId;
use crate::store::{ClaimedTrial, Completed, Completion, Lease, Store, StoreError};

/// Without a wake-up, workers look for work this often: expired leases make none.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(super) struct Worker {
    pub(super) name: String,
    pub(super) store: Store,
    pub(super) runner: Arc<dyn Runner>,
    pub(super) live: Live,
    pub(super) work: Arc<Notify>,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) lease_ms: i64,
    pub(super) checkpoint: Duration,
    pub(super) runtime: Handle,
}

impl Worker {
    pub(super) fn run(mut self) {
        let runtime = self.runtime.clone();
        while !*self.stopping.borrow() {
            match runtime.block_on(self.next()) {
                Ok(Some(trial)) => self.work_on(&trial),
                Ok(None) => {}
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, worker = self.name, "no trial could be claimed");
                    runtime.block_on(self.pause());
                }
            }
        }
    }

    /// The next trial, or nothing after a while without any.
    async fn next(&mut self) -> Result<Option<ClaimedTrial>, StoreError> {
        let work = Arc::clone(&self.work);
        // listen before looking, so that work arriving in between is not missed
        let mut arrival = std::pin::pin!(work.notified());
        arrival.as_mut().enable();
        if let Some(trial) = self.store.claim(&self.name, self.lease_ms).await? {
            return Ok(Some(trial));
        }
        tokio::select! {
            () = arrival => {}
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

    fn work_on(&self, trial: &ClaimedTrial) {
        let running = self.live.begin(trial.lease);
        // a stop that came between the claim and this line
        if *self.stopping.borrow() {
            running.stop.store(true, Ordering::Relaxed);
        }
        let mut control = Watch::new(self, trial, &running);
        let run = catch_unwind(AssertUnwindSafe(|| self.runner.run(trial, &mut control)));
        let is_late = control.is_late;
        self.live.end(trial.lease);
        let completion = match run {
            Ok(Finished::Completed(completion)) => completion,
            Ok(Finished::Stopped) if is_late => {
                Completion::Failed { detail: "took longer than budget.trial_seconds".into() }
            }
            Ok(Finished::Stopped) => {
                // stopped for shutdown, or cancelled: giving back a cancelled trial does nothing
                self.report(self.runtime.block_on(self.store.release(trial.lease)));
                return;
            }
            Err(panic) => {
                tracing::error!(job = %trial.lease.job, trial = trial.lease.number, "a trial panicked: {}", text(&*panic));
                Completion::Failed { detail: "panicked; the server's log says where".into() }
            }
        };
        let stored = self.runtime.block_on(self.store.complete(trial.lease, completion));
        if let Ok(Completed::Stored { round_ended: true, .. }) = stored {
            self.go_on(trial.lease.job);
        }
        if let Ok(Completed::Stored { job_ended: true, .. }) = stored
            && let Ok(Some(headline)) =
                catch_unwind(AssertUnwindSafe(|| self.runner.headline(trial.lease.job)))
        {
            self.report(self.runtime.block_on(self.store.set_headline(trial.lease.job, headline)));
        }
        self.report(stored);
    }

    /// Gives a search its next round, and where that is none its end.
    fn go_on(&self, job: JobId) {
        let (known, round) = plan(&*self.runner, job);
        let is_over = round.points.is_empty();
        let added = self.runtime.block_on(self.store.add_round(job, known, round));
        if let (true, Ok(true)) = (is_over, &added)
            && let Ok(Some(headline)) = catch_unwind(AssertUnwindSafe(|| self.runner.headline(job)))
        {
            self.report(self.runtime.block_on(self.store.set_headline(job, headline)));
        }
        self.report(added);
    }

    /// A result that cannot be stored is not lost: its lease runs out and the
    /// trial, a pure function, runs again.
    fn report<T>(&self, outcome: Result<T, StoreError>) {
        if let Err(error) = outcome {
            tracing::warn!(%error, worker = self.name, "the store did not take a trial's outcome");
        }
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

/// A checkpoint may take this part of the time between two of them.
const SHARE_OF_SAVING: u32 = 20;

/// Counts steps, saves checkpoints, and stops a trial that was told to or is late.
struct Watch<'a> {
    worker: &'a Worker,
    trial: &'a ClaimedTrial,
    running: &'a Running,
    deadline: Option<Instant>,
    is_late: bool,
    saved: Instant,
    save_after: Duration,
}

impl<'a> Watch<'a> {
    fn new(worker: &'a Worker, trial: &'a ClaimedTrial, running: &'a Running) -> Self {
        let (saved, save_after) = (Instant::now(), worker.checkpoint);
        Self { worker, trial, running, deadline: None, is_late: false, saved, save_after }
    }

    fn save(&mut self, done: u64, save: &dyn Fn() -> Option<Vec<u8>>) {
        let start = Instant::now();
        if let Some(state) = save() {
            let stored = self.worker.store.save_checkpoint(self.trial.lease, done, state);
            self.worker.report(self.worker.runtime.block_on(stored));
        }
        self.saved = Instant::now();
        // large ones are written less often
        self.save_after = self.worker.checkpoint.max(SHARE_OF_SAVING * (self.saved - start));
    }
}

impl Control for Watch<'_> {
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        self.running.done.store(done, Ordering::Relaxed);
        self.running.of.store(of, Ordering::Relaxed);
        let now = Instant::now();
        self.is_late = self.deadline.is_some_and(|deadline| now > deadline);
        if self.is_late {
            return ControlFlow::Break(());
        }
        let is_stopped = self.running.stop.load(Ordering::Relaxed);
        if is_stopped || now - self.saved > self.save_after {
            self.save(done, save);
        }
        if is_stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        if !self.trial.has_checkpoint {
            return None;
        }
        let Lease { job, number, .. } = self.trial.lease;
        match self.worker.runtime.block_on(self.worker.store.checkpoint(job, number)) {
            Ok(checkpoint) => checkpoint.map(|checkpoint| checkpoint.state),
            Err(error) => {
                tracing::warn!(%error, worker = self.worker.name, "a checkpoint could not be read");
                None
            }
        }
    }

    fn limit(&mut self, seconds: f64) {
        self.deadline = Instant::now().checked_add(Duration::from_secs_f64(seconds));
    }
}
