//! `POST /v1/jobs/{id}/clone` and `/extend`: jobs that are made from another one.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::body::read;
use super::super::extract::{JobPath, OptionalBody, PatchBody, Query};
use super::super::{Problem, Service};
use super::submit::{Parameters, submit};
use super::{blocking, find};
use crate::api::ExtensionRequest;
use crate::spec::admission::Limits;
use crate::spec::patch::merge;
use crate::spec::{Fault, Rejection, ValidJobSpec, json as document};
use crate::store::{Derived, JobRow, Takes};

/// A job with the spec of another one, changed by a merge patch.
pub async fn clone(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    OptionalBody(body): OptionalBody,
) -> Result<Response, Problem> {
    let row = find(&service, id).await?;
    let limits = service.limits;
    let spec = blocking(move || cloned(&row, &body, &limits)).await??;
    submit(&service, spec, parameters, &headers, Some(Derived { origin: id, takes: Takes::Spec })).await
}

/// A job with more replicates than another one, whose ended trials it takes over.
pub async fn extend(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    PatchBody(body): PatchBody,
) -> Result<Response, Problem> {
    let row = find(&service, id).await?;
    if !row.state.is_terminal() {
        let detail = format!("the job is {}: it can be extended when it has ended", row.state);
        return Err(Problem::new(StatusCode::CONFLICT, "not-ended", detail));
    }
    let limits = service.limits;
    let spec = blocking(move || extended(&row, &body, &limits)).await??;
    let derived = Derived { origin: id, takes: Takes::EndedTrials };
    submit(&service, spec, parameters, &headers, Some(derived)).await
}

/// The spec of a job under the name and tags that it has now.
fn spec_of(row: &JobRow) -> Result<Value, Problem> {
    let mut spec: Value = serde_json::from_str(&row.spec_json).map_err(|_| Problem::internal())?;
    spec["name"] = json!(row.name);
    spec["tags"] = json!(row.tags);
    Ok(spec)
}

fn cloned(row: &JobRow, body: &Bytes, limits: &Limits) -> Result<ValidJobSpec, Problem> {
    let mut spec = spec_of(row)?;
    if !body.is_empty() {
        let patch = document::parse(body).map_err(Problem::invalid_json)?;
        if !patch.is_object() {
            let fault = Fault::new("", "a merge patch of a job spec must be an object");
            return Err(Problem::invalid_body(vec![fault]));
        }
        merge(&mut spec, &patch);
    }
    Ok(ValidJobSpec::of_document(spec, limits)?)
}

fn extended(row: &JobRow, body: &Bytes, limits: &Limits) -> Result<ValidJobSpec, Problem> {
    let request: ExtensionRequest = read(body)?;
    let spec = ValidJobSpec::from_stored(&row.spec_json).map_err(|_| Problem::internal())?;
    if spec.search().is_some() {
        let fault = Fault::new(
            "",
            "a search chooses how many replicates it reports: clone it with a smaller search.tolerance or more search.work",
        );
        return Err(Problem::invalid_body(vec![fault]));
    }
    let now = spec.common().seeds;
    let (field, seeds) = match (request.seeds, request.more) {
        (Some(seeds), None) => ("/seeds", seeds),
        (None, Some(more)) => ("/more", now.saturating_add(more)),
        _ => {
            let detail = "must have one of seeds (replicates in all) and more (replicates beyond those that the job has)";
            return Err(Problem::invalid_body(vec![Fault::new("", detail)]));
        }
    };
    if seeds <= now {
        let detail = format!("the job has {now} replicates of each cell: more than that are needed");
        return Err(Problem::invalid_body(vec![Fault::new(field, detail)]));
    }
    let mut document = spec_of(row)?;
    document["seeds"] = json!(seeds);
    let place = |fault: &Fault| match fault.pointer.as_str() {
        "/seeds" => Fault::new(field, fault.detail.clone()),
        _ => fault.clone(),
    };
    ValidJobSpec::of_document(document, limits).map_err(|rejection| {
        Problem::from(Rejection::Invalid(rejection.faults().iter().map(place).collect()))
    })
}
