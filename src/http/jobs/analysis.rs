//! `GET /v1/jobs/{id}/analysis`: what the cells say together.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::negotiated::JSON;
use super::{json, made, with_evaluation};
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
    made(&service, id, &headers, "analysis", async || Ok((JSON, with_evaluation(&service, id, make).await?)))
        .await
}
