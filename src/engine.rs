//! The engine: who runs trials. Knows the store and how to hand a trial to a
//! runner; neither HTTP nor what a trial computes.

pub mod local;
pub mod progress;
mod worker;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::store::{ClaimedTrial, Completion, NextRound};

pub use local::{LocalEngine, Options};
pub use progress::{Live, Progress};

/// Computes trials. Pure training, or a stand-in in tests.
pub trait Runner: Send + Sync + 'static {
    /// Runs a trial to its end on this thread, telling `control` about its steps.
    fn run(&self, trial: &ClaimedTrial, control: &mut dyn Control) -> Finished;

    /// Called after a round of a search ended, on a worker's thread: what comes next, and of
    /// how many trials it was made.
    fn next_round(&self, _job: crate::job::JobId) -> Option<(Option<i64>, NextRound)> {
        None
    }

    /// Called once after a job ended, on a worker's thread: what its list entry
    /// shows of the results, as JSON.
    fn headline(&self, job: crate::job::JobId) -> Option<String>;
}

/// The next round of a search; one that cannot be planned ends its job as failed.
fn plan(runner: &dyn Runner, job: crate::job::JobId) -> (Option<i64>, NextRound) {
    let planned = catch_unwind(AssertUnwindSafe(|| runner.next_round(job)));
    planned.ok().flatten().unwrap_or_else(|| {
        tracing::error!(%job, "a search could not be planned");
        (None, NextRound::broken())
    })
}

/// Watches a trial between its steps.
pub trait Control {
    /// Told how many of all steps are done; `Break` stops the trial. `save` makes
    /// a checkpoint of this moment, if the trial can.
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()>;

    /// The trial's last checkpoint, if it was interrupted after one.
    fn resume(&mut self) -> Option<Vec<u8>>;

    /// From here on the trial may take so many seconds.
    fn limit(&mut self, seconds: f64);
}

/// How a run of a trial came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Finished {
    /// With something to store.
    Completed(Completion),
    /// Stopped by its control.
    Stopped,
}
