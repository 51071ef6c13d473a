//! What a training yields.

use serde::{Deserialize, Serialize};

use crate::science::bits::Nats;
use crate::science::network::Readout;
use crate::science::network::model::Adapted;

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

/// A network before one step of a training: all that changes with the steps, so that what is
/// measured there does not depend on the steps that follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Steps taken by then.
    pub taken: u64,
    /// All numbers [p].
    pub parameters: Vec<f32>,
    /// What training had adapted in the network beside them.
    pub adapted: Adapted,
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
