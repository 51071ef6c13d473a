//! `GET /v1/jobs/{id}/analysis`: what the cells say together.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::super::extract::{JobPath, Query};
use super::super::{Problem, Service};
use super::negotiated::JSON;
use super::{json, made, with_evaluation};
use crate::evaluation::Analysis;
use crate::evaluator::{Evaluated, Evaluator};
use crate::store::DocumentPart;

/// Analyses what is there; a job that runs is analysed as far as it is.
pub async fn analysis(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(Parameters { curves }): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let part = if curves == Some(false) { DocumentPart::Outline } else { DocumentPart::Analysis };
    let make = move |evaluated: &Evaluated| -> Arc<[u8]> {
        if part == DocumentPart::Outline {
            return json(&Analysis::without_curves(evaluated)).into();
        }
        evaluated.analysis(|evaluation| json(&Analysis::from(evaluation)))
    };
    let what = format!("analysis {curves:?}");
    made(&service, id, &headers, &what, async || {
        let stored = service.store.stored_document(id, Evaluator::VERSION, part).await?;
        let body = match stored {
            Some(text) => text.into(),
            None => with_evaluation(&service, id, make).await?,
        };
        Ok((JSON, body))
    })
    .await
}

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Whether each capacity has its whole curve; it has unless stated.
    curves: Option<bool>,
}
