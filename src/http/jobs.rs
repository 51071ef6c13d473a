//! Jobs: one file for each thing that can be done with them.

pub mod analysis;
pub mod cancel;
pub mod change;
pub mod create;
pub mod delete;
pub mod derive;
pub mod events;
pub mod figure;
mod filter;
pub mod list;
mod negotiated;
mod pages;
pub mod pause;
pub mod report;
pub mod results;
pub mod retry;
pub mod show;
mod submit;
pub mod table;
pub mod trials;
pub mod verify;
pub mod view;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::tag::Tag;
use super::{Problem, Service};
use crate::evaluator::Evaluated;
use crate::job::JobId;
use crate::store::{JobRow, StoreError};

/// Makes something of a job's evaluation, off the threads that serve.
async fn with_evaluation<T: Send + 'static>(
    service: &Service,
    id: JobId,
    make: impl FnOnce(&Evaluated) -> T + Send + 'static,
) -> Result<T, Problem> {
    let evaluated: Arc<Evaluated> = service.evaluator.of(id).await?;
    blocking(move || make(&evaluated)).await
}

/// What `make` makes of a job, with a tag that follows from what is stored: nothing is made for a client
/// that has it. `what` names what was asked for.
async fn made<B: AsRef<[u8]> + Send + 'static>(
    service: &Service,
    id: JobId,
    headers: &HeaderMap,
    what: &str,
    make: impl AsyncFnOnce() -> Result<(&'static str, B), Problem>,
) -> Result<Response, Problem> {
    let row = find(service, id).await?;
    let tag = Tag::of_job(service, &row, what).await?;
    if tag.is_known(headers) {
        return Ok(tag.not_modified());
    }
    let (media_type, body) = make().await?;
    let body = Body::from(Bytes::from_owner(body));
    Ok(tag.on(headers, ([(CONTENT_TYPE, media_type)], body).into_response()))
}

/// The job, or the problem that there is none.
async fn find(service: &Service, id: JobId) -> Result<JobRow, Problem> {
    service.store.job(id).await?.ok_or_else(|| StoreError::NotFound.into())
}

/// Runs what computes on a thread that may.
async fn blocking<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(compute).await.map_err(|_| Problem::internal())
}

/// A value as the bytes of an answer.
fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("wire types are plain data")
}
