//! What a search found: capacity from fresh draws at a frozen size.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::CellCapacity;
use crate::job::check::ValidJobSpec;
use crate::job::results::TrialOutcome;
use crate::job::search::{Found, Known, Point, Search, Setting, TUNING, found, known, work};
use crate::science::analysis::capacity::{CapacityEstimate, Converged, FrozenPeak, Size};
use crate::science::analysis::interval::Interval;

/// How a capacity was searched for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Account {
    /// Learning rate that was chosen.
    pub learning_rate: f64,
    /// Steps of every reported training.
    pub steps: u64,
    /// Trainings that chose learning rate, size and steps.
    pub tuning_trainings: u64,
    /// Fresh draws that are reported.
    pub reporting_draws: u64,
    /// Work of all trainings, in trainings at the starting size and steps.
    pub work: f64,
    /// Work that was allowed.
    pub work_limit: f64,
    /// By which share of the mean twice the steps raise the same draws.
    pub raise_of_twice_the_steps: Option<Interval>,
    /// Whether half of the interval is within the tolerance that was asked for.
    pub within_tolerance: Option<bool>,
}

/// Capacities of the cells whose search is over.
pub(super) fn capacities(
    job: &ValidJobSpec,
    trials: &[TrialOutcome],
    notes: &mut Vec<String>,
) -> Vec<CellCapacity> {
    let mut all = Vec::new();
    let is_running = trials.iter().any(|trial| !trial.state.is_terminal());
    for cell in 0..job.cells().len() {
        let known = known(trials, cell);
        let capacity = found(job, cell, &known).and_then(|found| capacity(job, cell, &known, &found));
        if capacity.is_none() {
            let place = Value::Object(job.coordinates(cell).0);
            let why = if is_running { "is under way" } else { "ended before anything was reported" };
            notes.push(format!("the search of {place} {why}"));
        }
        all.extend(capacity);
    }
    all
}

fn capacity(job: &ValidJobSpec, cell: usize, known: &Known, found: &Found) -> Option<CellCapacity> {
    let Some(Search::Capacity(search)) = job.search() else { return None };
    // draws that have both: others have other means
    let both: Vec<(f64, f64)> =
        found.report.iter().zip(&found.doubled).filter_map(|(bits, twice)| bits.zip(*twice)).collect();
    let (bits, twice): (Vec<f64>, Vec<f64>) = both.iter().copied().unzip();
    let raises: Vec<f64> = both.iter().map(|(bits, twice)| twice - bits).collect();
    let raise = Interval::of_ratio(&raises, &bits);
    let spec = &job.cells()[cell];
    let first = sized(job, cell, found.setting, Vec::new())?;
    let parameters = spec.network.architecture().size(&spec.dataset.process().shape()).parameters;
    let estimate = CapacityEstimate::at_frozen_peak(FrozenPeak {
        parameters,
        peak: &first,
        is_inside: found.is_inside,
        converged: Interval::of(&bits)
            .zip(Interval::of(&twice))
            .map_or(Converged::NotChecked, |(bits, twice)| Converged::of(bits.mean, twice.mean)),
        report: &found.report,
        curve: &curve(job, cell, known, found.setting),
    })?;
    let interval = estimate.capacity_bits.interval;
    let half = interval.ci95_high.map(|high| (high - interval.mean) / interval.mean.abs());
    let tuning = known.keys().filter(|(_, replicate)| *replicate >= TUNING).count();
    let account = Account {
        learning_rate: found.setting.learning_rate(),
        steps: found.setting.steps,
        tuning_trainings: tuning as u64,
        reporting_draws: found.report.len() as u64,
        work: work(job, cell, known.keys().map(|(setting, _)| *setting)),
        work_limit: search.work,
        raise_of_twice_the_steps: raise,
        within_tolerance: half.map(|half| half <= search.tolerance),
    };
    Some(CellCapacity { cell: job.coordinates(cell), estimate, search: Some(account) })
}

/// Tuning draws at the chosen learning rate and steps, by size.
fn curve(job: &ValidJobSpec, cell: usize, known: &Known, at: Setting) -> Vec<Size> {
    let like = |setting: &Setting| {
        setting.steps == at.steps && setting.learning_rate().to_bits() == at.learning_rate().to_bits()
    };
    let mut sizes: BTreeMap<Setting, Vec<Option<f64>>> = BTreeMap::new();
    for ((setting, _), bits) in known.iter().filter(|((s, r), _)| like(s) && *r >= TUNING) {
        sizes.entry(*setting).or_default().push(*bits);
    }
    sizes.into_iter().filter_map(|(setting, bits)| sized(job, cell, setting, bits)).collect()
}

fn sized(job: &ValidJobSpec, cell: usize, at: Setting, bits: Vec<Option<f64>>) -> Option<Size> {
    let (samples, learning_rate, steps) = (at.samples, at.learning_rate(), at.steps);
    let spec = Point { cell, samples, learning_rate, steps, replicate: 0 }.spec(&job.cells()[cell])?;
    let dataset_bits = spec.dataset.process().ledger().dataset().0;
    Some(Size { samples, dataset_bits, memorized_bits: bits, train_error: Vec::new() })
}
