//! Claims: statements about a job's results, with the numbers that decide them.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ValidJobSpec;
use super::admission::Limits;
use super::axis::canonical;
use super::fault::Fault;
use super::quantity::ClaimedQuantity;
use super::sweep::{Coordinates, Nowhere, Selection};

/// A statement about the results of a job, with the comparison that decides it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The statement in words.
    #[garde(length(chars, min = 1, max = 300))]
    pub says: String,
    /// Name of the quantity that decides the claim. Either a quantity of an estimator of the job;
    /// or an exactly known property of the dataset (`ledger.structure_bits`, `ledger.noise_bits`,
    /// `ledger.dataset_bits`); or a number of an analysis: `capacity.bits`,
    /// `capacity.bits_per_parameter`, `capacity.peak_dataset_bits`, `scaling.bits_per_parameter`,
    /// `scaling.r_squared`; `regularization.` and the name of a gap: the standard deviation of
    /// that gap between knobs at matched noise bits, divided by the one between replicates;
    /// `peak_over_capacity.` and the name of a quantity: the dataset bits at which the quantity is
    /// largest along the samples axis, divided by the network's capacity in bits.
    #[garde(skip)]
    pub quantity: String,
    /// Coordinates of the cells to which the claim applies, as axis paths with values; all cells
    /// if empty. The claim is judged in each of these cells.
    #[serde(default)]
    #[garde(skip)]
    pub at: Coordinates,
    /// Coordinates of a reference cell whose quantity is subtracted, paired by replicate;
    /// coordinates that are not given are those of the judged cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub minus: Option<Coordinates>,
    /// Coordinates of a reference cell by whose mean the quantity is divided; coordinates that are
    /// not given are those of the judged cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub over: Option<Coordinates>,
    /// Relation between the quantity and the expected value.
    #[garde(skip)]
    pub relation: Relation,
    /// The expected value, in the unit of the quantity.
    #[garde(skip)]
    pub expected: f64,
    /// Allowed deviation from the expected value, in its unit.
    #[serde(default)]
    #[garde(range(min = 0.0))]
    pub tolerance: f64,
}

/// Relation between a quantity and an expected value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Equal to the expected value within the tolerance.
    Equal,
    /// At most the expected value plus the tolerance.
    AtMost,
    /// At least the expected value minus the tolerance.
    AtLeast,
}

/// A claim whose quantity and cells are looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedClaim {
    /// The claim as it was stated.
    pub claim: Claim,
    /// The quantity that decides the claim.
    pub quantity: ClaimedQuantity,
    /// The cells to which the claim applies; an analysis has its own cells.
    pub cells: Selection,
    /// The reference cell, if the claim compares cells.
    pub other: Option<Other>,
}

/// A reference cell, by the coordinates in which it differs from the judged cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Other {
    /// The reference quantity is subtracted, paired by replicate.
    Minus(Selection),
    /// The quantity is divided by the mean of the reference.
    Over(Selection),
}

impl Claim {
    /// Whether the claim applies to a cell.
    #[must_use]
    pub fn is_about(&self, cell: &Coordinates) -> bool {
        self.at
            .0
            .iter()
            .all(|(path, value)| cell.0.get(path).is_some_and(|own| canonical(own) == canonical(value)))
    }
}

/// Looks up the quantities and cells that the claims of a job name. Cells are found by their
/// coordinates, without iterating over the sweep.
///
/// # Errors
/// A claim names a quantity that the job does not measure or a cell that it does not have, or
/// there are too many verdicts.
pub(super) fn checked(job: &ValidJobSpec, limits: Option<&Limits>) -> Result<Vec<CheckedClaim>, Vec<Fault>> {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for (i, claim) in job.common.claims.iter().enumerate() {
        all.extend(one(job, i, claim, &mut faults));
    }
    let of_cells = all.iter().filter(|claim| !claim.quantity.is_of_analysis());
    let verdicts =
        of_cells.fold(0u64, |sum, claim| sum.saturating_add(job.sweep.selected_count(&claim.cells)));
    if let Some(most) = limits.map(|limits| limits.verdicts).filter(|most| verdicts > *most) {
        let detail = format!(
            "{verdicts} verdicts (one for each claim and each cell to which it applies), at most {most} are allowed: \
             restrict the cells by coordinates in `at`"
        );
        faults.push(Fault::new("/claims", detail));
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

fn one(job: &ValidJobSpec, i: usize, claim: &Claim, faults: &mut Vec<Fault>) -> Option<CheckedClaim> {
    let at = |field: &str| format!("/claims/{i}/{field}");
    let before = faults.len();
    let quantity = ClaimedQuantity::named(&claim.quantity);
    if let ClaimedQuantity::Measured(name) = &quantity
        && (job.search().is_some()
            || !job.estimators().any(|e| e.quantities().iter().any(|q| q.name == name)))
    {
        faults.push(Fault::new(at("quantity"), format!("no estimator of this job yields {name:?}")));
    }
    if claim.minus.is_some() && claim.over.is_some() {
        faults.push(Fault::new(at("over"), "`over` and `minus` are mutually exclusive"));
    }
    let mut selection = |field: &str, coordinates: &Coordinates| {
        let found = job.sweep.selection(coordinates);
        found.map_err(|nowhere| faults.push(Fault::new(at(field), no_such_cell(job, &nowhere)))).ok()
    };
    let (mut cells, mut minus, mut over) = (Some(Selection::default()), None, None);
    if !quantity.is_of_analysis() {
        cells = selection("at", &claim.at);
        minus = claim.minus.as_ref().and_then(|other| selection("minus", other));
        over = claim.over.as_ref().and_then(|other| selection("over", other));
    } else {
        for (field, other) in [("minus", &claim.minus), ("over", &claim.over)] {
            let detail = "`minus` and `over` work on measured quantities only; compare analysis quantities with a number";
            faults.extend(other.as_ref().map(|_| Fault::new(at(field), detail)));
        }
    }
    let other = minus.map(Other::Minus).or(over.map(Other::Over));
    let cells = cells.filter(|_| faults.len() == before)?;
    Some(CheckedClaim { claim: claim.clone(), quantity, cells, other })
}

/// The message for coordinates that no cell has.
fn no_such_cell(job: &ValidJobSpec, nowhere: &Nowhere) -> String {
    const MOST: usize = 8;
    let listed = |values: Vec<String>| {
        let more = if values.len() > MOST { ", .." } else { "" };
        format!("{}{more}", values[..values.len().min(MOST)].join(", "))
    };
    let axes = job.sweep.axes();
    match axes.iter().find(|axis| nowhere.is_axis && axis.path == nowhere.path) {
        Some(axis) => {
            let values = listed(axis.values.iter().map(ToString::to_string).collect());
            format!("no cell of the sweep has this value of {}; its values are {values}", axis.path)
        }
        None if axes.is_empty() => format!("there is no axis {:?}: the job has no sweep", nowhere.path),
        None => {
            let paths = listed(axes.iter().map(|axis| axis.path.clone()).collect());
            format!("there is no axis {:?}; the axes of the sweep are {paths}", nowhere.path)
        }
    }
}
