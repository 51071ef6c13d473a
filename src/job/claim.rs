//! Claims: statements about a job's results, with the numbers that decide them.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::analysis::{PEAKS, gaps};
use super::check::ValidJobSpec;
use super::fault::Fault;
use super::sweep::Coordinates;

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
    /// gap is the spread of that gap between knobs at matched noise bits, over that between draws;
    /// `peak_over_capacity.` with the name of a quantity is where along the samples axis it is largest,
    /// in bits of the dataset over the network's capacity.
    #[garde(skip)]
    pub quantity: String,
    /// The cells that it is about, by coordinates of theirs; all cells without any. It is
    /// judged in each.
    #[serde(default)]
    #[garde(skip)]
    pub at: Coordinates,
    /// Coordinates of another cell in which the quantity is subtracted, draw by draw; the
    /// rest is as in the cell itself.
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
    pub relation: ClaimRelation,
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
pub enum ClaimRelation {
    /// Equal to it, up to the tolerance.
    Equal,
    /// At most it and the tolerance.
    AtMost,
    /// At least it less the tolerance.
    AtLeast,
}

/// Quantities of the ledger.
pub(super) const LEDGER: [&str; 3] = ["ledger.structure_bits", "ledger.noise_bits", "ledger.dataset_bits"];
/// Quantities of capacities.
const CAPACITIES: [&str; 5] = [
    "capacity.bits",
    "capacity.bits_per_parameter",
    "capacity.peak_dataset_bits",
    "scaling.bits_per_parameter",
    "scaling.r_squared",
];

/// Whether an analysis yields a quantity.
fn is_of_analysis(quantity: &str) -> bool {
    match quantity.split_once('.') {
        Some(("regularization", gap)) => gaps().any(|(name, _)| name == gap),
        Some(("peak_over_capacity", name)) => PEAKS.contains(&name),
        _ => CAPACITIES.contains(&quantity),
    }
}

impl Claim {
    /// Whether a cell is one that the claim is about.
    #[must_use]
    pub fn is_about(&self, cell: &Coordinates) -> bool {
        self.at.0.iter().all(|(path, value)| cell.0.get(path) == Some(value))
    }
}

/// The cell with some coordinates changed.
#[must_use]
pub fn moved(cell: &Coordinates, by: &Coordinates) -> Coordinates {
    let mut moved = cell.clone();
    moved.0.extend(by.0.clone());
    moved
}

/// Claims about what the job does not measure, or about cells that it does not have.
#[must_use]
pub fn faults(job: &ValidJobSpec) -> Vec<Fault> {
    let cells: Vec<Coordinates> = (0..job.cells().len()).map(|cell| job.coordinates(cell)).collect();
    let mut faults = Vec::new();
    for (i, claim) in job.frame().claims.iter().enumerate() {
        let of_analysis = is_of_analysis(&claim.quantity);
        let known = of_analysis || LEDGER.contains(&claim.quantity.as_str()) || is_measured(job, claim);
        if !known {
            let detail = format!("no estimator of this job yields {:?}", claim.quantity);
            faults.push(Fault::new(format!("/claims/{i}/quantity"), detail));
        }
        if of_analysis {
            // its cells are those of the analysis
            for (field, other) in [("minus", &claim.minus), ("over", &claim.over)] {
                let detail = "is of measurements: what an analysis yields is compared with a number";
                faults.extend(other.as_ref().map(|_| Fault::new(format!("/claims/{i}/{field}"), detail)));
            }
            continue;
        }
        let own: Vec<&Coordinates> = cells.iter().filter(|cell| claim.is_about(cell)).collect();
        if own.is_empty() {
            faults.push(Fault::new(format!("/claims/{i}/at"), "is no cell of the sweep"));
        }
        for (field, other) in [("minus", &claim.minus), ("over", &claim.over)] {
            let Some(other) = other else { continue };
            if own.iter().any(|cell| !cells.contains(&moved(cell, other))) {
                faults.push(Fault::new(format!("/claims/{i}/{field}"), "is no cell of the sweep"));
            }
        }
        if claim.minus.is_some() && claim.over.is_some() {
            faults.push(Fault::new(format!("/claims/{i}/over"), "is either this or minus"));
        }
    }
    faults
}

fn is_measured(job: &ValidJobSpec, claim: &Claim) -> bool {
    let of_cell = |cell: &super::JobSpec| {
        cell.estimators.iter().any(|e| e.quantities().iter().any(|q| q.name == claim.quantity))
    };
    job.search().is_none() && job.cells().iter().any(of_cell)
}
