//! `GET /v1/jobs`: pages of jobs.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::super::extract::Query;
use super::super::{Problem, Service};
use super::view::view;
use crate::api::JobList;
use crate::store::{JobFilter, JobSort, PageRequest};

const LIMIT: u32 = 50;
const MOST: u32 = 200;

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    state: Option<String>,
    name: Option<String>,
    tag: Option<String>,
    sort: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Lists jobs.
pub async fn list(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<JobList>, Problem> {
    let state = parameters.state.map(|state| state.parse()).transpose().map_err(|_| {
        Problem::parameter("state", "must be one of queued, running, succeeded, failed, cancelled")
    })?;
    let sort = match parameters.sort.as_deref() {
        None | Some("-created") => JobSort::CreatedDesc,
        Some("created") => JobSort::CreatedAsc,
        Some("name") => JobSort::NameAsc,
        Some(_) => return Err(Problem::parameter("sort", "must be one of -created, created, name")),
    };
    let limit = match parameters.limit {
        None => LIMIT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MOST).contains(limit))
            .ok_or_else(|| Problem::parameter("limit", format!("must be a number from 1 to {MOST}")))?,
    };
    let filter = JobFilter { state, name: parameters.name, tag: parameters.tag };
    let request = PageRequest { limit, cursor: parameters.cursor };
    let page = service.store.jobs(&filter, sort, &request).await?;
    let items = page.items.iter().map(|row| view(&service, row)).collect();
    Ok(Json(JobList { items, next_cursor: page.next_cursor }))
}
