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

use crate::outcome::TrialOutcome;
use crate::science::analysis::capacity::Size;
use crate::spec::admission::{self, Plan};
use crate::spec::search::{Probe, Search, Setting};
use crate::spec::{CellSpec, ValidJobSpec};
pub use lossless::Threshold;
pub use peak::Peak;
pub use replay::work;
use replay::{Pending, Replay};

/// What a search has settled on.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Where most is memorized.
    Peak(Peak),
    /// Where half of the replicates are learnt without error.
    Threshold(Threshold),
}

fn run(search: &Search, replay: &mut Replay) -> Result<Found, Pending> {
    match search {
        Search::Capacity(_) => replay.peak().map(Found::Peak),
        Search::Lossless(_) => replay.threshold().map(Found::Threshold),
    }
}

/// What to train next, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    /// Trainings; none when the search is over.
    pub probes: Vec<Probe>,
    /// What each cell does next, or how it ended.
    pub reasons: Vec<String>,
}

/// The next round of all cells.
#[must_use]
pub fn next(job: &ValidJobSpec, trials: &[TrialOutcome]) -> Round {
    let mut round = Round::default();
    let Some(search) = job.search() else { return round };
    for cell in 0..job.cell_count() {
        let known = known(trials, cell);
        let mut replay = Replay::new(job, search.effort(), cell, &known);
        let ended = run(search, &mut replay).is_ok();
        let reason = if ended { "done".to_owned() } else { replay.reason() };
        round.reasons.push(reason);
        round.probes.append(&mut replay.wanted());
    }
    round
}

/// What a cell's search has come to, once it is over; `None` where the work limit ended it
/// before anything was reported.
#[must_use]
pub fn found(job: &ValidJobSpec, cell: usize, known: &Known) -> Option<Found> {
    let search = job.search()?;
    let mut replay = Replay::new(job, search.effort(), cell, known);
    run(search, &mut replay).ok().or(replay.found)
}

/// What one training came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// Memorized bits.
    pub bits: f64,
    /// Share of wrong symbols, where it was measured.
    pub train_error: Option<f64>,
}

/// Every replicate of every setting of a cell; `None` where a training diverged or failed.
pub type Known = BTreeMap<(Setting, u64), Option<Draw>>;

/// What is known of a cell.
#[must_use]
pub fn known(trials: &[TrialOutcome], cell: usize) -> Known {
    let ended = trials.iter().filter(|trial| trial.state.is_terminal());
    let of_cell = ended.filter_map(|trial| Some((trial, trial.probe.filter(|p| p.cell == cell)?)));
    let draw = |trial: &TrialOutcome| {
        let values = &trial.measured()?.measurements;
        let bits = *values.get("memorized_bits")?;
        Some(Draw { bits, train_error: values.get("train_error").copied() })
    };
    of_cell.map(|(trial, probe)| ((probe.setting(), probe.replicate), draw(trial))).collect()
}

/// What a job begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// What the job costs; a search at most.
    pub plan: Plan,
    /// The first round of a search.
    pub round: Option<Round>,
}

/// What a job begins with and what it costs: a search its work limit, at the starting size.
#[must_use]
pub fn opening(job: &ValidJobSpec) -> Opening {
    let Some(search) = job.search() else {
        return Opening { plan: job.plan_of_cells().clone(), round: None };
    };
    let at_start = (0..job.cell_count()).map(|cell| {
        let spec = job.cell(cell);
        let (learning_rate, steps) = (spec.training.learning_rate, spec.training.steps);
        Setting::new(start(job, cell), learning_rate, steps).cell(&spec).unwrap_or(spec)
    });
    let seeds = job.common().seeds;
    let mut plan = admission::plan(at_start, seeds);
    let round = next(job, &[]);
    let times = search.effort().work / f64::from(seeds);
    plan.trials = round.probes.len() as u64;
    plan.estimated_flop *= times;
    plan.estimated_seconds *= times;
    Opening { plan, round: Some(round) }
}

/// A size with memorized bits of some replicates; `None` when the source has no dataset of it.
#[must_use]
pub fn size(setting: &Setting, cell: &CellSpec, memorized_bits: Vec<Option<f64>>) -> Option<Size> {
    let dataset_bits = setting.cell(cell)?.dataset_bits();
    Some(Size { samples: setting.samples, dataset_bits, memorized_bits, train_error: Vec::new() })
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
    let spec = job.cell(cell);
    let process = spec.dataset.process();
    let samples = process.shape().samples as f64;
    if job.states_samples() {
        return samples as u64;
    }
    let parameters = spec.parameters() as f64;
    let bits_per_sample = process.ledger().dataset().0 / samples;
    (2.0 * parameters / bits_per_sample).round().clamp(4.0, 1e6) as u64
}
