//! `GET /v1/jobs/{id}/trials`: every trial with what it reported, in the form that the client accepts.

use std::io;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::page::{PageOf, page};
use super::super::stream::written;
use super::super::tag::Tag;
use super::super::{Problem, Service};
use super::negotiated::{Form, JSON, negotiated};
use super::pages::Pages;
use super::table;
use super::{blocking, find, json, made};
use crate::api::{TrialList, TrialView};
use crate::evaluation::tables::JobTable;
use crate::evaluator::EvaluationError;
use crate::job::JobId;
use crate::spec::ValidJobSpec;
use crate::store::{StoreError, TrialRow};

/// All trials, those that are still to run too.
pub async fn trials(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(Parameters { columns, limit, cursor }): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_page = limit.is_some() || cursor.is_some();
    let asked = page(limit.as_deref(), cursor.as_deref()).map_err(Problem::parameters)?;
    negotiated(&service, id, &headers, JobTable::Trials, table::Parameters { columns }, async || {
        if is_page {
            one_page(&service, id, &headers, asked).await
        } else {
            list(&service, id, &headers).await
        }
    })
    .await
}

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    columns: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Some trials from a number on.
async fn one_page(service: &Service, id: JobId, headers: &HeaderMap, page: PageOf) -> Form {
    let PageOf { limit, from } = page;
    made(service, id, headers, &format!("trials {limit} {from}"), async || {
        let spec = service.store.spec(id).await?.map_err(EvaluationError::from)?;
        let [first, most] = [from, limit].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let (rows, next) = service.store.trials_from(id, first, most, Ok).await?;
        let make = move || {
            let items = rows.into_iter().map(|row| view(&spec, row)).collect::<Result<_, _>>()?;
            Ok::<_, StoreError>(json(&TrialList {
                items,
                next_cursor: Some(next.map(|next| next.to_string())),
            }))
        };
        Ok((JSON, blocking(make).await??))
    })
    .await
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
    Ok(Json(blocking(move || view(&spec, trial)).await??))
}

/// Job and trial in the path.
#[derive(serde::Deserialize)]
pub struct TrialPath {
    id: String,
    number: String,
}

async fn list(service: &Service, id: JobId, headers: &HeaderMap) -> Form {
    let row = find(service, id).await?;
    let tag = Tag::of_job(service, &row, "trials.json").await?;
    if tag.is_known(headers) {
        return Ok(tag.not_modified());
    }
    let spec = service.store.spec(row.id).await?.map_err(EvaluationError::from)?;
    let pages = Pages::of(service, id);
    let body = written(service, move |output| {
        pages.rows(|rows| {
            output.write_all(b"{\"items\":[")?;
            for (i, row) in rows.enumerate() {
                if i > 0 {
                    output.write_all(b",")?;
                }
                let view = view(&spec, row).map_err(io::Error::other)?;
                serde_json::to_writer(&mut *output, &view)?;
            }
            output.write_all(b"]}")
        })
    });
    Ok(tag.on(headers, ([(CONTENT_TYPE, JSON)], body.await?).into_response()))
}

fn view(spec: &ValidJobSpec, row: TrialRow) -> Result<TrialView, StoreError> {
    let outcome = row.outcome()?;
    let (cell, replicate) = outcome.place(spec);
    Ok(TrialView {
        trial: row.number,
        cell,
        replicate,
        state: row.state,
        attempts: row.attempt,
        seconds: row.seconds,
        detail: row.detail,
        digest: outcome.digest,
        reused_from: row.reused_from.clone(),
        report: outcome.report,
    })
}
