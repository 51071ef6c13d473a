//! `GET /v1/jobs/{id}/trials` and `.csv`: every trial with what it reported.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::{Whole, results, with_whole};
use crate::job::TrialState;
use crate::job::sweep::Coordinates;
use crate::job::table;
use crate::science::trial::TrialReport;
use crate::store::{StoreError, TrialRow};

/// Every trial, by number.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrialList {
    /// The trials.
    pub items: Vec<TrialView>,
}

/// A trial.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrialView {
    /// Its number in the job.
    pub trial: u32,
    /// Pointer and value of every axis.
    pub cell: Coordinates,
    /// Which independent draw it is; the same in every cell.
    pub replicate: u64,
    /// Where it stands.
    pub state: TrialState,
    /// How often it was started and not given back.
    pub attempts: i64,
    /// How long it took.
    pub seconds: Option<f64>,
    /// Why it failed.
    pub detail: Option<String>,
    /// SHA-256 of its report: equal on every machine.
    pub digest: Option<String>,
    /// What it reported.
    pub report: Option<TrialReport>,
}

/// Trials as JSON.
pub async fn json(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<TrialList>, Problem> {
    let items = with_whole(&service, id, |whole| {
        whole.trials.iter().map(|row| view(whole, row)).collect::<Result<Vec<_>, _>>()
    })
    .await?;
    Ok(Json(TrialList { items }))
}

/// Trials as CSV.
pub async fn csv(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let bytes = with_whole(&service, id, |whole| {
        let digests: Vec<Option<&str>> = whole.trials.iter().map(|row| row.digest.as_deref()).collect();
        Ok(table::trials_csv(&whole.spec, &whole.outcomes()?, &digests))
    })
    .await?;
    Ok(results::attachment(bytes, &format!("{id}-trials.csv")))
}

fn view(whole: &Whole, row: &TrialRow) -> Result<TrialView, StoreError> {
    let outcome = row.outcome()?;
    let (cell, replicate) = whole.spec.place_of(&outcome);
    Ok(TrialView {
        trial: row.number,
        cell,
        replicate,
        state: row.state,
        attempts: row.attempt,
        seconds: row.seconds,
        detail: row.detail.clone(),
        digest: row.digest.clone(),
        report: outcome.report,
    })
}
