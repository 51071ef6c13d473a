//! Searches as data: what a spec asks to be found, and the trainings that a search asks for.
//! Knows nothing of how one is planned.

use std::borrow::Cow;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CellSpec;
use super::fault::Fault;
use crate::science::source::{Source, TargetShape};

/// The capacity to search for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Search {
    /// The maximum of the memorized bits over dataset size and learning rate.
    Capacity(Effort),
    /// The dataset size at which half of the replicates are learned without error.
    Lossless(Effort),
}

/// Precision and work limit of a search. Learning rate and dataset size are chosen on tuning
/// replicates and then frozen; at least `seeds` independent replicates are reported there, and
/// some of them are trained again with twice the steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Effort {
    /// Desired half width of the 95 % interval, relative to the capacity; also the relative
    /// precision to which the dataset size is determined.
    #[serde(default = "tolerance")]
    #[garde(range(min = 0.005, max = 0.2))]
    pub tolerance: f64,
    /// Limit on the total training work of a cell, in units of one training at the starting
    /// dataset size.
    #[serde(default = "most_work")]
    #[garde(range(min = 20.0, max = 100_000.0))]
    pub work: f64,
    /// Whether a training ends before its last step once the network holds all its data (to 1e-4 of
    /// their bits): more steps could not raise its bits. It changes no other training.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub stop_when_held: bool,
}

/// Share of the bits in a dataset that a network may lack and still counts as holding all of them.
pub const HELD: f64 = 1e-4;

fn yes() -> bool {
    true
}

fn tolerance() -> f64 {
    0.03
}

fn most_work() -> f64 {
    600.0
}

impl Validate for Search {
    type Context = ();

    fn validate_into(
        &self,
        context: &(),
        parent: &mut dyn FnMut() -> garde::Path,
        report: &mut garde::Report,
    ) {
        self.effort().validate_into(context, parent, report);
    }
}

impl Search {
    /// Precision and work limit of the search.
    #[must_use]
    pub fn effort(&self) -> &Effort {
        match self {
            Self::Capacity(effort) | Self::Lossless(effort) => effort,
        }
    }
}

/// Minimum number of replicates of a reported capacity.
pub const LEAST_SEEDS: u32 = 8;

/// Replicates with this number or a larger one are for tuning; those below are reported.
pub const TUNING: u64 = 1 << 20;

/// One training that a search asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Number of the cell in the sweep.
    pub cell: usize,
    /// Number of samples N.
    pub samples: u64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Number of training steps.
    pub steps: u64,
    /// Number of the replicate: an independent repetition of data, initial weights and noise.
    pub replicate: u64,
}

/// The purpose of a training in a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Chooses learning rate, steps and dataset size; never part of an estimate.
    Tuning,
    /// An independent replicate of the chosen configuration; part of the estimate.
    Reporting,
}

impl Stage {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::Reporting => "reporting",
        }
    }
}

impl Probe {
    /// What the training is for.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.replicate >= TUNING { Stage::Tuning } else { Stage::Reporting }
    }

    /// The configuration without its replicate.
    #[must_use]
    pub fn setting(&self) -> Setting {
        Setting { samples: self.samples, rate_bits: self.learning_rate.to_bits(), steps: self.steps }
    }
}

/// A configuration of a search, in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Number of samples N.
    pub samples: u64,
    /// Bit pattern of the learning rate.
    rate_bits: u64,
    /// Number of training steps.
    pub steps: u64,
}

impl Setting {
    /// A configuration.
    #[must_use]
    pub fn new(samples: u64, learning_rate: f64, steps: u64) -> Self {
        Self { samples, rate_bits: learning_rate.to_bits(), steps }
    }

    /// Learning rate.
    #[must_use]
    pub fn learning_rate(&self) -> f64 {
        f64::from_bits(self.rate_bits)
    }

    /// The same with twice the steps.
    #[must_use]
    pub fn with_twice_the_steps(self) -> Self {
        Self { steps: 2 * self.steps, ..self }
    }

    /// The same with so many steps.
    #[must_use]
    pub fn with_steps(self, steps: u64) -> Self {
        Self { steps, ..self }
    }

    /// The same at another learning rate.
    #[must_use]
    pub fn with_rate(self, learning_rate: f64) -> Self {
        Self { rate_bits: learning_rate.to_bits(), ..self }
    }

    /// The setting whose size is the geometric mean of both.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sizes")]
    pub fn between(&self, other: &Self) -> Self {
        self.scaled((other.samples as f64 / self.samples as f64).sqrt())
    }

    /// The cell with this setting in it; `None` when the source has no dataset of such a size.
    #[must_use]
    pub fn cell<'a>(&self, cell: &CellSpec<'a>) -> Option<CellSpec<'a>> {
        let mut dataset = serde_json::to_value(&*cell.dataset).ok()?;
        dataset["samples"] = self.samples.into();
        let dataset: Source = serde_json::from_value(dataset).ok()?;
        dataset.validate().ok()?;
        let mut training = cell.training.clone().into_owned();
        training.learning_rate = self.learning_rate();
        training.steps = self.steps;
        Some(CellSpec { dataset: Cow::Owned(dataset), training: Cow::Owned(training), ..cell.clone() })
    }

    /// The same at another size.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes"
    )]
    pub fn scaled(&self, ratio: f64) -> Self {
        let samples = (self.samples as f64 * ratio).round().max(2.0) as u64;
        Self { samples, ..*self }
    }
}

/// The samples at which a search starts that is told none: as many as hold two bits a parameter.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes"
)]
pub fn start_samples(cell: &CellSpec) -> u64 {
    let parameters = cell.parameters() as f64;
    let bits_per_sample = cell.dataset_bits() / cell.samples() as f64;
    (2.0 * parameters / bits_per_sample).round().clamp(4.0, 1e6) as u64
}

/// The faults of a cell for which a search is impossible.
pub(super) fn faults(search: &Search, seeds: u32, spec: &CellSpec) -> Vec<Fault> {
    let mut faults = Vec::new();
    if seeds < LEAST_SEEDS {
        let detail = format!("a search needs at least {LEAST_SEEDS} replicates");
        faults.push(Fault::new("/seeds", detail));
    }
    if !spec.measures("memorized_bits") {
        faults.push(Fault::new("/estimators", "a search needs the estimator memorized_bits"));
    }
    let is_real = matches!(spec.dataset.process().shape().targets, TargetShape::Reals { .. });
    if matches!(search, Search::Lossless(_)) && is_real {
        faults.push(Fault::new(
            "/dataset",
            "real-valued targets are never learned without error: search for kind capacity",
        ));
    }
    if !spec.network.architecture().likelihood().is_known() {
        faults.push(Fault::new(
            "/network",
            "this network gives no likelihoods, so its memorized bits cannot be measured",
        ));
    }
    if spec.dataset.process().ledger().dataset().0 <= 0.0 {
        faults.push(Fault::new(
            "/dataset",
            "the dataset contains no information, so there is no capacity to search for",
        ));
    }
    faults
}
