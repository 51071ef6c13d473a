//! `GET /v1/jobs`: pages of jobs.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::super::extract::Query;
use super::super::page::limit;
use super::super::{Problem, Service};
use super::filter::{kind, sort, states};
use super::view::view;
use crate::api::JobList;
use crate::spec::Fault;
use crate::store::{JobFilter, PageRequest};

const LIMIT: u32 = 50;
const MOST: u32 = 200;

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    state: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    tag: Option<String>,
    sort: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
    offset: Option<String>,
    #[serde(default)]
    count: bool,
}

/// Jobs that are passed over before the page.
fn offset(text: Option<&str>) -> Result<u32, Fault> {
    text.map_or(Ok(0), |text| {
        text.parse().map_err(|_| Fault::new("/offset", "must be a whole number from 0 on"))
    })
}

/// Lists jobs.
pub async fn list(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<JobList>, Problem> {
    let (states, kind, sort, limit, skip) = (
        states(parameters.state.as_deref()),
        kind(parameters.kind.as_deref()),
        sort(parameters.sort.as_deref()),
        limit(parameters.limit.as_deref(), LIMIT, MOST),
        offset(parameters.offset.as_deref()),
    );
    let faults: Vec<_> = [
        states.as_ref().err(),
        kind.as_ref().err(),
        sort.as_ref().err(),
        limit.as_ref().err(),
        skip.as_ref().err(),
    ]
    .into_iter()
    .flatten()
    .cloned()
    .collect();
    let (Ok(states), Ok(kind), Ok(sort), Ok(limit), Ok(skip)) = (states, kind, sort, limit, skip) else {
        return Err(Problem::parameters(faults));
    };
    let filter =
        JobFilter { states, kind, name: parameters.name, tag: parameters.tag, ..JobFilter::default() };
    let request = PageRequest { limit, cursor: parameters.cursor, skip };
    let page = service.store.jobs(&filter, sort, &request).await?;
    let total = if parameters.count { Some(service.store.count_jobs(&filter).await?) } else { None };
    let items = page.items.iter().map(|row| view(&service, row)).collect();
    Ok(Json(JobList { items, next_cursor: page.next_cursor, total }))
}
