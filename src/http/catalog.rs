//! `GET /v1/catalog`, `/v1/presets` and `/v1/schemas/job.json`: what a spec may say, and
//! those that come with the binary.

use std::sync::OnceLock;

use axum::http::HeaderMap;
use axum::response::Response;

use super::Problem;
use super::extract::{NoParameters, Query};
use super::tag::tagged;
use crate::catalog::catalog;
use crate::presets::{PRESETS, Preset, PresetList, PresetView};

/// Every kind of every family, and every quantity.
pub async fn show(
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    static BODY: OnceLock<String> = OnceLock::new();
    let body = BODY.get_or_init(|| serde_json::to_string(&catalog()).expect("the catalogue is plain data"));
    Ok(tagged(&headers, "application/json", body.as_str()))
}

/// Every preset with its question, what it measures and what it costs.
pub async fn presets(
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    static BODY: OnceLock<String> = OnceLock::new();
    let make = || {
        let presets: Vec<PresetView> = PRESETS.iter().map(Preset::view).collect();
        serde_json::to_string(&PresetList { presets }).expect("presets are plain data")
    };
    let body = tokio::task::spawn_blocking(move || BODY.get_or_init(make)).await;
    let body = body.map_err(|_| Problem::internal())?;
    Ok(tagged(&headers, "application/json", body.as_str()))
}

/// JSON schema of a job spec.
pub async fn job_schema(
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    static BODY: OnceLock<String> = OnceLock::new();
    let body = BODY.get_or_init(|| {
        let schema = schemars::schema_for!(crate::spec::JobSpec);
        serde_json::to_string(&schema).expect("a schema is JSON")
    });
    Ok(tagged(&headers, "application/schema+json", body.as_str()))
}
