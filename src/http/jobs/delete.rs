//! `DELETE /v1/jobs/{id}`: one job with all that belongs to it; `DELETE /v1/jobs`: all that ended
//! long ago.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::super::extract::{JobPath, Query};
use super::super::{Problem, Service};
use super::filter::{kind, span_ms, states};
use crate::api::DeletedJobs;
use crate::store::{Deletion, JobFilter};

/// Parameters of the query for one job.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// Cancel the job first if it has not ended.
    #[serde(default)]
    force: bool,
}

/// Deletes a job.
pub async fn one(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(One { force }): Query<One>,
) -> Result<StatusCode, Problem> {
    let store = service.store.clone();
    let deleted = tokio::spawn(async move { store.delete_job(id, force).await });
    match deleted.await.map_err(|_| Problem::internal())?? {
        Deletion::Done => {
            service.evaluator.forget(id);
            Ok(StatusCode::NO_CONTENT)
        }
        Deletion::NotEnded(state) => {
            let detail = format!(
                "the job is {state}: cancel it first (POST /v1/jobs/{id}/cancel), or DELETE it with ?force=true"
            );
            Err(Problem::new(StatusCode::CONFLICT, "not-ended", detail))
        }
    }
}

/// Parameters of the query for many jobs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    older_than: Option<String>,
    state: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    tag: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

/// Deletes the jobs that ended before some time ago; jobs that have not ended stay.
pub async fn many(
    State(service): State<Service>,
    Query(parameters): Query<Many>,
) -> Result<Json<DeletedJobs>, Problem> {
    let older_than = parameters.older_than.as_deref().unwrap_or_default();
    let (span, states, kind) = (
        span_ms("older_than", older_than),
        states(parameters.state.as_deref()),
        kind(parameters.kind.as_deref()),
    );
    let faults: Vec<_> = [span.as_ref().err(), states.as_ref().err(), kind.as_ref().err()]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let (Ok(span), Ok(states), Ok(kind)) = (span, states, kind) else {
        return Err(Problem::parameters(faults));
    };
    let filter = JobFilter {
        states,
        kind,
        name: parameters.name,
        tag: parameters.tag,
        ended_before_ms: Some(service.store.clock().now_ms() - span),
    };
    let dry_run = parameters.dry_run;
    if dry_run {
        let jobs = u64::try_from(service.store.count_jobs(&filter).await?).unwrap_or_default();
        return Ok(Json(DeletedJobs { jobs, dry_run }));
    }
    let store = service.store.clone();
    let deleted = tokio::spawn(async move { store.delete_jobs(filter).await });
    let jobs = deleted.await.map_err(|_| Problem::internal())??;
    Ok(Json(DeletedJobs { jobs, dry_run }))
}
