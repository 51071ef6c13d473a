//! The analyses of a job, over all of its cells.

mod account;
mod capacities;
mod comparisons;
mod knobs;
mod peaks;
mod reference;
mod regularizations;
mod scalings;
mod searched;
mod settings;
mod theory;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wanted::{IsWanted, go_on};
use crate::outcome::{TrialOutcome, by_cell};
use crate::science::estimator::{Estimator, layer_information};
use crate::science::injection::RateRule;
use crate::science::network::Likelihood;
use crate::science::regularizer::Regularizer;
use crate::spec::{CellSpec, Coordinates, ValidJobSpec};
pub use account::Account;
pub use capacities::CellCapacity;
use capacities::{capacity_of, judge_convergence, say_what_it_bounds};
pub use comparisons::CellComparison;
pub use peaks::CellPeak;
pub use regularizations::{CellRegularization, MatchedSpread, NOISE_BITS, RegularizationPoint};
pub use scalings::CellScaling;
use settings::settings;

/// The analyses for which the job's sweep has the cells.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Analyses {
    /// Capacity: the maximum of the memorized bits along the samples axis, for each setting of the
    /// other axes.
    pub capacity: Vec<CellCapacity>,
    /// Linear fit of capacity against the number of parameters; needs at least three sizes.
    pub scaling: Vec<CellScaling>,
    /// Each value of an axis compared with the reference among them, paired by replicate, with
    /// p-values corrected for the number of comparisons (Holm).
    pub comparison: Vec<CellComparison>,
    /// Dataset sizes at which test cross-entropy and generalization gap are largest.
    pub peaks: Vec<CellPeak>,
    /// Memorized bits against generalization gaps for every knob that the sweep varies, if both are
    /// measured.
    pub regularization: Vec<CellRegularization>,
    /// Why an analysis is missing, and what to consider when interpreting the others.
    pub notes: Vec<String>,
}

/// Summary of a job's analysis, as lists of jobs show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Headline {
    /// Capacity of each setting of the other axes.
    pub capacity: Vec<HeadlineCapacity>,
}

/// Summary of an estimated capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeadlineCapacity {
    /// Path and value of every axis except samples.
    pub cell: Coordinates,
    /// Memorized bits at the peak.
    pub capacity_bits: f64,
    /// One-sided 95 % lower confidence bound of the capacity, in bits.
    pub capacity_bits_lower_bound_95: Option<f64>,
    /// Capacity in bits divided by the number of trainable parameters.
    pub bits_per_parameter: f64,
    /// Number of samples at the peak.
    pub peak_samples: u64,
    /// Whether the peak lies inside the axis: beyond it the curve falls significantly; `null` if it
    /// cannot be decided.
    pub saturated: Option<bool>,
}

impl Analyses {
    /// The analyses in a few lines.
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

/// Analyses the outcomes of a job; `None` once nobody waits for it.
pub(super) fn analyze(
    job: &ValidJobSpec,
    outcomes: &[TrialOutcome],
    is_wanted: IsWanted,
) -> Option<Analyses> {
    if job.search().is_some() {
        return Some(of_search(job, outcomes));
    }
    let mut notes = notes_on_networks(job);
    let settings = settings(job);
    if settings.is_empty() && memorizes(job) {
        notes.insert(0, "capacity needs a sweep over /dataset/samples with at least two values".to_owned());
    }
    let cells = by_cell(job, outcomes);
    let mut all = Vec::new();
    for (cell, members) in &settings {
        go_on(is_wanted)?;
        all.extend(capacity_of(job, cell, members, &cells, &mut notes));
    }
    judge_convergence(&mut all);
    say_what_it_bounds(&all, &mut notes);
    go_on(is_wanted)?;
    let peaks = peaks::of_settings(job, &cells, &settings, &all);
    go_on(is_wanted)?;
    let mut comparison = comparisons::of_capacities(job, &all);
    comparison.extend(comparisons::of_cells(job, &cells));
    go_on(is_wanted)?;
    Some(Analyses {
        scaling: scalings::of_capacities(job, &all),
        capacity: all,
        peaks,
        comparison,
        regularization: regularizations::of_cells(job, &cells, is_wanted)?,
        notes,
    })
}

fn of_search(job: &ValidJobSpec, outcomes: &[TrialOutcome]) -> Analyses {
    let mut notes = notes_on_networks(job);
    let capacity = searched::capacities(job, outcomes, &mut notes);
    say_what_it_bounds(&capacity, &mut notes);
    Analyses {
        scaling: scalings::of_capacities(job, &capacity),
        comparison: comparisons::of_capacities(job, &capacity),
        capacity,
        notes,
        ..Analyses::default()
    }
}

/// Notes on the job's networks and optimizers.
fn notes_on_networks(job: &ValidJobSpec) -> Vec<String> {
    let has = |kind| job.networks().any(|network| network.architecture().likelihood() == kind);
    let threads = job.trainings().any(|training| training.optimizer.threads().is_some());
    let notes = [
        (
            has(Likelihood::NoData),
            "a landscape has no data, so nothing is memorized: use the estimator exploration",
        ),
        (
            has(Likelihood::Seen),
            "an autoencoder sees its target, so its outputs are not likelihoods, and no bits are read from them",
        ),
        (
            has(Likelihood::Implicit),
            "a generator draws its answers and states no probability of them, so no bits are read from it: use the estimator output_distribution",
        ),
        (
            threads,
            "hogwild cannot be repeated: another run with the same seed gives other numbers, and intervals include \
             the variance due to its threads",
        ),
    ];
    let notes = notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note.to_owned());
    notes.chain(notes_on_rates(job)).collect()
}

/// Notes on rates that a controller holds: that it holds them says nothing about information.
fn notes_on_rates(job: &ValidJobSpec) -> Vec<String> {
    let mut notes = Vec::new();
    let target = |regularizer: &Regularizer| match regularizer.rate() {
        Some(RateRule::Target(bits)) => Some(bits),
        _ => None,
    };
    let cells = || job.cells().filter_map(|cell| Some((cell.regularizers.iter().find_map(target)?, cell)));
    let brackets =
        |estimator: &Estimator| estimator.quantities().iter().any(|q| q.name == layer_information::LOW);
    if cells().any(|(_, cell)| !cell.estimators.iter().any(brackets)) {
        notes.push(
            "a rate that a controller holds at target_bits is an upper bound of what passes the code: judge it by the \
             bracket of the estimator layer_information"
                .to_owned(),
        );
    }
    // a search chooses the samples itself
    let samples = |cell: &CellSpec| cell.dataset.process().shape().samples;
    let above = cells().filter(|(bits, cell)| job.search().is_none() && bits.0 > log2(samples(cell)));
    if let Some((bits, cell)) = above.max_by(|a, b| f64::total_cmp(&a.0.0, &b.0.0)) {
        let samples = samples(&cell);
        notes.push(format!(
            "target_bits of {} is more than log2 of the {samples} samples, {:.2} bits, which tell each sample from all \
             others: the rest of such a rate is no information about the sample",
            bits.0,
            log2(samples),
        ));
    }
    notes
}

#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
fn log2(samples: usize) -> f64 {
    libm::log2(samples as f64)
}

/// Whether memorized bits are measured at all.
fn memorizes(job: &ValidJobSpec) -> bool {
    let has_data = job.networks().all(|network| network.architecture().likelihood() != Likelihood::NoData);
    let mut quantities = job.estimators().flat_map(|estimator| estimator.quantities());
    has_data && quantities.any(|quantity| quantity.name == "memorized_bits")
}
