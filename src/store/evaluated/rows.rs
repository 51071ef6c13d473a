//! The rows of an evaluation, and how each is written.

use sqlx::Sqlite;
use sqlx::query_builder::Separated;

use crate::job::JobId;

/// The values of one row of a statement.
pub(super) type Values<'a, 'b> = Separated<'a, Sqlite, &'b str>;

/// Where rows belong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) job: JobId,
    pub(super) generation: i64,
}

/// Something that is stored as a row of a table.
pub(super) trait Row: Clone + Send + Sync + 'static {
    /// The table.
    const TABLE: &'static str;

    /// Its values, in the order of the table's columns.
    fn values(&self, at: Place, values: &mut Values);
}

/// The kinds that something is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Of the source.
    pub source: String,
    /// Of the network.
    pub network: String,
    /// Of the regularizers, as a JSON list.
    pub regularizers_json: String,
    /// Of the optimizer.
    pub optimizer: String,
}

/// A configuration.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named like the fields of a result")]
pub struct CellRow {
    pub cell: u32,
    pub stage: Option<String>,
    pub coordinates_json: String,
    pub kinds: Kinds,
    pub samples: i64,
    pub parameters: i64,
    pub dataset_bits: f64,
    pub succeeded: i64,
    pub failed: i64,
    pub diverged: i64,
    pub cancelled: i64,
}

/// A quantity over the replicates of a configuration.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named like the fields of a measurement")]
pub struct MeasurementRow {
    pub cell: u32,
    pub quantity: String,
    pub unit: String,
    pub estimator: String,
    pub bound: String,
    pub n: i64,
    pub mean: f64,
    pub sd: Option<f64>,
    pub ci95_low: Option<f64>,
    pub ci95_high: Option<f64>,
    pub interval_method: String,
}

/// A capacity.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named like the fields of a capacity")]
pub struct CapacityRow {
    pub number: u32,
    pub coordinates_json: String,
    pub kinds: Kinds,
    pub parameters: i64,
    pub n: i64,
    pub capacity_bits: f64,
    pub ci95_low: Option<f64>,
    pub ci95_high: Option<f64>,
    pub lower_bound_95: Option<f64>,
    pub bits_per_parameter: f64,
    pub interval_method: String,
    pub peak_samples: i64,
    pub peak_dataset_bits: f64,
    pub saturated: Option<bool>,
    pub converged: String,
    pub estimator: String,
}

/// A verdict.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named like the fields of a verdict")]
pub struct VerdictRow {
    pub number: u32,
    pub says: String,
    pub quantity: String,
    pub verdict: String,
    pub coordinates_json: String,
    pub measured: Option<f64>,
    pub expected: f64,
    pub p_adjusted: Option<f64>,
    pub document_json: String,
}

impl Row for CellRow {
    const TABLE: &'static str = "cells";

    fn values(&self, at: Place, values: &mut Values) {
        values
            .push_bind(at.job.to_string())
            .push_bind(at.generation)
            .push_bind(self.cell)
            .push_bind(self.stage.clone())
            .push_bind(self.coordinates_json.clone())
            .push_bind(self.kinds.source.clone())
            .push_bind(self.kinds.network.clone())
            .push_bind(self.kinds.regularizers_json.clone())
            .push_bind(self.kinds.optimizer.clone())
            .push_bind(self.samples)
            .push_bind(self.parameters)
            .push_bind(self.dataset_bits)
            .push_bind(self.succeeded)
            .push_bind(self.failed)
            .push_bind(self.diverged)
            .push_bind(self.cancelled);
    }
}

impl Row for MeasurementRow {
    const TABLE: &'static str = "measurements";

    fn values(&self, at: Place, values: &mut Values) {
        values
            .push_bind(at.job.to_string())
            .push_bind(at.generation)
            .push_bind(self.cell)
            .push_bind(self.quantity.clone())
            .push_bind(self.unit.clone())
            .push_bind(self.estimator.clone())
            .push_bind(self.bound.clone())
            .push_bind(self.n)
            .push_bind(self.mean)
            .push_bind(self.sd)
            .push_bind(self.ci95_low)
            .push_bind(self.ci95_high)
            .push_bind(self.interval_method.clone());
    }
}

impl Row for CapacityRow {
    const TABLE: &'static str = "capacities";

    fn values(&self, at: Place, values: &mut Values) {
        values
            .push_bind(at.job.to_string())
            .push_bind(at.generation)
            .push_bind(self.number)
            .push_bind(self.coordinates_json.clone())
            .push_bind(self.kinds.source.clone())
            .push_bind(self.kinds.network.clone())
            .push_bind(self.kinds.regularizers_json.clone())
            .push_bind(self.kinds.optimizer.clone())
            .push_bind(self.parameters)
            .push_bind(self.n)
            .push_bind(self.capacity_bits)
            .push_bind(self.ci95_low)
            .push_bind(self.ci95_high)
            .push_bind(self.lower_bound_95)
            .push_bind(self.bits_per_parameter)
            .push_bind(self.interval_method.clone())
            .push_bind(self.peak_samples)
            .push_bind(self.peak_dataset_bits)
            .push_bind(self.saturated)
            .push_bind(self.converged.clone())
            .push_bind(self.estimator.clone());
    }
}

impl Row for VerdictRow {
    const TABLE: &'static str = "verdicts";

    fn values(&self, at: Place, values: &mut Values) {
        values
            .push_bind(at.job.to_string())
            .push_bind(at.generation)
            .push_bind(self.number)
            .push_bind(self.says.clone())
            .push_bind(self.quantity.clone())
            .push_bind(self.verdict.clone())
            .push_bind(self.coordinates_json.clone())
            .push_bind(self.measured)
            .push_bind(self.expected)
            .push_bind(self.p_adjusted)
            .push_bind(self.document_json.clone());
    }
}
