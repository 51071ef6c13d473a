//! How a new job is stored, whatever it was made from: planned only, stored once under a key, or
//! waited for.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::extract::{idempotency_key, preferred_wait};
use super::super::{Problem, Service};
use super::view::view;
use super::{blocking, find, json, with_evaluation};
use crate::api::FinishedJob;
use crate::evaluation::Analysis;
use crate::evaluator::Evaluated;
use crate::job::Priority;
use crate::search::opening;
use crate::spec::ValidJobSpec;
use crate::store::{Created, Derived, JobRow, NewJob, StoreError};

/// Parameters of the query.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Check and plan, but store and run nothing.
    #[serde(default)]
    dry_run: bool,
    /// How urgent the job is.
    #[serde(default)]
    priority: Priority,
}

/// Stores a job, as the request wants it.
pub async fn submit(
    service: &Service,
    spec: ValidJobSpec,
    parameters: Parameters,
    headers: &HeaderMap,
    derived: Option<Derived>,
) -> Result<Response, Problem> {
    let key = idempotency_key(headers)?;
    let now_ms = service.store.clock().now_ms();
    let machine = (service.machine)();
    if parameters.dry_run {
        let plan = blocking(move || match derived {
            Some(derived) => NewJob::on(&machine, &spec, now_ms, None).made_from(derived).plan_json,
            None => {
                serde_json::to_string(&opening(&spec).plan.on(&machine)).expect("a plan is plain numbers")
            }
        });
        return Ok(([(CONTENT_TYPE, "application/json")], plan.await?).into_response());
    }
    if let Some(free) = service.store.free_bytes().filter(|free| *free < service.http.free_bytes) {
        return Err(Problem::storage_full(free, service.http.free_bytes));
    }
    // beyond the limit nobody waits: the job is stored all the same
    let wait = preferred_wait(headers).zip(Arc::clone(&service.waiters).try_acquire_owned().ok());
    let new = blocking(move || {
        let new = NewJob { priority: parameters.priority, ..NewJob::on(&machine, &spec, now_ms, key) };
        match derived {
            Some(derived) => new.made_from(derived),
            None => new,
        }
    });
    let new = new.await?;
    let store = service.store.clone();
    // a task of its own: a client that leaves cannot cut the transaction in half
    let created =
        tokio::spawn(async move { store.create_job(new).await }).await.map_err(|_| Problem::internal())??;
    let (row, replayed) = match created {
        Created::New(row) => (row, false),
        Created::Replayed(row) => (row, true),
    };
    let location = format!("/v1/jobs/{}", row.id);
    let mut response = match wait {
        // the job is stored: what goes wrong from here on must not look as if it were not
        Some((patience, _)) => match waited(service, &row, patience).await {
            Ok(response) => response,
            Err(problem) => {
                tracing::warn!(?problem, job = %row.id, "a finished job could not be shown");
                accepted(service, &row)
            }
        },
        None => accepted(service, &row),
    };
    let mut set = |name: HeaderName, value: &str| {
        let value = HeaderValue::from_str(value).expect("ids and numbers are visible ASCII");
        response.headers_mut().insert(name, value);
    };
    set(LOCATION, &location);
    if let Some((patience, _)) = wait {
        set(HeaderName::from_static("preference-applied"), &format!("wait={}", patience.as_secs()));
    }
    if replayed {
        set(HeaderName::from_static("idempotency-replayed"), "true");
        if response.status() == StatusCode::ACCEPTED {
            *response.status_mut() = StatusCode::OK;
        }
    }
    Ok(response)
}

fn accepted(service: &Service, row: &JobRow) -> Response {
    (StatusCode::ACCEPTED, Json(view(service, row))).into_response()
}

/// The finished job if it ends in time, else the job as it stands.
async fn waited(service: &Service, row: &JobRow, patience: Duration) -> Result<Response, Problem> {
    let id = row.id;
    let mut stopping = service.stopping.clone();
    let ended = tokio::time::timeout(patience, service.store.ended(id));
    let ended = tokio::select! {
        ended = ended => ended,
        // the server stops: the job is stored, and goes on with the next one
        _ = stopping.wait_for(|stop| *stop) => return Ok(accepted(service, row)),
    };
    let row = match ended {
        Ok(Ok(row)) => row,
        Ok(Err(StoreError::Closed)) => return Ok(accepted(service, row)),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Ok(accepted(service, &find(service, id).await?)),
    };
    let mut job = view(service, &row);
    let finished = move |evaluated: &Evaluated| {
        // the stored one is written just after the end
        job.headline.get_or_insert_with(|| evaluated.analyses.headline());
        let analysis = Analysis::from(&**evaluated);
        json(&FinishedJob { job, results: (&evaluated.results[..]).into(), analysis })
    };
    let body = with_evaluation(service, id, finished).await?;
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}
