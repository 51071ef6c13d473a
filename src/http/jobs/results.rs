//! `GET /v1/jobs/{id}/results`: what was measured in each cell.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::super::extract::{JobPath, Query};
use super::super::page::{PageOf, page};
use super::super::tag::tagged;
use super::super::{Problem, Service};
use super::{json, with_evaluation};
use crate::api::ResultList;
use crate::evaluator::Evaluated;

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    limit: Option<String>,
    cursor: Option<String>,
}

/// What is there so far, page by page.
pub async fn results(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let PageOf { limit, from } =
        page(parameters.limit.as_deref(), parameters.cursor.as_deref()).map_err(Problem::parameters)?;
    let make = move |evaluated: &Evaluated| -> Arc<[u8]> {
        let page = ResultList::page(evaluated, from, limit);
        if page.items.len() == evaluated.results.len() {
            return evaluated.results(|_| json(&page));
        }
        json(&page).into()
    };
    Ok(tagged(&headers, "application/json", with_evaluation(&service, id, make).await?))
}
