//! `GET /v1/jobs/{id}/{table}.{format}`: each table of a job in each format.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::with_evaluation;
use crate::evaluation::tables::JobTable;
use crate::evaluator::Evaluated;
use crate::export::Format;

/// Path and handler of every table in every format.
pub fn endpoints() -> impl Iterator<Item = (String, MethodRouter<Service>)> {
    let pairs = JobTable::ALL.into_iter().flat_map(|table| Format::ALL.map(|format| (table, format)));
    pairs.map(|(table, format)| {
        let handler = move |service, path, query| show(service, path, query, table, format);
        (format!("/v1/jobs/{{id}}/{}.{}", table.name(), format.suffix()), get(handler))
    })
}

async fn show(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    table: JobTable,
    format: Format,
) -> Result<Response, Problem> {
    let make = move |evaluated: &Evaluated| format.bytes(table.of(evaluated));
    let bytes = with_evaluation(&service, id, make).await?;
    // a browser saves it
    let disposition = format!("attachment; filename=\"{id}-{}.{}\"", table.name(), format.suffix());
    let headers = [(CONTENT_TYPE, format.media_type().to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}
