//! `POST /v1/jobs/{id}/cancel`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::view::view;
use crate::api::JobView;
use crate::job::JobState;

/// Cancels a job; once more changes nothing.
pub async fn cancel(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<JobView>, Problem> {
    let store = service.store.clone();
    let row =
        tokio::spawn(async move { store.cancel_job(id).await }).await.map_err(|_| Problem::internal())??;
    if row.state != JobState::Cancelled {
        let detail = format!("the job has ended: it is {}", row.state);
        return Err(Problem::new(StatusCode::CONFLICT, "already-ended", detail));
    }
    Ok(Json(view(&service, &row)))
}
