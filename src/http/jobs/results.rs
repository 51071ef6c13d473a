//! `GET /v1/jobs/{id}/results` and `.csv`: what was measured in each cell.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::tag::tagged;
use super::super::{Problem, Service};
use super::with_evaluation;
use crate::api::ResultList;
use crate::evaluation::tables;
use crate::evaluator::Evaluated;
use crate::export::Format;

/// Results as JSON.
pub async fn json(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let make =
        |evaluated: &Evaluated| evaluated.results(|evaluation| super::json(&ResultList::from(evaluation)));
    Ok(tagged(&headers, "application/json", with_evaluation(&service, id, make).await?))
}

/// Results as CSV.
pub async fn csv(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let make = |evaluated: &Evaluated| Format::Csv.bytes(tables::results(evaluated, |_| true));
    Ok(attachment(with_evaluation(&service, id, make).await?, &format!("{id}-results.csv")))
}

/// CSV that a browser saves.
pub(super) fn attachment(bytes: Vec<u8>, file_name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{file_name}\"");
    let headers = [(CONTENT_TYPE, Format::Csv.media_type().to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}
