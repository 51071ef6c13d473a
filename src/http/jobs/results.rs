//! `GET /v1/jobs/{id}/results`: what was measured in each cell, in the form that the client accepts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::super::extract::{JobPath, Query};
use super::super::page::{PageOf, page};
use super::super::{Problem, Service};
use super::negotiated::{Form, JSON, negotiated};
use super::table;
use super::{blocking, json, made, with_evaluation};
use crate::api::{ResultList, page_of_texts};
use crate::evaluation::tables::{EvaluatedTable, JobTable};
use crate::evaluator::{Evaluated, Evaluator};
use crate::job::JobId;
use crate::store::StoredResults;

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    columns: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// What is there so far: pages as JSON, else the whole table.
pub async fn results(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(Parameters { columns, limit, cursor }): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = page(limit.as_deref(), cursor.as_deref()).map_err(Problem::parameters)?;
    negotiated(
        &service,
        id,
        &headers,
        JobTable::Evaluated(EvaluatedTable::Results),
        table::Parameters { columns },
        async || list(&service, id, &headers, page).await,
    )
    .await
}

async fn list(service: &Service, id: JobId, headers: &HeaderMap, page: PageOf) -> Form {
    let PageOf { limit, from } = page;
    let make = move |evaluated: &Evaluated| -> Arc<[u8]> {
        let page = ResultList::page(evaluated, from, limit);
        if page.items.len() == evaluated.results.len() {
            return evaluated.results(|_| json(&page));
        }
        json(&page).into()
    };
    let what = format!("results {limit} {from}");
    made(service, id, headers, &what, async || {
        // two thousand results are sooner written anew than read
        if let Some(evaluated) = service.evaluator.known(id).await? {
            return Ok((JSON, blocking(move || make(&evaluated)).await?));
        }
        let stored = service.store.stored_results(id, Evaluator::VERSION, from, limit).await?;
        let body: Arc<[u8]> = match stored {
            Some(StoredResults { texts, next }) => page_of_texts(&texts, next).into(),
            None => with_evaluation(service, id, make).await?,
        };
        Ok((JSON, body))
    })
    .await
}
