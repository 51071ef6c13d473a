//! `GET /v1/catalog`, `/v1/presets` and `/v1/schemas/job.json`: what a spec may say, and
//! those that come with the binary.

use std::sync::OnceLock;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::extract::{NoParameters, Query};
use super::tag::tagged;
use super::{Problem, Service};
use crate::catalog::catalog;
use crate::presets::{Extent, PRESETS, Preset, PresetList, PresetView};

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
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    static VIEWS: OnceLock<Vec<PresetView>> = OnceLock::new();
    let machine = (service.machine)();
    let make = move || {
        let views = VIEWS.get_or_init(|| PRESETS.iter().map(Preset::view).collect());
        let presets = views.iter().map(|view| view.clone().on(&machine)).collect();
        serde_json::to_string(&PresetList { presets }).expect("presets are plain data")
    };
    let body = tokio::task::spawn_blocking(make).await.map_err(|_| Problem::internal())?;
    Ok(tagged(&headers, "application/json", body))
}

/// Parameters of one preset.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfForm {
    #[serde(default)]
    extent: Extent,
}

/// One preset, with the spec of one of its forms.
pub async fn preset(
    State(service): State<Service>,
    Path(id): Path<String>,
    Query(OfForm { extent }): Query<OfForm>,
) -> Result<Json<PresetView>, Problem> {
    let preset = Preset::find(&id)
        .ok_or_else(|| Problem::not_found("there is no such preset; GET /v1/presets lists them"))?;
    let machine = (service.machine)();
    let view = tokio::task::spawn_blocking(move || PresetView {
        spec: preset.document(extent),
        ..preset.view().on(&machine)
    });
    Ok(Json(view.await.map_err(|_| Problem::internal())?))
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
