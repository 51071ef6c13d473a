//! What comes of a trial.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::bits::Bits;
use crate::science::invariant::Violation;
use crate::science::training::Interrupted;

/// What came out of a trial. Equal specs give byte-equal reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TrialReport {
    /// Training ended and everything was measured.
    Succeeded(Measured),
    /// The loss or a parameter was no longer finite.
    Diverged(Diverged),
}

impl TrialReport {
    /// Whether an equal spec gives equal bytes again.
    #[must_use]
    pub fn is_reproducible(&self) -> bool {
        match self {
            Self::Succeeded(measured) => measured.reproducible,
            Self::Diverged(diverged) => diverged.reproducible,
        }
    }
}

/// The report of a completed training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Arithmetic that made the numbers.
    pub numeric_profile: String,
    /// Whether an equal spec gives equal numbers again.
    pub reproducible: bool,
    /// Trainable parameters.
    pub parameters: u64,
    /// Bits of the training draw.
    pub dataset_bits: Bits,
    /// Steps taken.
    pub steps: u64,
    /// Whether training ended before its last step because the network held all its data, as
    /// `training.stop_when_held` asks; left out where it did not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended_when_held: bool,
    /// Value of each quantity; the catalogue states units and estimators.
    pub measurements: BTreeMap<String, f64>,
}

/// The report of a training that left the finite numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diverged {
    /// Arithmetic that made the numbers.
    pub numeric_profile: String,
    /// Whether an equal spec gives equal numbers again.
    pub reproducible: bool,
    /// Trainable parameters.
    pub parameters: u64,
    /// Bits of the training draw.
    pub dataset_bits: Bits,
    /// Steps taken before the first non-finite number.
    pub step: u64,
    /// Training cross-entropy in bits per sample at the last finite step.
    pub last_finite_loss_bits: Option<Bits>,
}

/// Why a trial has no report.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Unfinished {
    /// It was stopped from outside.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// What was measured cannot be: a fault of the instrument.
    #[error(transparent)]
    Impossible(#[from] Violation),
}
