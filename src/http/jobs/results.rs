//! `GET /v1/jobs/{id}/results`: what was measured in each cell.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::tag::tagged;
use super::super::{Problem, Service};
use super::{json, with_evaluation};
use crate::api::ResultList;
use crate::evaluator::Evaluated;

/// What is there so far.
pub async fn results(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let make = |evaluated: &Evaluated| evaluated.results(|evaluation| json(&ResultList::from(evaluation)));
    Ok(tagged(&headers, "application/json", with_evaluation(&service, id, make).await?))
}
