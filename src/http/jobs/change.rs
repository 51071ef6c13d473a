//! `PATCH /v1/jobs/{id}`: name, tags, notes and priority.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::super::extract::{JobPath, NoParameters, PatchBody, Query};
use super::super::tag::{Expected, tagged};
use super::super::{Problem, Service};
use super::show::body_of;
use super::{blocking, find};
use crate::job::Priority;
use crate::spec::labels::{name_faults, notes_faults, tags_faults};
use crate::spec::{Fault, json};
use crate::store::Labels;

/// Changes what a job is called; its spec stays.
pub async fn change(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    PatchBody(body): PatchBody,
) -> Result<Response, Problem> {
    let labels = blocking(move || read(&body)).await??;
    let seen = match Expected::of(&headers) {
        Some(expected) => {
            let row = find(&service, id).await?;
            if !expected.admits(&body_of(&service, &row)?) {
                return Err(changed_meanwhile());
            }
            Some(row)
        }
        None => None,
    };
    let store = service.store.clone();
    let labelled = tokio::spawn(async move { store.label_job(id, labels, seen).await });
    let row = labelled.await.map_err(|_| Problem::internal())??.ok_or_else(changed_meanwhile)?;
    let body = body_of(&service, &row)?;
    // the answer is new whatever the client has
    Ok(tagged(&HeaderMap::new(), "application/json", body))
}

fn changed_meanwhile() -> Problem {
    let detail = "the job is not any more as If-Match says: GET it again";
    Problem::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", detail)
}

fn read(body: &[u8]) -> Result<Labels, Problem> {
    let document = json::parse(body).map_err(Problem::invalid_json)?;
    let (mut labels, mut faults) = (Labels::default(), Vec::new());
    let Value::Object(fields) = document else {
        return Err(Problem::invalid_body(vec![Fault::new("", "must be an object")]));
    };
    for (field, value) in fields {
        match field.as_str() {
            "name" => match text(value) {
                Some(name) => faults.extend(name_faults(labels.name.insert(name))),
                None => faults.push(Fault::new("/name", "must be a string or null")),
            },
            "tags" => match tags(value) {
                Some(tags) => faults.extend(tags_faults(labels.tags.insert(tags))),
                None => faults.push(Fault::new("/tags", "must be an array of strings or null")),
            },
            "notes" => match text(value) {
                Some(notes) => faults.extend(notes_faults(labels.notes.insert(notes))),
                None => faults.push(Fault::new("/notes", "must be a string or null")),
            },
            "priority" => match priority(&value) {
                Some(priority) => labels.priority = Some(priority),
                None => faults.push(Fault::new("/priority", format!("must be {PRIORITIES} or null"))),
            },
            _ => {
                let pointer = format!("/{}", field.replace('~', "~0").replace('/', "~1"));
                let detail = "cannot be changed: only name, tags, notes and priority can; POST .../clone makes a job with another spec";
                faults.push(Fault::new(pointer, detail));
            }
        }
    }
    if faults.is_empty() { Ok(labels) } else { Err(Problem::invalid_body(faults)) }
}

/// `null` clears.
fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        _ => None,
    }
}

const PRIORITIES: &str = "background, normal, high";

/// `null` makes it normal.
fn priority(value: &Value) -> Option<Priority> {
    match value {
        Value::Null => Some(Priority::default()),
        other => other.as_str()?.parse().ok(),
    }
}

fn tags(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
