//! `GET /v1/jobs/{id}`: one job, with an entity tag for those who ask again.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::tag::tagged;
use super::super::{Problem, Service};
use super::find;
use super::view::detail;
use crate::store::JobRow;

/// Shows a job.
pub async fn show(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let row = find(&service, id).await?;
    Ok(tagged(&headers, "application/json", body_of(&service, &row)?))
}

/// The job as it is shown.
pub fn body_of(service: &Service, row: &JobRow) -> Result<Vec<u8>, Problem> {
    let detail = detail(service, row).ok_or_else(Problem::internal)?;
    serde_json::to_vec(&detail).map_err(|_| Problem::internal())
}
