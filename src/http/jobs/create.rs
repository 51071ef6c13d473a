//! `POST /v1/jobs`: a spec or a preset, checked as a whole.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::extract::{JsonBody, Query};
use super::super::{Problem, Service};
use super::blocking;
use super::submit::{Parameters, submit};
use crate::presets;

/// Accepts a job.
pub async fn create(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let limits = service.limits;
    let spec = blocking(move || presets::parse(&body, &limits)).await??;
    submit(&service, spec, parameters, &headers, None).await
}
