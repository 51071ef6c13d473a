//! The capacity of each setting of the axes beside samples, and what it bounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Account;
use crate::outcome::TrialOutcome;
use crate::science::analysis::capacity::{CapacityEstimate, Converged, Size, capacity};
use crate::science::analysis::evidence::Evidence;
use crate::science::analysis::interval::NoInterval;
use crate::spec::quantity::CapacityQuantity;
use crate::spec::{Coordinates, ValidJobSpec};

/// The axis along which capacity is a maximum.
pub(super) const SAMPLES: &str = "/dataset/samples";

/// The capacity of one setting of the other axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellCapacity {
    /// Path and value of every axis except samples.
    pub cell: Coordinates,
    /// The estimate with the whole curve.
    #[serde(flatten)]
    pub estimate: CapacityEstimate,
    /// Details of the search, if the capacity was searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Account>,
}

impl CellCapacity {
    /// What the replicates say of one of its numbers.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "parameter counts are far below 2^53")]
    pub fn evidence(&self, quantity: CapacityQuantity) -> Evidence {
        let estimate = &self.estimate;
        let bits = || estimate.evidence.bits.clone();
        let evidence = match quantity {
            CapacityQuantity::Bits => bits(),
            CapacityQuantity::BitsPerParameter => {
                bits().map(|evidence| evidence.over(estimate.parameters as f64))
            }
            CapacityQuantity::LosslessSamples => Some(Evidence::HalfOf(estimate.evidence.lossless.clone())),
            CapacityQuantity::PeakDatasetBits => {
                Some(Evidence::Open(Some(estimate.peak_dataset_bits), NoInterval::NoMethod))
            }
        };
        evidence.unwrap_or(Evidence::Open(None, NoInterval::NoMethod))
    }

    /// What the number is a bound of, in words, beside memorized bits being one themselves.
    #[must_use]
    pub fn limits(&self) -> Vec<&'static str> {
        let estimate = &self.estimate;
        let mut words = Vec::new();
        if estimate.capacity_bits.interval.no_interval == Some(NoInterval::Censored) {
            words.push("at least this: at the peak all data are held");
        } else if estimate.saturated == Some(false) {
            words.push("a lower bound only: the curve does not fall significantly beyond the peak");
        }
        match estimate.converged {
            Converged::Yes => {}
            Converged::No => words.push("a lower bound only: longer training raises it"),
            Converged::Undecided => words.push("a lower bound only: longer training may raise it"),
            Converged::NotChecked => words.push("a lower bound only: not checked with longer training"),
        }
        words
    }
}

/// The capacity of one setting, or a note why there is none.
pub(super) fn capacity_of(
    job: &ValidJobSpec,
    cell: &Coordinates,
    members: &[usize],
    cells: &[Vec<&TrialOutcome>],
    notes: &mut Vec<String>,
) -> Option<CellCapacity> {
    let mut sizes: Vec<Size> = members.iter().map(|&member| size(job, member, &cells[member])).collect();
    sizes.sort_by_key(|size| size.samples);
    let estimate = capacity(job.cell(members[0]).parameters(), &sizes);
    if estimate.is_none() {
        let place = if cell.0.is_empty() { String::new() } else { format!(" for {}", json!(cell)) };
        notes.push(format!("no capacity{place}: no replicate has memorized bits at every size"));
    }
    Some(CellCapacity { cell: cell.clone(), estimate: estimate?, search: None })
}

/// Notes on how to interpret these capacities.
pub(super) fn say_what_it_bounds(capacities: &[CellCapacity], notes: &mut Vec<String>) {
    let is_any = |converged| capacities.iter().any(|capacity| capacity.estimate.converged == converged);
    if !capacities.is_empty() {
        notes.push("memorized bits are in expectation a lower bound on I(W; Y | X)".to_owned());
    }
    if is_any(Converged::NotChecked) {
        let why = "convergence was not checked with twice the steps: sweep /training/steps, or search with more work";
        notes.push(why.to_owned());
    }
    if is_any(Converged::Undecided) {
        let why = "undecided whether converged: the interval of the raise by twice the steps holds 2 %, so the capacity is only a lower bound";
        notes.push(why.to_owned());
    }
    if is_any(Converged::No) {
        notes.push(
            "not converged: twice the steps raise a capacity by more than 2 %, so it is only a lower bound"
                .to_owned(),
        );
    }
}

/// Where the sweep has a setting with twice the steps, it says whether the other's were
/// enough.
pub(super) fn judge_convergence(capacities: &mut [CellCapacity]) {
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

fn size(job: &ValidJobSpec, cell: usize, outcomes: &[&TrialOutcome]) -> Size {
    let spec = job.cell(cell);
    let values = |name: &str| outcomes.iter().map(|outcome| outcome.value(name)).collect();
    Size {
        samples: spec.samples() as u64,
        dataset_bits: spec.dataset_bits(),
        memorized_bits: values("memorized_bits"),
        train_error: values("train_error"),
    }
}
