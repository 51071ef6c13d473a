//! What a worker does between the steps of a training: counts them, saves checkpoints, and
//! stops a trial that was told to or is late.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::progress::{Live, Running};
use super::roster::Roster;
use crate::science::training::{Control, Unusable};
use crate::work::{Assignment, WorkQueue};

/// A checkpoint may take this part of the time between two of them.
const SHARE_OF_SAVING: u32 = 20;

/// A worker that trains gives a sign of life this often.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// What a watch works with.
pub(super) struct Means<'a, Q> {
    pub(super) name: &'a str,
    pub(super) roster: &'a Roster,
    pub(super) queue: &'a Q,
    pub(super) runtime: &'a Handle,
    pub(super) live: &'a Live,
    /// Time between two checkpoints.
    pub(super) checkpoint: Duration,
}

/// The control of one trial.
pub(super) struct Watch<'a, Q> {
    means: Means<'a, Q>,
    assignment: &'a Assignment,
    running: &'a Running,
    is_training: bool,
    saved: Instant,
    seen: Instant,
    save_after: Duration,
}

impl<'a, Q: WorkQueue> Watch<'a, Q> {
    pub(super) fn new(means: Means<'a, Q>, assignment: &'a Assignment, running: &'a Running) -> Self {
        let (now, save_after) = (Instant::now(), means.checkpoint);
        Self { means, assignment, running, is_training: false, saved: now, seen: now, save_after }
    }

    fn save(&mut self, done: u64, save: &dyn Fn() -> Option<Vec<u8>>) {
        let start = Instant::now();
        if let Some(state) = save() {
            let stored = self.means.queue.save_checkpoint(self.assignment.lease, done, state);
            if let Err(error) = self.means.runtime.block_on(stored) {
                tracing::warn!(%error, "a checkpoint could not be saved");
            }
        }
        self.saved = Instant::now();
        // large ones are written less often
        self.save_after = self.means.checkpoint.max(SHARE_OF_SAVING * (self.saved - start));
    }
}

impl<Q: WorkQueue> Control for Watch<'_, Q> {
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        self.running.done.store(done, Ordering::Relaxed);
        self.running.of.store(of, Ordering::Relaxed);
        let now = Instant::now();
        if self.running.is_late() {
            return ControlFlow::Break(());
        }
        if now - self.seen > SIGN_OF_LIFE {
            self.seen = now;
            self.means.roster.seen(self.means.name);
        }
        let is_stopped = self.running.stop.load(Ordering::Relaxed);
        if is_stopped || now - self.saved > self.save_after {
            self.save(done, save);
        }
        if is_stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        let reference = self.assignment.checkpoint?;
        match self.means.runtime.block_on(self.means.queue.load_checkpoint(reference)) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                tracing::warn!(%error, "a checkpoint could not be read");
                None
            }
        }
    }

    fn began(&mut self) {
        self.is_training = true;
        self.means.live.training_began();
    }

    fn ended(&mut self) {
        if std::mem::take(&mut self.is_training) {
            self.means.live.training_ended();
        }
    }

    fn resumed(&mut self, outcome: Result<u64, Unusable>) {
        match outcome {
            Ok(steps) => tracing::info!(steps, "a trial goes on from its checkpoint"),
            Err(error) => tracing::warn!(%error, "a trial starts anew"),
        }
    }
}

impl<Q> Drop for Watch<'_, Q> {
    /// A training that panicked is over too.
    fn drop(&mut self) {
        if self.is_training {
            self.means.live.training_ended();
        }
    }
}
