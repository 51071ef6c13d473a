//! `GET /v1/jobs/{id}/analysis`: what the cells say together.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::tag::tagged;
use super::super::{Problem, Service};
use super::{json, with_evaluation};
use crate::api::Analysis;
use crate::evaluator::Evaluated;

/// Analyses what is there; a job that runs is analysed as far as it is.
pub async fn analysis(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let make = |evaluated: &Evaluated| evaluated.analysis(|evaluation| json(&Analysis::from(evaluation)));
    Ok(tagged(&headers, "application/json", with_evaluation(&service, id, make).await?))
}
