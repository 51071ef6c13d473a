//! Results across jobs: `GET /v1/measurements` and `GET /v1/capacities`.

mod filter;
mod view;

use axum::Json;
use axum::extract::State;

use super::extract::Query;
use super::{Problem, Service};
use crate::api::{CapacityList, MeasurementList};
use filter::{Asked, Parameters};

/// One page of stored measurements.
pub async fn measurements(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<MeasurementList>, Problem> {
    let Asked { filter, sort, page } = parameters.of_measurements()?;
    let found = service.store.measurements(&filter, sort, &page).await?;
    let items = found.items.into_iter().filter_map(view::measurement).collect();
    Ok(Json(MeasurementList { items, next_cursor: found.next_cursor }))
}

/// One page of stored capacities.
pub async fn capacities(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<CapacityList>, Problem> {
    let Asked { filter, sort, page } = parameters.of_capacities()?;
    let found = service.store.capacities(&filter, sort, &page).await?;
    let items = found.items.into_iter().filter_map(view::capacity).collect();
    Ok(Json(CapacityList { items, next_cursor: found.next_cursor }))
}
