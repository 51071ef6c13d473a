//! `GET /v1/jobs/{id}/analysis`: what the cells say together.

use axum::Json;
use axum::extract::State;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::with_whole;
use crate::job::analysis::{Analysis, analyze};

/// Analyzes what is there; a job that runs is analyzed as far as it is.
pub async fn analysis(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Analysis>, Problem> {
    let make = |whole: &super::Whole| Ok(analyze(&whole.spec, &whole.outcomes()?));
    Ok(Json(with_whole(&service, id, make).await?))
}
