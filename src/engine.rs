//! The engine: who runs trials. Knows the port for work and how to run a trial; neither where
//! trials come from nor HTTP.

pub mod alone;
mod isolated;
pub mod local;
pub mod memory;
pub mod progress;
pub mod roster;
pub mod speed;
mod watch;
mod worker;

use crate::science::training::Control;
use crate::science::trial::{self, TrialReport, TrialSpec, Unfinished};

pub use local::{LocalEngine, Options};
pub use memory::Memory;
pub use progress::{Live, Progress};
pub use roster::{Roster, WorkerStatus};

/// Computes trials: pure training, or a stand-in in tests.
pub trait Runner: Send + Sync + 'static {
    /// Runs a trial to its end on this thread, telling `control` about its steps.
    ///
    /// # Errors
    /// [`Unfinished`] when `control` says stop, or when what was measured cannot be.
    fn run(&self, trial: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished>;
}

/// Runs trials by training.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trainer;

impl Runner for Trainer {
    fn run(&self, trial: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished> {
        trial::run(trial, control)
    }
}
