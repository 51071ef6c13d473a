//! Stored capacities.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row};

use super::{Listed, Origin, Query, ResultFilter, ResultSort, origin_columns, push_filter};
use crate::store::{CapacityRow, Kinds, Page, PageRequest, Store, StoreError};

/// A stored capacity with what it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCapacity {
    /// What it is of.
    pub origin: Origin,
    /// What is known of it; its coordinates and kinds are those of the origin.
    pub capacity: CapacityRow,
}

impl FromRow<'_, SqliteRow> for StoredCapacity {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            origin: Origin::from_row(row)?,
            capacity: CapacityRow {
                number: row.try_get("number")?,
                coordinates_json: row.try_get("coordinates")?,
                kinds: Kinds {
                    source: row.try_get("source")?,
                    network: row.try_get("network")?,
                    regularizers_json: row.try_get("regularizers")?,
                    optimizer: row.try_get("optimizer")?,
                },
                parameters: row.try_get("parameters")?,
                n: row.try_get("n")?,
                capacity_bits: row.try_get("capacity_bits")?,
                ci95_low: row.try_get("capacity_bits_ci95_low")?,
                ci95_high: row.try_get("capacity_bits_ci95_high")?,
                lower_bound_95: row.try_get("capacity_bits_lower_bound_95")?,
                bits_per_parameter: row.try_get("bits_per_parameter")?,
                interval_method: row.try_get("interval_method")?,
                peak_samples: row.try_get("peak_samples")?,
                peak_dataset_bits: row.try_get("peak_dataset_bits")?,
                saturated: row.try_get("saturated")?,
                converged: row.try_get("converged")?,
                estimator: row.try_get("estimator")?,
            },
        })
    }
}

impl Listed for StoredCapacity {
    const PLACE: &'static [&'static str] = &["capacities.job", "capacities.number"];
    const VALUE: &'static str = "capacities.capacity_bits";

    fn query(filter: &ResultFilter, sort: ResultSort, is_of_few: bool) -> Query {
        let tables = match sort {
            ResultSort::JobDesc | ResultSort::JobAsc => "jobs cross join capacities",
            ResultSort::ValueDesc | ResultSort::ValueAsc if is_of_few => "jobs cross join capacities",
            ResultSort::ValueDesc | ResultSort::ValueAsc => "capacities cross join jobs",
        };
        let mut query = QueryBuilder::new(format!(
            "select {}, capacities.number, capacities.parameters, capacities.n, capacities.capacity_bits,
                    capacities.capacity_bits_ci95_low, capacities.capacity_bits_ci95_high,
                    capacities.capacity_bits_lower_bound_95, capacities.bits_per_parameter,
                    capacities.interval_method, capacities.peak_samples, capacities.peak_dataset_bits,
                    capacities.saturated, capacities.converged, capacities.estimator
             from {tables}
             cross join evaluations on evaluations.job = capacities.job
                                   and evaluations.generation = capacities.generation
             where capacities.job = jobs.id and capacities.generation = jobs.generation and jobs.deleted_ms is null",
            origin_columns("capacities")
        ));
        push_filter(&mut query, filter, "capacities");
        if let Some(n) = filter.least_n {
            query.push(" and capacities.n >= ").push_bind(n);
        }
        query
    }

    fn place(&self) -> Vec<String> {
        vec![self.origin.job.to_string(), self.capacity.number.to_string()]
    }

    fn value(&self) -> f64 {
        self.capacity.capacity_bits
    }
}

impl Store {
    /// One page of capacities across jobs.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`], or when the database cannot be read.
    pub async fn capacities(
        &self,
        filter: &ResultFilter,
        sort: ResultSort,
        page: &PageRequest,
    ) -> Result<Page<StoredCapacity>, StoreError> {
        self.listed(filter, sort, page).await
    }
}
