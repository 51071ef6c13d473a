//! `POST /v1/jobs/{id}/pause` and `/resume`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::view::view;
use crate::api::JobView;
use crate::store::{JobRow, StoreError};

/// Pauses a job; once more changes nothing.
pub async fn pause(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<JobView>, Problem> {
    let store = service.store.clone();
    shown(&service, tokio::spawn(async move { store.pause_job(id).await }).await)
}

/// Lets a paused job go on; one that is not paused goes on as it does.
pub async fn resume(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<JobView>, Problem> {
    let store = service.store.clone();
    shown(&service, tokio::spawn(async move { store.resume_job(id).await }).await)
}

fn shown(
    service: &Service,
    written: Result<Result<JobRow, StoreError>, tokio::task::JoinError>,
) -> Result<Json<JobView>, Problem> {
    let row = written.map_err(|_| Problem::internal())??;
    if row.state.is_terminal() {
        let detail = format!("the job has ended: it is {}", row.state);
        return Err(Problem::new(StatusCode::CONFLICT, "already-ended", detail));
    }
    Ok(Json(view(service, &row)))
}
