//! `GET /v1/workers`: who runs trials.

use axum::Json;
use axum::extract::State;

use super::extract::{NoParameters, Query};
use super::{Problem, Service};
use crate::api::WorkerList;

/// All workers.
pub async fn list(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<WorkerList>, Problem> {
    Ok(Json(WorkerList { items: (service.workers)(), memory: (service.memory)(), nats: (service.nats)() }))
}
