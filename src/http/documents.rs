//! `GET /openapi.yaml` and `/openapi.json`: the description of this API, as part of the program.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::Problem;
use super::extract::{NoParameters, Query};
use super::openapi::{DOCUMENT, JSON};

/// The description.
pub async fn openapi(Query(NoParameters {}): Query<NoParameters>) -> Result<Response, Problem> {
    Ok(([(CONTENT_TYPE, "application/yaml")], DOCUMENT).into_response())
}

/// The description as JSON.
pub async fn openapi_json(Query(NoParameters {}): Query<NoParameters>) -> Result<Response, Problem> {
    Ok(([(CONTENT_TYPE, "application/json")], JSON).into_response())
}
