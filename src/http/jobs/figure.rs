//! `GET /v1/jobs/{id}/figure.svg`, `figure.txt` and other forms: the results as a picture and as a
//! table for a terminal.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use serde::Deserialize;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::negotiated::JSON;
use super::{json, made, with_evaluation};
use crate::api::{FigureList, FigureView};
use crate::drawing::{Look, Picture};
use crate::evaluator::Evaluated;
use crate::export::{Format, report};
use crate::figure::{Request, kinds_of};
use crate::spec::Fault;

/// Path and handler of a figure in every form of a picture.
pub fn endpoints() -> impl Iterator<Item = (String, MethodRouter<Service>)> {
    Picture::ALL.iter().map(|&picture| {
        let handler = move |service, path, query, headers| show(service, path, query, headers, picture);
        (format!("/v1/jobs/{{id}}/figure.{}", picture.suffix()), get(handler))
    })
}

/// Parameters of the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    kind: Option<String>,
    theme: Option<String>,
    x: Option<String>,
    y: Option<String>,
    x_scale: Option<String>,
    y_scale: Option<String>,
    width: Option<String>,
    #[serde(default)]
    marked: bool,
}

/// The picture of what is there; a job that runs is drawn as far as it is.
async fn show(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    picture: Picture,
) -> Result<Response, Problem> {
    let what = format!("figure.{} {parameters:?}", picture.suffix());
    let Parameters { kind, theme, x, y, x_scale, y_scale, width, marked } = parameters;
    let (request, look) =
        (Request { kind, x, y, x_scale, y_scale }, Look { theme, width, is_marked: marked });
    let make = move |evaluated: &Evaluated| picture.draw(evaluated, &request, &look);
    made(&service, id, &headers, &what, async || {
        let bytes = with_evaluation(&service, id, make).await?.map_err(refused)?;
        Ok((picture.media_type(), bytes))
    })
    .await
}

/// The kinds of which there is something to draw.
pub async fn kinds(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    made(&service, id, &headers, "figures", async || {
        let kinds = with_evaluation(&service, id, |evaluated| kinds_of(evaluated)).await?;
        let items = kinds.into_iter().map(|kind| FigureView {
            kind: kind.to_owned(),
            svg: format!("/v1/jobs/{id}/figure.svg?kind={kind}"),
        });
        Ok((JSON, json(&FigureList { items: items.collect() })))
    })
    .await
}

/// The table.
pub async fn txt(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    made(&service, id, &headers, "figure.txt", async || {
        let text = with_evaluation(&service, id, |evaluated| report::text(evaluated, None)).await?;
        Ok((Format::Text.media_type(), text.into_bytes()))
    })
    .await
}

fn refused(faults: Vec<Fault>) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-parameter",
        "the figure cannot be drawn with these parameters",
    )
    .with_errors(faults)
}
