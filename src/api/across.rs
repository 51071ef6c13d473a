//! Results across jobs: stored measurements and capacities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::JobId;
use crate::spec::Coordinates;

/// What a stored result is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultOrigin {
    /// Unique id of the job.
    pub job: JobId,
    /// Name of the job.
    pub name: String,
    /// Tags of the job.
    pub tags: Vec<String>,
    /// Root of all randomness of the job.
    pub seed: i64,
    /// SHA-256 digest of the job's spec; `null` of jobs of older versions.
    pub spec_digest: Option<String>,
    /// Arithmetic of the trials; `null` without any.
    pub numeric_profile: Option<String>,
    /// Version of the program that evaluated the job.
    pub version: String,
    /// Version of the analysis that evaluated the job; a later one evaluates it again.
    pub analysis_version: u32,
    /// Coordinates of the cell: path and value of every sweep axis; of a capacity without the number
    /// of samples.
    pub cell: Coordinates,
    /// Kind of the source.
    pub source: String,
    /// Kind of the network.
    pub network: String,
    /// Kinds of the regularizers, each once.
    pub regularizers: Vec<String>,
    /// Kind of the optimizer.
    pub optimizer: String,
    /// Number of trainable parameters.
    pub parameters: i64,
}

/// A quantity over the replicates of a cell of some job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredMeasurementView {
    /// What it is of.
    #[serde(flatten)]
    pub origin: ResultOrigin,
    /// Of a search: whether these replicates served for tuning or are reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Number of samples.
    pub samples: i64,
    /// Information content of the dataset, in bits.
    pub dataset_bits: f64,
    /// Name of the quantity.
    pub quantity: String,
    /// Unit of mean, standard deviation and interval.
    pub unit: String,
    /// Kind of the estimator that yields the quantity.
    pub estimator: String,
    /// What the number says of the quantity that it stands for: `exact`, `lower`, `upper` or `null`.
    pub bound: String,
    /// Number of replicates.
    pub n: i64,
    /// Mean over replicates.
    pub mean: f64,
    /// Standard deviation of single replicates.
    pub sd: Option<f64>,
    /// Lower end of the two-sided 95 % interval of the mean.
    pub ci95_low: Option<f64>,
    /// Upper end of the two-sided 95 % interval of the mean.
    pub ci95_high: Option<f64>,
    /// How the interval was made; without one, why.
    pub interval_method: String,
}

/// A capacity of some job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredCapacityView {
    /// What it is of.
    #[serde(flatten)]
    pub origin: ResultOrigin,
    /// Number of replicates on which the estimate rests.
    pub n: i64,
    /// Memorized bits at the peak.
    pub capacity_bits: f64,
    /// Lower end of its two-sided 95 % interval.
    pub capacity_bits_ci95_low: Option<f64>,
    /// Upper end of its two-sided 95 % interval.
    pub capacity_bits_ci95_high: Option<f64>,
    /// Its one-sided 95 % lower confidence bound.
    pub capacity_bits_lower_bound_95: Option<f64>,
    /// Capacity in bits divided by the number of trainable parameters.
    pub bits_per_parameter: f64,
    /// How the interval was made; without one, why.
    pub interval_method: String,
    /// Number of samples at the peak.
    pub peak_samples: i64,
    /// Information content of the dataset there, in bits.
    pub peak_dataset_bits: f64,
    /// Whether the peak lies inside the axis; `null` if it cannot be decided.
    pub saturated: Option<bool>,
    /// Whether twice the steps would give the same: `yes`, `no`, `undecided` or `not_checked`. Unless
    /// `yes`, the capacity is a lower bound.
    pub converged: String,
    /// How the estimate was made.
    pub estimator: String,
}

/// A page of measurements across jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasurementList {
    /// The measurements.
    pub items: Vec<StoredMeasurementView>,
    /// Cursor of the next page; `null` on the last.
    pub next_cursor: Option<String>,
}

/// A page of capacities across jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityList {
    /// The capacities.
    pub items: Vec<StoredCapacityView>,
    /// Cursor of the next page; `null` on the last.
    pub next_cursor: Option<String>,
}
