//! The analyses of a job: what its cells say together.

mod comparisons;
mod knobs;
mod peaks;
mod regularizations;
mod scalings;
mod searched;
mod verdicts;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::ValidJobSpec;
use super::results::{TrialOutcome, by_cell, measured, results};
use super::sweep::Coordinates;
use crate::science::analysis::capacity::{CapacityEstimate, Converged, Size, capacity};
use crate::science::network::Likelihood;
pub use comparisons::CellComparison;
pub use peaks::CellPeak;
pub use peaks::QUANTITIES as PEAKS;
pub use regularizations::{CellRegularization, MatchedSpread, NOISE_BITS, RegularizationPoint, gaps};
pub use scalings::CellScaling;
pub use searched::Account;
pub use verdicts::{Holds, Verdict};

/// The axis along which capacity is a maximum.
const SAMPLES: &str = "/dataset/samples";

/// All analyses that the job's sweep allows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Analysis {
    /// Capacity along the samples axis, one for each setting of the other axes.
    pub capacity: Vec<CellCapacity>,
    /// Capacity against parameters, where the sweep has at least three sizes.
    pub scaling: Vec<CellScaling>,
    /// Each value of an axis against the axis' first, paired by replicate and corrected
    /// for their number (Holm).
    pub comparison: Vec<CellComparison>,
    /// Where along the samples axis overfitting is at its worst.
    pub peaks: Vec<CellPeak>,
    /// Bits kept against gap for every knob that the sweep turns, where both are measured.
    pub regularization: Vec<CellRegularization>,
    /// What the results say of the job's claims.
    pub verdicts: Vec<Verdict>,
    /// Why an analysis is missing or to be read with care.
    pub notes: Vec<String>,
}

/// The capacity in one setting of the other axes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CellCapacity {
    /// Pointer and value of every axis but samples.
    pub cell: Coordinates,
    /// The estimate with its curve.
    #[serde(flatten)]
    pub estimate: CapacityEstimate,
    /// How it was searched for, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Account>,
}

/// What a list of jobs shows of a job's analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Headline {
    /// Capacity in each setting of the other axes.
    pub capacity: Vec<HeadlineCapacity>,
}

/// A capacity in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeadlineCapacity {
    /// Pointer and value of every axis but samples.
    pub cell: Coordinates,
    /// Bits at the peak.
    pub capacity_bits: f64,
    /// One-sided 95 % lower bound of these.
    pub capacity_bits_lower_bound_95: Option<f64>,
    /// Bits at the peak over trainable parameters.
    pub bits_per_parameter: f64,
    /// Samples at the peak.
    pub peak_samples: u64,
    /// Whether the peak lies inside the axis.
    pub saturated: Option<bool>,
}

impl Analysis {
    /// The analysis in a few lines.
    #[must_use]
    pub fn headline(&self) -> Headline {
        let line = |capacity: &CellCapacity| HeadlineCapacity {
            cell: capacity.cell.clone(),
            capacity_bits: capacity.estimate.capacity_bits.interval.mean,
            capacity_bits_lower_bound_95: capacity.estimate.capacity_bits.lower_bound_95,
            bits_per_parameter: capacity.estimate.bits_per_parameter.interval.mean,
            peak_samples: capacity.estimate.peak_samples,
            saturated: capacity.estimate.saturated,
        };
        Headline { capacity: self.capacity.iter().map(line).collect() }
    }
}

/// Analyses the trials of a job.
#[must_use]
pub fn analyze(job: &ValidJobSpec, trials: &[TrialOutcome]) -> Analysis {
    let mut analysis = of_trials(job, trials);
    analysis.verdicts = verdicts::verdicts(job, trials, &results(job, trials), &analysis);
    analysis
}

fn of_trials(job: &ValidJobSpec, trials: &[TrialOutcome]) -> Analysis {
    let mut notes = Vec::new();
    let has = |kind| job.cells().iter().any(|cell| cell.network.architecture().likelihood() == kind);
    let settings = settings(job);
    if has(Likelihood::NoData) {
        notes.push("a landscape has no data: read exploration; nothing is memorized".to_owned());
    } else if settings.is_empty() && job.search().is_none() && memorizes(job) {
        notes.push("capacity needs a sweep over /dataset/samples with at least two values".to_owned());
    }
    if has(Likelihood::Seen) {
        notes.push(
            "an autoencoder saw what it predicts: its outputs are no likelihood, and no bits are read from them"
                .to_owned(),
        );
    }
    if job.cells().iter().any(|cell| cell.training.optimizer.threads().is_some()) {
        notes.push(
            "hogwild cannot be repeated: another run of the same seeds gives other numbers, and intervals hold what \
             its threads add to the spread"
                .to_owned(),
        );
    }
    if job.search().is_some() {
        let capacity = searched::capacities(job, trials, &mut notes);
        say_what_it_bounds(&capacity, &mut notes);
        let (scaling, comparison) =
            (scalings::of_capacities(job, &capacity), comparisons::of_capacities(&capacity));
        return Analysis {
            capacity,
            scaling,
            comparison,
            peaks: Vec::new(),
            regularization: Vec::new(),
            verdicts: Vec::new(),
            notes,
        };
    }
    let cells = by_cell(job, trials);
    let mut all = Vec::new();
    for (cell, members) in settings.clone() {
        let mut sizes: Vec<Size> = members.iter().map(|&member| size(job, member, &cells[member])).collect();
        sizes.sort_by_key(|size| size.samples);
        let first = &job.cells()[members[0]];
        let parameters = first.network.architecture().size(&first.dataset.process().shape()).parameters;
        match capacity(parameters, &sizes) {
            Some(estimate) => all.push(CellCapacity { cell, estimate, search: None }),
            None => notes.push(format!(
                "no capacity for {}: no replicate has memorized bits at every size",
                Value::Object(cell.0)
            )),
        }
    }
    judge_convergence(&mut all);
    say_what_it_bounds(&all, &mut notes);
    let places: Vec<Coordinates> = (0..cells.len()).map(|cell| job.coordinates(cell)).collect();
    let peaks = peaks::of_settings(job, &cells, &settings, &all);
    let mut comparison = comparisons::of_capacities(&all);
    comparison.extend(comparisons::of_cells(&places, &cells));
    Analysis {
        scaling: scalings::of_capacities(job, &all),
        capacity: all,
        peaks,
        comparison,
        regularization: regularizations::of_cells(job, &cells),
        verdicts: Vec::new(),
        notes,
    }
}

/// Whether memorized bits are measured at all.
fn memorizes(job: &ValidJobSpec) -> bool {
    let quantities =
        job.cells().iter().flat_map(|cell| &cell.estimators).flat_map(|estimator| estimator.quantities());
    let mut names = quantities.map(|quantity| quantity.name);
    names.any(|name| name == "memorized_bits")
}

/// What a reader must know of these capacities before using them.
fn say_what_it_bounds(capacities: &[CellCapacity], notes: &mut Vec<String>) {
    let is_any = |converged| capacities.iter().any(|capacity| capacity.estimate.converged == converged);
    if !capacities.is_empty() {
        notes.push("memorized bits are in expectation a lower bound on I(W; Y | X)".to_owned());
    }
    if is_any(Converged::NotChecked) {
        let why =
            "no run with twice the steps was made: sweep /training/steps or use search with enough work";
        notes.push(why.to_owned());
    }
    if is_any(Converged::No) {
        notes.push(
            "not converged: twice the steps raise a capacity by more than 2 %, it is a lower bound only"
                .to_owned(),
        );
    }
}

/// Where the sweep has a setting with twice the steps, it says whether the other's were
/// enough.
fn judge_convergence(capacities: &mut [CellCapacity]) {
    const STEPS: &str = "/training/steps";
    let steps = |capacity: &CellCapacity| capacity.cell.0.get(STEPS).and_then(Value::as_u64);
    let known: Vec<(Coordinates, f64)> =
        capacities.iter().map(|c| (c.cell.clone(), c.estimate.capacity_bits.interval.mean)).collect();
    for capacity in capacities {
        let Some(own) = steps(capacity) else { continue };
        let mut longer = capacity.cell.clone();
        longer.0.insert(STEPS.to_owned(), (2 * own).into());
        if let Some((_, bits)) = known.iter().find(|(cell, _)| *cell == longer) {
            capacity.estimate.converged = Converged::of(capacity.estimate.capacity_bits.interval.mean, *bits);
        }
    }
}

/// The settings of the other axes, each with its cells along the samples axis.
fn settings(job: &ValidJobSpec) -> Vec<(Coordinates, Vec<usize>)> {
    let mut settings: Vec<(Coordinates, Vec<usize>)> = Vec::new();
    for cell in 0..job.cells().len() {
        let mut coordinates = job.coordinates(cell);
        if coordinates.0.remove(SAMPLES).is_none() {
            return Vec::new();
        }
        match settings.iter_mut().find(|(known, _)| *known == coordinates) {
            Some((_, members)) => members.push(cell),
            None => settings.push((coordinates, vec![cell])),
        }
    }
    settings.retain(|(_, members)| members.len() > 1);
    settings
}

fn size(job: &ValidJobSpec, cell: usize, outcomes: &[&TrialOutcome]) -> Size {
    let process = job.cells()[cell].dataset.process();
    let values = |name: &str| -> Vec<Option<f64>> {
        outcomes.iter().map(|trial| measured(trial)?.measurements.get(name).copied()).collect()
    };
    Size {
        samples: process.shape().samples as u64,
        dataset_bits: process.ledger().dataset().0,
        memorized_bits: values("memorized_bits"),
        train_error: values("train_error"),
    }
}
