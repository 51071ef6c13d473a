//! `GET /v1/jobs/{id}`: one job, with an entity tag for those who ask again.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::find;
use super::view::JobDetail;
use crate::job::digest::sha256;

/// Shows a job.
pub async fn show(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let row = find(&service, id).await?;
    let detail = JobDetail::new(&service, &row).ok_or_else(Problem::internal)?;
    let body = serde_json::to_vec(&detail).map_err(|_| Problem::internal())?;
    let tag = format!("\"{}\"", &sha256(&body)[..32]);
    if matches(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    Ok(([(ETAG, tag), (CONTENT_TYPE, "application/json".to_owned())], body).into_response())
}

/// Whether the client has this version (RFC 9110, section 13.1.2).
fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}
