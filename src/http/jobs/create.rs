//! `POST /v1/jobs`: a spec or a preset, checked as a whole, then stored; or only planned; or waited for.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::super::extract::{JsonBody, Query, idempotency_key, preferred_wait};
use super::super::{Problem, Service};
use super::view::{FinishedJob, JobView};
use super::{blocking, find, with_whole};
use crate::job::JobId;
use crate::job::analysis::analyze;
use crate::job::results::results;
use crate::presets;
use crate::store::{Created, Happened, JobRow, NewJob};

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Check and plan, but store and run nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Accepts a job.
pub async fn create(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let limits = service.limits;
    let spec = blocking(move || presets::parse(&body, &limits)).await??;
    if parameters.dry_run {
        return Ok(Json(spec.plan()).into_response());
    }
    let wait = preferred_wait(&headers);
    // before the job exists, so that its end cannot be missed
    let happened = service.store.subscribe();
    let new = NewJob::of(&spec, service.store.clock().now_ms(), key);
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
        Some(patience) => waited(&service, &row, happened, patience).await?,
        None => accepted(&service, &row),
    };
    let mut set = |name: HeaderName, value: &str| {
        let value = HeaderValue::from_str(value).expect("ids and numbers are visible ASCII");
        response.headers_mut().insert(name, value);
    };
    set(LOCATION, &location);
    if let Some(patience) = wait {
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
    (StatusCode::ACCEPTED, Json(JobView::new(service, row))).into_response()
}

/// The finished job if it ends in time, else the job as it stands.
async fn waited(
    service: &Service,
    row: &JobRow,
    happened: Receiver<Happened>,
    patience: Duration,
) -> Result<Response, Problem> {
    let id = row.id;
    let ended = tokio::time::timeout(patience, end_of(service.clone(), id, happened)).await;
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => return Err(problem),
        Err(_) => return Ok(accepted(service, &find(service, id).await?)),
    }
    let for_view = service.clone();
    let finished = with_whole(service, id, move |whole| {
        let outcomes = whole.outcomes()?;
        let analysis = analyze(&whole.spec, &outcomes);
        let mut job = JobView::new(&for_view, &whole.row);
        // the stored one is written just after the end
        job.headline.get_or_insert_with(|| analysis.headline());
        Ok(FinishedJob { job, results: results(&whole.spec, &outcomes), analysis })
    })
    .await?;
    Ok(Json(finished).into_response())
}

/// Returns once the job has ended; never when the server stops first.
async fn end_of(service: Service, id: JobId, mut happened: Receiver<Happened>) -> Result<(), Problem> {
    loop {
        if find(&service, id).await?.state.is_terminal() {
            return Ok(());
        }
        loop {
            match happened.recv().await {
                Ok(event) if event.job == id => break,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
