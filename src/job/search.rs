//! Search: instead of a grid, a plan that grows round by round from what was measured.
//!
//! A plan is a pure function of the job and of the trials that ended: replayed from the
//! start it asks for what it does not know yet. Knows nothing of who runs trials.

mod lossless;
mod peak;
mod replay;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::admission::{self, Plan};
use super::check::ValidJobSpec;
use super::fault::Fault;
use super::results::{TrialOutcome, measured};
use super::spec::JobSpec;
use crate::science::analysis::capacity::Size;
use crate::science::source::{Source, TargetShape};
pub use lossless::Threshold;
pub use peak::Peak;
pub use replay::work;
use replay::{Pending, Replay};

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Search {
    /// The dataset size and learning rate at which most is memorized.
    Capacity(Effort),
    /// The dataset size that is learnt without error in half of the draws.
    Lossless(Effort),
}

/// How finely is searched, and for how long. Learning rate and size are chosen on tuning
/// draws and frozen; at least `seeds` fresh draws are measured there, and again with twice
/// the steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Effort {
    /// Relative half width of the 95 % interval that is wanted; also how finely the place
    /// is sought.
    #[serde(default = "tolerance")]
    #[garde(range(min = 0.005, max = 0.2))]
    pub tolerance: f64,
    /// Most work of a cell's trainings together, in trainings at the starting size.
    #[serde(default = "most_work")]
    #[garde(range(min = 20.0, max = 100_000.0))]
    pub work: f64,
}

/// What a search has settled on.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Where most is memorized.
    Peak(Peak),
    /// Where half of the draws are learnt without error.
    Threshold(Threshold),
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
    /// How finely is searched, and for how long.
    #[must_use]
    pub fn effort(&self) -> &Effort {
        match self {
            Self::Capacity(effort) | Self::Lossless(effort) => effort,
        }
    }

    fn run(&self, replay: &mut Replay) -> Result<Found, Pending> {
        match self {
            Self::Capacity(_) => replay.peak().map(Found::Peak),
            Self::Lossless(_) => replay.threshold().map(Found::Threshold),
        }
    }
}

/// What to train next, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    /// Trainings; none when the search is over.
    pub points: Vec<Point>,
    /// What each cell does next, or how it ended.
    pub reasons: Vec<String>,
}

/// The next round of all cells.
#[must_use]
pub fn next(job: &ValidJobSpec, trials: &[TrialOutcome]) -> Round {
    let mut round = Round::default();
    let Some(search) = job.search() else { return round };
    for cell in 0..job.cells().len() {
        let known = known(trials, cell);
        let mut replay = Replay::new(job, search.effort(), cell, &known);
        let ended = search.run(&mut replay).is_ok();
        let reason = if ended { "done".to_owned() } else { replay.reason() };
        round.reasons.push(reason);
        round.points.append(&mut replay.wanted());
    }
    round
}

/// What a cell's search has come to, once it is over; `None` where the budget ended it
/// before anything was reported.
#[must_use]
pub fn found(job: &ValidJobSpec, cell: usize, known: &Known) -> Option<Found> {
    let search = job.search()?;
    let mut replay = Replay::new(job, search.effort(), cell, known);
    search.run(&mut replay).ok().or(replay.found)
}

/// Fresh draws that a reported capacity needs at least.
pub const LEAST_SEEDS: u32 = 8;

/// Replicates from here on are for tuning; those below are reported.
pub const TUNING: u64 = 1 << 20;

/// One training that a search asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Cell of the sweep.
    pub cell: usize,
    /// Samples N.
    pub samples: u64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Steps.
    pub steps: u64,
    /// Independent draw.
    pub replicate: u64,
}

/// What a training was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// To choose learning rate and size: never part of an estimate.
    Tuning,
    /// A fresh draw at what was chosen.
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

impl Point {
    /// What the training is for.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.replicate >= TUNING { Stage::Tuning } else { Stage::Reporting }
    }

    /// The configuration without its draw.
    #[must_use]
    pub fn setting(&self) -> Setting {
        Setting { samples: self.samples, rate_bits: self.learning_rate.to_bits(), steps: self.steps }
    }

    /// The cell's spec with this point's numbers in it; `None` when the source has no
    /// draw of such a size.
    #[must_use]
    pub fn spec(&self, cell: &JobSpec) -> Option<JobSpec> {
        self.setting().spec(cell)
    }
}

/// A configuration of a search, in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Samples N.
    pub samples: u64,
    /// Learning rate, by its bits.
    rate_bits: u64,
    /// Steps.
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

    /// The setting whose size is the geometric mean of both.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sizes")]
    pub fn between(&self, other: &Self) -> Self {
        self.scaled((other.samples as f64 / self.samples as f64).sqrt())
    }

    /// The cell's spec with this setting in it; `None` when the source has no draw of such
    /// a size.
    #[must_use]
    pub fn spec(&self, cell: &JobSpec) -> Option<JobSpec> {
        let mut dataset = serde_json::to_value(&cell.dataset).ok()?;
        dataset["samples"] = self.samples.into();
        let dataset: Source = serde_json::from_value(dataset).ok()?;
        dataset.validate().ok()?;
        let mut spec = JobSpec { dataset, ..cell.clone() };
        spec.training.learning_rate = self.learning_rate();
        spec.training.steps = self.steps;
        Some(spec)
    }

    /// Its size with memorized bits of some draws; `None` when the source has no draw of
    /// it.
    #[must_use]
    pub fn size(&self, cell: &JobSpec, memorized_bits: Vec<Option<f64>>) -> Option<Size> {
        let dataset_bits = self.spec(cell)?.dataset.process().ledger().dataset().0;
        Some(Size { samples: self.samples, dataset_bits, memorized_bits, train_error: Vec::new() })
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

/// What one training came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// Memorized bits.
    pub bits: f64,
    /// Share of wrong symbols, where it was measured.
    pub train_error: Option<f64>,
}

/// Every draw of every setting of a cell; `None` where a training diverged or failed.
pub type Known = BTreeMap<(Setting, u64), Option<Draw>>;

/// What is known of a cell.
#[must_use]
pub fn known(trials: &[TrialOutcome], cell: usize) -> Known {
    let ended = trials.iter().filter(|trial| trial.state.is_terminal());
    let of_cell = ended.filter_map(|trial| Some((trial, trial.point.filter(|p| p.cell == cell)?)));
    let draw = |trial| {
        let values = &measured(trial)?.measurements;
        let bits = *values.get("memorized_bits")?;
        Some(Draw { bits, train_error: values.get("train_error").copied() })
    };
    of_cell.map(|(trial, point)| ((point.setting(), point.replicate), draw(trial))).collect()
}

/// What a search costs at most: its work budget, at sizes a few times the starting one.
#[must_use]
pub fn estimate(job: &ValidJobSpec) -> Plan {
    let Some(search) = job.search() else { return job.plan().clone() };
    let at_start = |cell: usize| {
        let spec = &job.cells()[cell];
        let training = &spec.training;
        let (learning_rate, steps) = (training.learning_rate, training.steps);
        let first = Setting::new(start(job, cell), learning_rate, steps);
        first.spec(spec).unwrap_or_else(|| spec.clone())
    };
    let mut plan = admission::plan(&(0..job.cells().len()).map(at_start).collect::<Vec<_>>());
    let times = search.effort().work / f64::from(job.frame().seeds);
    plan.trials = u64::from(job.trials());
    plan.estimated_flop *= times;
    plan.estimated_seconds *= times;
    plan
}

/// What of a spec a search cannot do.
#[must_use]
pub fn faults(spec: &JobSpec) -> Vec<Fault> {
    let Some(search) = &spec.search else { return Vec::new() };
    let mut faults = Vec::new();
    if spec.seeds < LEAST_SEEDS {
        let detail = format!("a search reports at least {LEAST_SEEDS} fresh draws");
        faults.push(Fault::new("/seeds", detail));
    }
    let has_bits = spec.estimators.iter().any(|e| e.quantities().iter().any(|q| q.name == "memorized_bits"));
    if !has_bits {
        faults.push(Fault::new("/estimators", "a search needs memorized_bits"));
    }
    let is_real = matches!(spec.dataset.process().shape().targets, TargetShape::Reals { .. });
    if matches!(search, Search::Lossless(_)) && is_real {
        faults
            .push(Fault::new("/dataset", "real numbers are never learnt without error: search for capacity"));
    }
    if !spec.network.architecture().likelihood().is_known() {
        faults.push(Fault::new(
            "/network",
            "no bits are read from this network: there is no capacity to search",
        ));
    }
    if spec.dataset.process().ledger().dataset().0 <= 0.0 {
        faults.push(Fault::new("/dataset", "holds no bits: there is no capacity to search"));
    }
    faults
}

/// The samples at which a search starts: those of the spec, or as many as hold two
/// bits a parameter.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes"
)]
pub fn start(job: &ValidJobSpec, cell: usize) -> u64 {
    let spec = &job.cells()[cell];
    let process = spec.dataset.process();
    let samples = process.shape().samples as f64;
    if job.states_samples() {
        return samples as u64;
    }
    let parameters = spec.network.architecture().size(&process.shape()).parameters as f64;
    let bits_per_sample = process.ledger().dataset().0 / samples;
    (2.0 * parameters / bits_per_sample).round().clamp(4.0, 1e6) as u64
}
