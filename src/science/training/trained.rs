//! What a training yields.

use serde::{Deserialize, Serialize};

use crate::science::bits::Nats;
use crate::science::network::Readout;

/// A network after training.
pub struct Trained {
    /// The running form, for evaluation.
    pub network: Box<dyn Readout>,
    /// Final parameters, or the best ones under early stopping.
    pub parameters: Vec<f32>,
    /// How training ended.
    pub ending: Ending,
    /// Parameters at the steps that the task names, as far as training came.
    pub snapshots: Vec<Snapshot>,
}

/// The parameters before one step of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Steps taken by then.
    pub taken: u64,
    /// All numbers [p].
    pub parameters: Vec<f32>,
}

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ending {
    /// All steps were taken, or a regularizer stopped it.
    Completed {
        /// Steps taken.
        steps: u64,
        /// Whether it ended before its last step because the network held all its data.
        is_held: bool,
    },
    /// The loss or a parameter was no longer finite.
    Diverged {
        /// Steps taken before the first non-finite loss.
        step: u64,
        /// The last finite training loss, nats per sample.
        last_finite_loss: Option<Nats>,
    },
}
