//! `GET /v1/jobs/{id}/analysis` and `/regularization.csv`: what the cells say together.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::tag::tagged;
use super::super::{Problem, Service};
use super::results::attachment;
use super::{json, with_evaluation};
use crate::api::Analysis;
use crate::evaluation::tables;
use crate::evaluator::Evaluated;
use crate::export::Format;

/// Analyses what is there; a job that runs is analysed as far as it is.
pub async fn analysis(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let make = |evaluated: &Evaluated| evaluated.analysis(|evaluation| json(&Analysis::from(evaluation)));
    Ok(tagged(&headers, "application/json", with_evaluation(&service, id, make).await?))
}

/// Memorized bits and gaps of every knob, as a table.
pub async fn regularization(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let make = |evaluated: &Evaluated| Format::Csv.bytes(tables::regularization(evaluated));
    Ok(attachment(with_evaluation(&service, id, make).await?, &format!("{id}-regularization.csv")))
}
