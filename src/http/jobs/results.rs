//! `GET /v1/jobs/{id}/results`: what was measured in each cell, in the form that the client accepts.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::extract::{JobPath, Query};
use super::super::{Problem, Service};
use super::negotiated::{Form, JSON, negotiated};
use super::table::Parameters;
use super::{json, made, with_evaluation};
use crate::api::ResultList;
use crate::evaluation::tables::JobTable;
use crate::evaluator::Evaluated;
use crate::job::JobId;

/// What is there so far.
pub async fn results(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    negotiated(&service, id, &headers, JobTable::Results, parameters, async || {
        list(&service, id, &headers).await
    })
    .await
}

async fn list(service: &Service, id: JobId, headers: &HeaderMap) -> Form {
    let make = |evaluated: &Evaluated| evaluated.results(|evaluation| json(&ResultList::from(evaluation)));
    made(service, id, headers, "results", async || Ok((JSON, with_evaluation(service, id, make).await?)))
        .await
}
