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
    /// `capacity.bits_per_parameter`, `capacity.lossless_samples` (the largest size that at least
    /// half of the replicates learn without error), `capacity.peak_dataset_bits`,
    /// `scaling.bits_per_parameter`, `scaling.exponent`, `scaling.r_squared`; `axis.` and the name of
    /// a gap: the largest difference of that gap between two knobs at matched bits;
    /// `regularization.` and the name of a gap: its standard deviation between knobs at matched
    /// bits, divided by the one between replicates; both at matched `noise_bits`, or at the bits
    /// named after an `@`, as in `axis.error_gap@noise_bits_hard`; `peak_over_capacity.` and the name of
    /// a quantity: the dataset bits at which the quantity is largest along the samples axis,
    /// divided by the network's capacity in bits.
    #[garde(skip)]
    pub quantity: String,
    /// Whether the claim is about the truth or about the number as it is reported. A lower bound
    /// can show that the truth is at least something, and refute that it is at most something; it
    /// can never show the reverse. By default a claim is about the truth, and about the reported
    /// number where it compares cells (`minus`, `over`) or fits them, since differences, ratios and
    /// slopes of bounds bound nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub about: Option<About>,
    /// Which number over replicates the claim is about. The mean by default; a claim about the
    /// median holds in more than half of the replicates, and is decided by a sign test, whatever
    /// the distribution: also where all replicates have the same value.
    #[serde(default, skip_serializing_if = "Middle::is_mean")]
    #[garde(skip)]
    pub of: Middle,
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
    /// Why this value and this tolerance: the source, or what a difference of this size means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 300)))]
    pub reason: Option<String>,
}

/// What a claim is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The information that the network holds, of which the number may be a bound.
    Truth,
    /// The number as it is reported, by this estimator.
    Statistic,
}

/// A number over replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Middle {
    /// The mean.
    #[default]
    Mean,
    /// The median.
    Median,
}

impl Middle {
    /// Whether it is the mean.
    #[must_use]
    pub fn is_mean(&self) -> bool {
        *self == Self::Mean
    }
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
