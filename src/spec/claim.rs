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

/// A statement that the results of a job decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The statement.
    #[garde(length(chars, min = 1, max = 300))]
    pub says: String,
    /// The quantity that it is about: one that an estimator of the job yields,
    /// `ledger.structure_bits`, `ledger.noise_bits`, `ledger.dataset_bits`, or of an analysis
    /// `capacity.bits`, `capacity.bits_per_parameter`, `capacity.peak_dataset_bits`,
    /// `scaling.bits_per_parameter`, `scaling.r_squared`; `regularization.` with the name of a
    /// gap is the spread of that gap between knobs at matched noise bits, over that between replicates;
    /// `peak_over_capacity.` with the name of a quantity is where along the samples axis it is largest,
    /// in bits of the dataset over the network's capacity.
    #[garde(skip)]
    pub quantity: String,
    /// The cells that it is about, by coordinates of theirs; all cells without any. It is
    /// judged in each.
    #[serde(default)]
    #[garde(skip)]
    pub at: Coordinates,
    /// Coordinates of another cell in which the quantity is subtracted, replicate by
    /// replicate; the rest is as in the cell itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub minus: Option<Coordinates>,
    /// Coordinates of another cell by whose mean it is divided; the rest is as in the cell
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub over: Option<Coordinates>,
    /// How the quantity stands to the expected number.
    #[garde(skip)]
    pub relation: Relation,
    /// The expected number.
    #[garde(skip)]
    pub expected: f64,
    /// Deviation that is allowed.
    #[serde(default)]
    #[garde(range(min = 0.0))]
    pub tolerance: f64,
}

/// How a quantity stands to an expected number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Equal to it, up to the tolerance.
    Equal,
    /// At most it and the tolerance.
    AtMost,
    /// At least it less the tolerance.
    AtLeast,
}

/// A claim with what it names looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedClaim {
    /// The claim as it was stated.
    pub claim: Claim,
    /// What it is about.
    pub quantity: ClaimedQuantity,
    /// The cells that it is about; what an analysis yields has cells of its own.
    pub cells: Selection,
    /// What the quantity is compared with, if not with a number.
    pub other: Option<Other>,
}

/// Another cell that a quantity is compared with: what of the coordinates is different there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Other {
    /// Its quantity is subtracted, replicate by replicate.
    Minus(Selection),
    /// The quantity is divided by its mean.
    Over(Selection),
}

impl Claim {
    /// Whether a cell is one that the claim is about.
    #[must_use]
    pub fn is_about(&self, cell: &Coordinates) -> bool {
        self.at
            .0
            .iter()
            .all(|(path, value)| cell.0.get(path).is_some_and(|own| canonical(own) == canonical(value)))
    }
}

/// Looks up what the claims of a job name, each once: cells are found by their coordinates and
/// never walked.
///
/// # Errors
/// Claims about what the job does not measure, about cells that it does not have, or about
/// too many of them.
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
            "{verdicts} verdicts (each claim in each cell that it is about), at most {most} are allowed: state              coordinates in `at`"
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
            let detail = "`minus` and `over` work on measured quantities only; compare what an analysis yields with a \
                          number";
            faults.extend(other.as_ref().map(|_| Fault::new(at(field), detail)));
        }
    }
    let other = minus.map(Other::Minus).or(over.map(Other::Over));
    let cells = cells.filter(|_| faults.len() == before)?;
    Some(CheckedClaim { claim: claim.clone(), quantity, cells, other })
}

/// Says what cells there are where some were looked for in vain.
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
            format!("no cell of the sweep has this {}; it takes {values}", axis.path)
        }
        None if axes.is_empty() => format!("no cell has {:?}: there is no sweep", nowhere.path),
        None => {
            let paths = listed(axes.iter().map(|axis| axis.path.clone()).collect());
            format!("no cell of the sweep has {:?}; its axes are {paths}", nowhere.path)
        }
    }
}
