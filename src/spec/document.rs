//! The job spec: the document that a user POSTs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CellSpec;
use super::claim::Claim;
use super::labels::{MOST_OF_NAME, MOST_OF_TAG, MOST_TAGS};
use super::search::Search;
use crate::science::estimator::Estimator;
use crate::science::estimator::generalization_gap::GeneralizationGap;
use crate::science::estimator::memorized_bits::MemorizedBits;
use crate::science::network::Network;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::science::training::Training;

/// A job: one configuration or a sweep over many, each with several replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Name of the job; need not be unique.
    #[serde(default)]
    #[garde(length(chars, max = MOST_OF_NAME), custom(printable))]
    pub name: String,
    /// The question that the job answers, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[garde(length(chars, max = 2000), custom(printable))]
    pub question: String,
    /// Tags; `GET /v1/jobs?tag=` filters by one of them.
    #[serde(default)]
    #[garde(length(max = MOST_TAGS), inner(length(chars, min = 1, max = MOST_OF_TAG), custom(printable)))]
    pub tags: Vec<String>,
    /// The source of the data: a random process of known entropy.
    #[garde(dive)]
    pub dataset: Source,
    /// The network that is trained.
    #[garde(dive)]
    pub network: Network,
    /// Regularizers: anything that restricts information during training; none by default.
    #[serde(default)]
    #[garde(length(max = MOST_REGULARIZERS), dive)]
    pub regularizers: Vec<Regularizer>,
    /// Optimizer, learning rate, number of steps and batch size.
    #[serde(default)]
    #[garde(dive)]
    pub training: Training,
    /// Estimators of the measured quantities; `memorized_bits` and `generalization_gap` by default.
    #[serde(default = "default_estimators")]
    #[garde(length(min = 1, max = MOST_ESTIMATORS), dive)]
    pub estimators: Vec<Estimator>,
    /// Axes of the sweep; the cells are their Cartesian product. A job without a sweep has one cell.
    #[serde(default)]
    #[garde(skip)]
    pub sweep: Vec<Axis>,
    /// Searches for a capacity instead of sweeping over dataset sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub search: Option<Search>,
    /// Claims: statements about the results, each judged `yes`, `no` or `open`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 64), dive)]
    pub claims: Vec<Claim>,
    /// Number of replicates of each cell: independent repetitions of data, initial weights and noise.
    #[serde(default = "default_seeds")]
    #[garde(range(min = 1, max = 10_000))]
    pub seeds: u32,
    /// Seed of all random number streams of the job.
    #[serde(default)]
    #[garde(skip)]
    pub seed: u64,
    /// Whether a trial takes the stored result of an equal one (same data, network, training,
    /// estimators, seed, replicate and arithmetic) instead of being trained again; never of what
    /// cannot be repeated.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    #[garde(skip)]
    pub reuse: bool,
    /// Limits on the resources of the job.
    #[serde(default)]
    #[garde(dive)]
    pub budget: Budget,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
const fn is_true(value: &bool) -> bool {
    *value
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
    /// The values, of any JSON type that the field accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
    /// Logarithmically spaced values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log2_range: Option<Log2Range>,
    /// Named cases, each of which sets several fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<AxisCase>>,
}

/// A named setting of several fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AxisCase {
    /// Name of the case: the value of the axis in coordinates and tables.
    pub name: String,
    /// New values of fields by JSON pointer; an empty object leaves the spec unchanged.
    pub set: BTreeMap<String, Value>,
}

/// Logarithmically spaced values, both ends included. If both ends are integers, the values are
/// rounded to integers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log2Range {
    /// First value, above zero.
    pub from: serde_json::Number,
    /// Last value, above zero.
    pub to: serde_json::Number,
    /// Number of values, at least two.
    pub points: u32,
}

/// Limits on the resources of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Wall time limit of a trial, in seconds. A trial that takes longer fails; a job is refused
    /// if one of its trials is estimated to take longer.
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

/// The estimators of a spec that names none: the inexpensive ones.
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
