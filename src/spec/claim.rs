//! Claims: statements about a job's results, with the numbers that decide them.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::coordinates::Coordinates;
use super::json::canonical;

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
