//! `GET /v1/jobs/{id}/figure.svg` and `figure.txt`: the results as a picture and as a table
//! for a terminal.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::tag::tagged;
use super::super::{Problem, Service};
use super::with_evaluation;
use crate::drawing;
use crate::evaluator::Evaluated;
use crate::export::{Format, report};
use crate::figure::Request;
use crate::spec::Fault;

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    kind: Option<String>,
    theme: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The picture of what is there; a job that runs is drawn as far as it is.
pub async fn svg(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(Parameters { kind, theme, x, y }): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let request = Request { kind, x, y };
    let make = move |evaluated: &Evaluated| drawing::svg(evaluated, &request, theme.as_deref());
    let text = with_evaluation(&service, id, make).await?.map_err(refused)?;
    Ok(tagged(&headers, "image/svg+xml", text.into_bytes()))
}

/// The table.
pub async fn txt(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = with_evaluation(&service, id, |evaluated| report::text(evaluated, None)).await?;
    Ok(tagged(&headers, Format::Text.media_type(), text.into_bytes()))
}

fn refused(faults: Vec<Fault>) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-parameter",
        "the figure cannot be drawn with these parameters",
    )
    .with_errors(faults)
}
