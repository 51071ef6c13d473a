//! `GET /v1/jobs/{id}/analysis`: what the cells say together.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::super::extract::{JobPath, Query};
use super::super::{Problem, Service};
use super::negotiated::JSON;
use super::{json, made, with_evaluation};
use crate::api::Analysis;
use crate::evaluation::Evaluation;
use crate::evaluator::Evaluated;

/// Analyses what is there; a job that runs is analysed as far as it is.
pub async fn analysis(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(Parameters { curves }): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let make = move |evaluated: &Evaluated| -> Arc<[u8]> {
        if curves == Some(false) {
            return json(&without_curves(evaluated)).into();
        }
        evaluated.analysis(|evaluation| json(&Analysis::from(evaluation)))
    };
    let what = format!("analysis {curves:?}");
    made(&service, id, &headers, &what, async || Ok((JSON, with_evaluation(&service, id, make).await?))).await
}

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Whether each capacity has its whole curve; it has unless stated.
    curves: Option<bool>,
}

/// The analyses with capacities that have no curves.
fn without_curves(evaluation: &Evaluation) -> Analysis<'_> {
    let mut analyses = evaluation.analyses.clone();
    for capacity in &mut analyses.capacity {
        capacity.estimate.curve.clear();
    }
    Analysis { analyses: Cow::Owned(analyses), ..Analysis::from(evaluation) }
}
