//! Stored measurements.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row};

use super::{Listed, Origin, Query, ResultFilter, ResultSort, origin_columns, push_any_of, push_filter};
use crate::store::{MeasurementRow, Page, PageRequest, Store, StoreError};

/// A stored measurement with what it is of.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named like the fields of a measurement")]
pub struct StoredMeasurement {
    pub origin: Origin,
    pub stage: Option<String>,
    pub samples: i64,
    pub parameters: i64,
    pub dataset_bits: f64,
    pub measured: MeasurementRow,
}

impl FromRow<'_, SqliteRow> for StoredMeasurement {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            origin: Origin::from_row(row)?,
            stage: row.try_get("stage")?,
            samples: row.try_get("samples")?,
            parameters: row.try_get("parameters")?,
            dataset_bits: row.try_get("dataset_bits")?,
            measured: MeasurementRow {
                cell: row.try_get("cell")?,
                quantity: row.try_get("quantity")?,
                unit: row.try_get("unit")?,
                estimator: row.try_get("estimator")?,
                bound: row.try_get("bound")?,
                n: row.try_get("n")?,
                mean: row.try_get("mean")?,
                sd: row.try_get("sd")?,
                ci95_low: row.try_get("ci95_low")?,
                ci95_high: row.try_get("ci95_high")?,
                interval_method: row.try_get("interval_method")?,
            },
        })
    }
}

impl Listed for StoredMeasurement {
    const PLACE: &'static [&'static str] =
        &["measurements.job", "measurements.cell", "measurements.quantity"];
    const VALUE: &'static str = "measurements.mean";

    fn query(filter: &ResultFilter, sort: ResultSort, is_of_few: bool) -> Query {
        // in the order of jobs each job is looked at in turn; in that of values an index has it
        let tables = match sort {
            ResultSort::JobDesc | ResultSort::JobAsc => "jobs cross join measurements",
            ResultSort::ValueDesc | ResultSort::ValueAsc if is_of_few => "jobs cross join measurements",
            ResultSort::ValueDesc | ResultSort::ValueAsc => "measurements cross join jobs",
        };
        let mut query = QueryBuilder::new(format!(
            "select {}, cells.stage, cells.samples, cells.parameters, cells.dataset_bits, measurements.cell,
                    measurements.quantity, measurements.unit, measurements.estimator, measurements.bound,
                    measurements.n, measurements.mean, measurements.sd, measurements.ci95_low,
                    measurements.ci95_high, measurements.interval_method
             from {tables}
             cross join cells on cells.job = measurements.job and cells.generation = measurements.generation
                             and cells.cell = measurements.cell
             cross join evaluations on evaluations.job = measurements.job
                                   and evaluations.generation = measurements.generation
             where measurements.job = jobs.id and measurements.generation = jobs.generation and jobs.deleted_ms is null",
            origin_columns("cells")
        ));
        push_any_of(&mut query, "measurements.quantity", &filter.quantities);
        push_filter(&mut query, filter, "cells");
        if let Some(n) = filter.least_n {
            query.push(" and measurements.n >= ").push_bind(n);
        }
        if !filter.with_tuning {
            query.push(" and cells.stage is not 'tuning'");
        }
        query
    }

    fn place(&self) -> Vec<String> {
        vec![self.origin.job.to_string(), self.measured.cell.to_string(), self.measured.quantity.clone()]
    }

    fn value(&self) -> f64 {
        self.measured.mean
    }
}

impl Store {
    /// One page of measurements across jobs.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`], or when the database cannot be read.
    pub async fn measurements(
        &self,
        filter: &ResultFilter,
        sort: ResultSort,
        page: &PageRequest,
    ) -> Result<Page<StoredMeasurement>, StoreError> {
        self.listed(filter, sort, page).await
    }
}
