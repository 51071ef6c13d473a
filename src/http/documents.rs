//! `GET /openapi.yaml` and `/openapi.json`: the description of this API, as part of the program.

use axum::http::HeaderMap;
use axum::response::Response;

use super::Problem;
use super::extract::{NoParameters, Query};
use super::openapi::{DOCUMENT, JSON};
use super::tag::tagged;

/// The description.
pub async fn openapi(
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(tagged(&headers, "application/yaml", DOCUMENT))
}

/// The description as JSON.
pub async fn openapi_json(
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(tagged(&headers, "application/json", JSON))
}
