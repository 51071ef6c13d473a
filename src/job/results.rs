//! Results: what the trials of each cell measured, over their seeds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::check::ValidJobSpec;
use super::search::{Point, Stage};
use super::spec::JobSpec;
use super::state::TrialState;
use super::sweep::Coordinates;
use crate::science::analysis::interval::Interval;
use crate::science::entropy::log2_dichotomies;
use crate::science::estimator::{Bound, Quantity, Ratio, all_quantities, all_ratios};
use crate::science::invariant::PRECISION_BITS;
use crate::science::source::Ledger;
use crate::science::trial::{Measured, TrialReport};

/// A trial as far as it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialOutcome {
    /// Number of the trial in its job.
    pub index: u32,
    /// Where it stands.
    pub state: TrialState,
    /// What it reported, once it ended.
    pub report: Option<TrialReport>,
    /// What a search wanted it for.
    pub point: Option<Point>,
}

/// The results of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CellResult {
    /// Pointer and value of every axis, and of a search what it chose.
    pub cell: Coordinates,
    /// Of a search whether the draws chose a setting or were measured at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Trainable parameters.
    pub parameters: u64,
    /// Bits of a draw.
    pub dataset_bits: f64,
    /// What they are made of.
    pub ledger: Ledger,
    /// What the network can hold at most.
    pub upper_bounds: UpperBounds,
    /// How the cell's trials ended.
    pub trials: TrialCounts,
    /// Each quantity over the trials that succeeded.
    pub measurements: BTreeMap<String, CellMeasurement>,
}

/// Bits that a network cannot hold more of, whatever the training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct UpperBounds {
    /// Precision of all weights together: 32 bits each.
    pub weights_bits: f64,
    /// All that there is in a draw.
    pub dataset_bits: f64,
    /// Of a linear readout of two classes, the logarithm of all labelings that some
    /// weights give (Cover 1965).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readout_bits: Option<f64>,
}

impl UpperBounds {
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn of(spec: &JobSpec) -> Self {
        let process = spec.dataset.process();
        let (shape, architecture) = (process.shape(), spec.network.architecture());
        let readout = architecture.readout_dimension(&shape);
        Self {
            weights_bits: PRECISION_BITS * architecture.size(&shape).parameters as f64,
            dataset_bits: process.ledger().dataset().0,
            readout_bits: readout.map(|dimension| log2_dichotomies(shape.samples, dimension).0),
        }
    }
}

/// How trials ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TrialCounts {
    /// With a report.
    pub succeeded: u64,
    /// Without a result.
    pub failed: u64,
    /// Training left the finite numbers.
    pub diverged: u64,
    /// Not ended yet.
    pub pending: u64,
    /// Cancelled before they ended.
    pub cancelled: u64,
}

/// A quantity over the seeds of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CellMeasurement {
    /// Unit of mean, sd and interval.
    pub unit: &'static str,
    /// Kind of the estimator that made it.
    pub estimator: String,
    /// What it says of the truth: itself, a lower bound, or a null.
    pub bound: Bound,
    /// Mean and interval over seeds.
    #[serde(flatten)]
    pub interval: Interval,
}

/// The results of every cell, in sweep order.
#[must_use]
pub fn results(job: &ValidJobSpec, trials: &[TrialOutcome]) -> Vec<CellResult> {
    let quantities: BTreeMap<&'static str, (String, Quantity)> = all_quantities()
        .into_iter()
        .map(|(kind, quantity)| (quantity.name, (kind.to_string(), quantity)))
        .collect();
    groups(job, trials)
        .iter()
        .map(|Group { cell, stage, spec, outcomes }| {
            let process = spec.dataset.process();
            CellResult {
                cell: cell.clone(),
                stage: *stage,
                parameters: spec.network.architecture().size(&process.shape()).parameters,
                dataset_bits: process.ledger().dataset().0,
                ledger: process.ledger(),
                upper_bounds: UpperBounds::of(spec),
                trials: TrialCounts::of(outcomes),
                measurements: measurements(outcomes, &quantities),
            }
        })
        .collect()
}

/// Trials of one configuration.
struct Group<'a> {
    cell: Coordinates,
    stage: Option<Stage>,
    spec: Cow<'a, JobSpec>,
    outcomes: Vec<&'a TrialOutcome>,
}

/// One group a cell; of a search one for each setting that it tried.
fn groups<'a>(job: &'a ValidJobSpec, trials: &'a [TrialOutcome]) -> Vec<Group<'a>> {
    if job.search().is_none() {
        let cells = by_cell(job, trials).into_iter().enumerate();
        return cells
            .map(|(cell, outcomes)| {
                let spec = Cow::Borrowed(&job.cells()[cell]);
                Group { cell: job.coordinates(cell), stage: None, spec, outcomes }
            })
            .collect();
    }
    let mut settings: BTreeMap<_, Vec<&TrialOutcome>> = BTreeMap::new();
    for trial in trials {
        if let Some(point) = trial.point {
            let is_tuning = point.stage() == Stage::Tuning;
            settings.entry((point.cell, is_tuning, point.setting())).or_default().push(trial);
        }
    }
    let group = |outcomes: Vec<&'a TrialOutcome>| {
        let point = outcomes.first()?.point?;
        let spec = point.spec(&job.cells()[point.cell])?;
        let (cell, stage) = (job.place_of(outcomes[0]).0, Some(point.stage()));
        Some(Group { cell, stage, spec: Cow::Owned(spec), outcomes })
    };
    settings.into_values().filter_map(group).collect()
}

/// The trials of each cell, ordered by replicate.
pub(super) fn by_cell<'a>(job: &ValidJobSpec, trials: &'a [TrialOutcome]) -> Vec<Vec<&'a TrialOutcome>> {
    let mut cells: Vec<Vec<&TrialOutcome>> = vec![Vec::new(); job.cells().len()];
    for trial in trials {
        cells[job.place(trial.index).0].push(trial);
    }
    for cell in &mut cells {
        cell.sort_by_key(|trial| trial.index);
    }
    cells
}

/// What a trial measured, if it succeeded.
pub(super) fn measured(trial: &TrialOutcome) -> Option<&Measured> {
    match &trial.report {
        Some(TrialReport::Succeeded(measured)) => Some(measured),
        _ => None,
    }
}

/// Values of the trials by quantity, each in replicate order.
fn measurements(
    outcomes: &[&TrialOutcome],
    quantities: &BTreeMap<&'static str, (String, Quantity)>,
) -> BTreeMap<String, CellMeasurement> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for measured in outcomes.iter().filter_map(|trial| measured(trial)) {
        for (name, value) in &measured.measurements {
            values.entry(name).or_default().push(*value);
        }
    }
    let ratios: BTreeMap<&str, Ratio> = all_ratios().into_iter().map(|ratio| (ratio.name, ratio)).collect();
    let over = |name: &str, own: &[f64]| match ratios.get(name) {
        Some(ratio) => Interval::of_ratio(values.get(ratio.numerator)?, values.get(ratio.denominator)?),
        None => Interval::of(own),
    };
    values
        .iter()
        .filter_map(|(name, own)| {
            let (estimator, quantity) = quantities.get(name)?;
            let measurement = CellMeasurement {
                unit: quantity.unit.name(),
                estimator: estimator.clone(),
                bound: quantity.bound,
                interval: over(name, own)?,
            };
            Some(((*name).to_owned(), measurement))
        })
        .collect()
}

impl TrialCounts {
    fn of(outcomes: &[&TrialOutcome]) -> Self {
        let mut counts = Self::default();
        for trial in outcomes {
            *match trial.state {
                TrialState::Succeeded => &mut counts.succeeded,
                TrialState::Failed => &mut counts.failed,
                TrialState::Diverged => &mut counts.diverged,
                TrialState::Cancelled => &mut counts.cancelled,
                TrialState::Queued | TrialState::Running => &mut counts.pending,
            } += 1;
        }
        counts
    }
}
