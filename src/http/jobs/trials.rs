//! `GET /v1/jobs/{id}/trials` and `.csv`: every trial with what it reported.

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::{blocking, find, results, with_evaluation};
use crate::api::{TrialList, TrialView};
use crate::evaluation::tables;
use crate::evaluator::{Evaluated, EvaluationError};
use crate::export::Format;
use crate::spec::ValidJobSpec;
use crate::store::{StoreError, TrialRow};

/// Trials as JSON.
pub async fn json(
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

/// Trials as CSV.
pub async fn csv(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let make = |evaluated: &Evaluated| Format::Csv.bytes(tables::trials(evaluated));
    let bytes = with_evaluation(&service, id, make).await?;
    Ok(results::attachment(bytes, &format!("{id}-trials.csv")))
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
