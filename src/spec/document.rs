//! The job spec: the document that a user POSTs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CellSpec;
use super::claim::Claim;
use super::search::Search;
use crate::science::estimator::Estimator;
use crate::science::estimator::generalization_gap::GeneralizationGap;
use crate::science::estimator::memorized_bits::MemorizedBits;
use crate::science::network::Network;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::science::training::Training;

/// A job: one configuration, or a sweep over many, each with several seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// A name for people; need not be unique.
    #[serde(default)]
    #[garde(length(chars, max = 200), custom(printable))]
    pub name: String,
    /// What it is to answer; for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[garde(length(chars, max = 2000), custom(printable))]
    pub question: String,
    /// Words to find the job by.
    #[serde(default)]
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 64), custom(printable)))]
    pub tags: Vec<String>,
    /// Where the data comes from, and how many bits it holds.
    #[garde(dive)]
    pub dataset: Source,
    /// The function that is trained.
    #[garde(dive)]
    pub network: Network,
    /// What restricts information during training; nothing unless stated.
    #[serde(default)]
    #[garde(length(max = MOST_REGULARIZERS), dive)]
    pub regularizers: Vec<Regularizer>,
    /// Optimizer, learning rate, length and batch size.
    #[serde(default)]
    #[garde(dive)]
    pub training: Training,
    /// What is measured; memorized bits and generalization gap unless stated.
    #[serde(default = "default_estimators")]
    #[garde(length(min = 1, max = MOST_ESTIMATORS), dive)]
    pub estimators: Vec<Estimator>,
    /// Axes whose cartesian product makes the cells; one cell without any.
    #[serde(default)]
    #[garde(skip)]
    pub sweep: Vec<Axis>,
    /// Finds a capacity instead of sweeping over sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub search: Option<Search>,
    /// Statements that the results decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 64), dive)]
    pub claims: Vec<Claim>,
    /// How many replicates of each cell: independent repetitions of (data, initial weights,
    /// noise).
    #[serde(default = "default_seeds")]
    #[garde(range(min = 1, max = 10_000))]
    pub seeds: u32,
    /// Root of all randomness.
    #[serde(default)]
    #[garde(skip)]
    pub seed: u64,
    /// What the job may use.
    #[serde(default)]
    #[garde(dive)]
    pub budget: Budget,
}

/// One axis of a sweep: a JSON pointer into the spec with `values` or a `log2_range`, or a
/// name with `cases` that change several fields at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// JSON pointer (RFC 6901) to the field that takes the values, below
    /// `/dataset`, `/network`, `/regularizers`, `/training` or `/estimators`; with `cases` a
    /// name without slashes.
    pub path: String,
    /// The values, any JSON that fits the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
    /// Values equally spaced in their logarithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log2_range: Option<Log2Range>,
    /// Settings of several fields each, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<AxisCase>>,
}

/// Fields that change together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AxisCase {
    /// What the axis reads there.
    pub name: String,
    /// The fields by their JSON pointers; none leaves the spec as it is.
    pub set: BTreeMap<String, Value>,
}

/// Values equally spaced in their logarithm, both ends included. Whole ends
/// give whole numbers, rounded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log2Range {
    /// First value, above zero.
    pub from: serde_json::Number,
    /// Last value, above zero.
    pub to: serde_json::Number,
    /// How many values, at least two.
    pub points: u32,
}

/// What a job may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Wall time after which a trial fails, in seconds; also the limit for the
    /// estimate at admission.
    #[garde(range(min = 0.001, max = 604_800.0))]
    pub trial_seconds: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { trial_seconds: 600.0 }
    }
}

/// Regularizers of one network.
const MOST_REGULARIZERS: usize = 16;

/// Estimators of one job.
const MOST_ESTIMATORS: usize = 16;

/// Whether a spec may have so many regularizers.
pub(super) fn may_regularize(regularizers: &[Regularizer]) -> bool {
    regularizers.len() <= MOST_REGULARIZERS
}

/// Whether a spec may have so many estimators.
pub(super) fn may_estimate(estimators: &[Estimator]) -> bool {
    (1..=MOST_ESTIMATORS).contains(&estimators.len())
}

impl JobSpec {
    /// The one cell of a spec without a sweep.
    #[must_use]
    pub fn cell(&self) -> CellSpec<'_> {
        CellSpec {
            dataset: Cow::Borrowed(&self.dataset),
            network: &self.network,
            regularizers: &self.regularizers,
            training: Cow::Borrowed(&self.training),
            estimators: &self.estimators,
        }
    }
}

fn default_seeds() -> u32 {
    8
}

/// Measured when a spec does not say: everything cheap.
pub(super) fn default_estimators() -> Vec<Estimator> {
    vec![Estimator::MemorizedBits(MemorizedBits {}), Estimator::GeneralizationGap(GeneralizationGap {})]
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the validator's signature")]
fn printable(text: &str, (): &()) -> garde::Result {
    if text.chars().any(char::is_control) {
        return Err(garde::Error::new("control characters are not allowed"));
    }
    Ok(())
}
