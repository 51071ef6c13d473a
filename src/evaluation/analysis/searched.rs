//! The result of a search: capacity from independent replicates at a frozen dataset size.

use std::collections::BTreeMap;

use serde_json::Value;

use super::account::Account;
use super::capacities::CellCapacity;
use crate::job::TrialState;
use crate::outcome::TrialOutcome;
use crate::science::analysis::capacity::{
    CapacityEstimate, Converged, FrozenPeak, LOGISTIC, Size, bits_at, capacity as estimate,
};
use crate::science::analysis::interval::Interval;
use crate::science::analysis::threshold::Median;
use crate::search::{Found, Known, Peak, Threshold, found, known, size, work};
use crate::spec::search::{Setting, TUNING};
use crate::spec::{CellSpec, ValidJobSpec};

/// Capacities of the cells whose search is over.
pub(super) fn capacities(
    job: &ValidJobSpec,
    trials: &[TrialOutcome],
    notes: &mut Vec<String>,
) -> Vec<CellCapacity> {
    let mut all = Vec::new();
    // a search that was cancelled or that failed has a trial that was; between two rounds none runs
    let is_over =
        trials.iter().any(|trial| matches!(trial.state, TrialState::Cancelled | TrialState::Failed));
    for cell in 0..job.cell_count() {
        let known = known(trials, cell);
        let capacity = found(job, cell, &known).and_then(|found| capacity(job, cell, &known, &found));
        if capacity.is_none() {
            let place = Value::Object(job.coordinates(cell).0);
            let why = if is_over {
                "ended before any replicate was reported"
            } else {
                "has reported no replicate so far"
            };
            notes.push(format!("the search for the cell {place} {why}"));
        }
        if let Some(capacity) = &capacity {
            let place = Value::Object(job.coordinates(cell).0);
            let open = answers_left_open(capacity);
            notes.extend(open.into_iter().map(|why| format!("the search for the cell {place}: {why}")));
        }
        all.extend(capacity);
    }
    all
}

fn capacity(job: &ValidJobSpec, cell: usize, known: &Known, found: &Found) -> Option<CellCapacity> {
    let spec = job.cell(cell);
    let parameters = spec.parameters();
    let (estimate, account) = match found {
        Found::Peak(peak) => {
            let curve = curve(job, cell, known, peak.setting);
            (of_peak(peak, parameters, &fresh(peak, &spec)?, &curve)?, account_of_peak(peak))
        }
        Found::Threshold(threshold) => of_threshold(threshold, parameters)?,
    };
    let effort = job.search()?.effort();
    let tuning = known.keys().filter(|(_, replicate)| *replicate >= TUNING).count();
    // what other sizes and learning rates may yield more is a part of the interval
    let is_settled = match found {
        Found::Threshold(_) => true,
        Found::Peak(peak) => peak.shortfall.is_some() && peak.rate_shortfall.is_some(),
    };
    let account = Account {
        tuning_trainings: tuning as u64,
        work: work(job, cell, known.keys().map(|(setting, _)| *setting)),
        work_limit: effort.work,
        within_tolerance: account
            .relative_half_width
            .map(|half| half <= effort.tolerance)
            .filter(|_| is_settled),
        stop_when_held: job.stop_when_held(&spec),
        ..account
    };
    Some(CellCapacity { cell: job.coordinates(cell), estimate, search: Some(account) })
}

/// The fresh replicates at the size that was chosen.
fn fresh(peak: &Peak, spec: &CellSpec) -> Option<Size> {
    let train_error = peak.report.iter().map(|draw| draw.and_then(|draw| draw.train_error)).collect();
    Some(Size { train_error, ..size(&peak.setting, spec, peak.bits())? })
}

fn of_peak(peak: &Peak, parameters: u64, at: &Size, curve: &[Size]) -> Option<CapacityEstimate> {
    let falls = peak.fall().and_then(|fall| fall.lower_bound_95()).map(|bound| bound > 0.0);
    let bits: Vec<f64> = at.memorized_bits.iter().flatten().copied().collect();
    let mut estimate = CapacityEstimate::at_frozen_peak(FrozenPeak {
        parameters,
        peak: at,
        is_inside: falls,
        converged: peak.converged(),
        shortfall: peak.shortfalls() * Interval::of(&bits)?.mean,
        report: &at.memorized_bits,
        curve,
    })?;
    if peak.is_lossless() {
        // the data were too few to say more: the capacity is at least this
        estimate.saturated = Some(false);
    }
    Some(estimate)
}

fn account_of_peak(peak: &Peak) -> Account {
    Account {
        reporting_draws: peak.report.len() as u64,
        shortfall_of_the_size: peak.shortfall,
        shortfall_of_the_learning_rate: peak.rate_shortfall,
        larger_samples: peak.beyond.as_ref().map(|beyond| beyond.setting.samples),
        fall_at_the_larger_size: peak.fall(),
        twice_the_steps_samples: peak.doubled.as_ref().map(|doubled| doubled.setting.samples),
        raise_of_twice_the_steps: peak.raise(),
        relative_half_width: peak.relative_half_width(),
        holds_all_data: peak.is_lossless(),
        ..Account::at(peak.setting)
    }
}

/// What the search does not know, each with what it makes of the capacity.
fn answers_left_open(capacity: &CellCapacity) -> Vec<&'static str> {
    let (estimate, Some(account)) = (&capacity.estimate, &capacity.search) else { return Vec::new() };
    let mut open = Vec::new();
    if estimate.estimator == LOGISTIC {
        return open;
    }
    if account.holds_all_data {
        open.push("every reported replicate holds all its data, so the capacity is at least that of the report (censored, no interval)");
    } else if account.fall_at_the_larger_size.is_none() {
        open.push("no larger size was tried on fresh replicates, so saturation is unknown and the capacity a lower bound");
    } else if estimate.saturated != Some(true) {
        open.push("fresh replicates do not tell whether a larger size yields less, so the capacity is a lower bound");
    }
    match estimate.converged {
        Converged::NotChecked => {
            open.push("twice the steps were not tried on fresh replicates, so the capacity is a lower bound");
        }
        Converged::Undecided => open.push(
            "more replicates with twice the steps would be needed to tell whether these raise it by 2 %, so the capacity is a lower bound",
        ),
        Converged::No => open.push("twice the steps yield more, so the capacity is a lower bound"),
        Converged::Yes => {}
    }
    if account.shortfall_of_the_size.is_none() {
        open.push("no other sizes were compared closely with the reported one (for that the work limit is too low, or a report led to another size), so another size may yield more");
    }
    if account.shortfall_of_the_learning_rate.is_none() {
        open.push("no learning rates far away were compared with the reported one (for that the work limit is too low, or a report led to another size), so another rate may yield more");
    }
    if account.within_tolerance == Some(false) {
        open.push("the interval is wider than the tolerance that was asked for");
    }
    open
}

/// The reported replicates form a curve of their own around the median.
#[expect(clippy::cast_precision_loss, reason = "parameter counts are far below 2^53")]
fn of_threshold(threshold: &Threshold, parameters: u64) -> Option<(CapacityEstimate, Account)> {
    let mut estimate = estimate(parameters, &threshold.report)?;
    let median = threshold.median();
    let bits = |median: Median| bits_at(&threshold.report, median.size);
    estimate.lossless_samples_median = median.map(|median| median.size);
    estimate.lossless_samples_median_standard_error = median.map(|median| median.standard_error);
    estimate.lossless_bits_per_parameter_median = median.and_then(bits).map(|bits| bits / parameters as f64);
    estimate.converged = threshold.raise().map_or(Converged::NotChecked, |raise| Converged::of_raise(&raise));
    LOGISTIC.clone_into(&mut estimate.estimator);
    let account = Account {
        reporting_draws: threshold.report.iter().map(|size| size.memorized_bits.len() as u64).sum(),
        raise_of_twice_the_steps: threshold.raise(),
        relative_half_width: median.map(|median| 1.96 * median.standard_error / median.size),
        ..Account::at(threshold.setting)
    };
    Some((estimate, account))
}

/// Tuning replicates at the chosen learning rate and steps, by size.
fn curve(job: &ValidJobSpec, cell: usize, known: &Known, at: Setting) -> Vec<Size> {
    let like = |setting: &Setting| {
        setting.steps == at.steps && setting.learning_rate().to_bits() == at.learning_rate().to_bits()
    };
    let mut sizes: BTreeMap<Setting, Vec<Option<f64>>> = BTreeMap::new();
    for ((setting, _), draw) in known.iter().filter(|((s, r), _)| like(s) && *r >= TUNING) {
        sizes.entry(*setting).or_default().push(draw.map(|draw| draw.bits));
    }
    sizes.into_iter().filter_map(|(setting, bits)| size(&setting, &job.cell(cell), bits)).collect()
}
