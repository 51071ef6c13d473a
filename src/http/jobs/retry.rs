//! `POST /v1/jobs/{id}/retry`: what failed or was cancelled runs again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::view::view;
use crate::api::JobView;
use crate::store::Retried;

/// Tries a job again.
pub async fn retry(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    let store = service.store.clone();
    let retried =
        tokio::spawn(async move { store.retry_job(id).await }).await.map_err(|_| Problem::internal())??;
    match retried {
        Retried::Again(row, _) => Ok((StatusCode::ACCEPTED, Json(view(&service, &row)))),
        Retried::NotEnded(state) => {
            let detail = format!("the job is {state}; its failed trials can be retried when it has ended");
            Err(Problem::new(StatusCode::CONFLICT, "not-ended", detail))
        }
        Retried::Nothing => {
            let detail = "no trial of the job failed or was cancelled";
            Err(Problem::new(StatusCode::CONFLICT, "nothing-to-retry", detail))
        }
    }
}
