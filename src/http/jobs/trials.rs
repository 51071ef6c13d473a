//! `GET /v1/jobs/{id}/trials`: every trial with what it reported.

use axum::Json;
use axum::extract::{Path, State};

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::{blocking, find};
use crate::api::{TrialList, TrialView};
use crate::evaluator::EvaluationError;
use crate::spec::ValidJobSpec;
use crate::store::{StoreError, TrialRow};

/// All trials, those that are still to run too.
pub async fn trials(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<TrialList>, Problem> {
    let row = find(&service, id).await?;
    let spec = service.store.spec(row.id).await?.map_err(EvaluationError::from)?;
    let rows = service.store.trials(id).await?;
    let views = move || rows.iter().map(|row| view(&spec, row)).collect::<Result<Vec<_>, StoreError>>();
    Ok(Json(TrialList { items: blocking(views).await?? }))
}

/// One trial.
pub async fn trial(
    State(service): State<Service>,
    Path(TrialPath { id, number }): Path<TrialPath>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<TrialView>, Problem> {
    let id = JobPath::read(&id)?;
    let number: u32 =
        number.parse().map_err(|_| Problem::not_found("no such trial: a trial has a number"))?;
    let row = find(&service, id).await?;
    let trial = service.store.trial(id, number).await?.ok_or_else(|| {
        Problem::not_found(&format!("no such trial: the job has {} trials, from 0", row.counts.trials))
    })?;
    let spec = service.store.spec(id).await?.map_err(EvaluationError::from)?;
    Ok(Json(blocking(move || view(&spec, &trial)).await??))
}

/// Job and trial in the path.
#[derive(serde::Deserialize)]
pub struct TrialPath {
    id: String,
    number: String,
}

fn view(spec: &ValidJobSpec, row: &TrialRow) -> Result<TrialView, StoreError> {
    let outcome = row.outcome()?;
    let (cell, replicate) = outcome.place(spec);
    Ok(TrialView {
        trial: row.number,
        cell,
        replicate,
        state: row.state,
        attempts: row.attempt,
        seconds: row.seconds,
        detail: row.detail.clone(),
        digest: outcome.digest,
        report: outcome.report,
    })
}
