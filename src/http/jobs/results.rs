//! `GET /v1/jobs/{id}/results` and `.csv`: what was measured in each cell.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::with_whole;
use crate::job::results::{CellResult, results};
use crate::job::table;

/// Results of every cell, in sweep order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResultList {
    /// The cells.
    pub items: Vec<CellResult>,
}

/// Results as JSON.
pub async fn json(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<ResultList>, Problem> {
    let make = |whole: &super::Whole| Ok(results(&whole.spec, &whole.outcomes()?));
    Ok(Json(ResultList { items: with_whole(&service, id, make).await? }))
}

/// Results as CSV.
pub async fn csv(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let make = |whole: &super::Whole| Ok(table::csv(&results(&whole.spec, &whole.outcomes()?)));
    let bytes = with_whole(&service, id, make).await?;
    Ok(attachment(bytes, &format!("{id}-results.csv")))
}

/// CSV that a browser saves.
pub(super) fn attachment(bytes: Vec<u8>, file_name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{file_name}\"");
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}
