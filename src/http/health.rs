//! Probes and the version.

use axum::Json;
use axum::extract::State;

use super::extract::{NoParameters, Query};
use super::{Problem, Service};
use crate::api::{Health, Version};
use crate::science::trial::NUMERIC_PROFILE;

fn ok() -> Health {
    Health { status: "ok".to_owned() }
}

/// `GET /livez`: the process answers.
pub async fn live() -> Json<Health> {
    Json(ok())
}

/// `GET /readyz`: the store answers and the server is not stopping.
pub async fn ready(State(service): State<Service>) -> Result<Json<Health>, Problem> {
    if *service.stopping.borrow() {
        return Err(Problem::overloaded("the server is stopping"));
    }
    service.store.ping().await?;
    Ok(Json(ok()))
}

/// `GET /v1/version`.
pub async fn version(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Version>, Problem> {
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        numeric_profile: NUMERIC_PROFILE.to_owned(),
        sqlite: service.store.sqlite_version().to_owned(),
    }))
}
