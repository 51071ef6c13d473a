//! Probes and the version.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::extract::{NoParameters, Query};
use super::{Problem, Service};
use crate::science::trial::NUMERIC_PROFILE;

/// What a probe sees when all is well.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
}

/// Which program answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Version {
    /// Version of bitgauge.
    pub version: &'static str,
    /// Arithmetic of the reports: equal profiles give equal digests.
    pub numeric_profile: &'static str,
    /// Version of the `SQLite` library.
    pub sqlite: String,
}

/// `GET /livez`: the process answers.
pub async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// `GET /readyz`: the store answers and the server is not stopping.
pub async fn ready(State(service): State<Service>) -> Result<Json<Health>, Problem> {
    if *service.stopping.borrow() {
        return Err(Problem::overloaded("the server is stopping"));
    }
    service.store.ping().await?;
    Ok(Json(Health { status: "ok" }))
}

/// `GET /v1/version`.
pub async fn version(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Version>, Problem> {
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION"),
        numeric_profile: NUMERIC_PROFILE,
        sqlite: service.store.sqlite_version().to_owned(),
    }))
}
