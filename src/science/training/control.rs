//! Control: how whoever runs a training watches it, stops it and lets it go on.

use std::ops::ControlFlow;

/// Whoever runs a training may watch it and stop it between steps.
pub trait Control {
    /// Told how many of all steps are done, at least every millisecond or so
    /// of training; `Break` stops it. `save` makes a checkpoint of the state,
    /// from which [`Control::resume`] may let another run go on.
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()>;

    /// A checkpoint of the same training to go on from. Asked once, at the start.
    fn resume(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Training begins, after everything was drawn and planned.
    fn began(&mut self) {}

    /// Training ended; what follows is measuring.
    fn ended(&mut self) {}

    /// What became of the checkpoint: the steps that were spared, or why training
    /// starts anew.
    fn resumed(&mut self, _outcome: Result<u64, Unusable>) {}
}

impl<C: Control + ?Sized> Control for &mut C {
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        (**self).step(done, of, save)
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        (**self).resume()
    }

    fn began(&mut self) {
        (**self).began();
    }

    fn ended(&mut self) {
        (**self).ended();
    }

    fn resumed(&mut self, outcome: Result<u64, Unusable>) {
        (**self).resumed(outcome);
    }
}

/// A control that never stops.
impl Control for () {
    fn step(&mut self, _done: u64, _of: u64, _save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Training was stopped from outside; nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("training was interrupted")]
pub struct Interrupted;

/// Why a checkpoint cannot be gone on from. Training then starts anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Bytes are missing or changed.
    #[error("the checkpoint is damaged")]
    Damaged,
    /// Another version of the program made it.
    #[error("the checkpoint was made by another version")]
    Foreign,
    /// It belongs to another training.
    #[error("the checkpoint belongs to another training")]
    Unfitting,
}
