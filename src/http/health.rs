//! Probes and the version.

use axum::Json;
use axum::extract::State;
use axum::http::Extensions;

use super::access::TokenKind;
use super::caller::Caller;
use super::extract::{NoParameters, Query};
use super::{Problem, Service};
use crate::api::{CallerAccess, Health, Version};
use crate::science::trial::NUMERIC_PROFILE;

fn ok() -> Health {
    Health { status: "ok".to_owned() }
}

/// `GET /livez`: the process answers.
pub async fn live() -> Json<Health> {
    Json(ok())
}

/// `GET /readyz`: the server takes work and does it. What it says was found out in the background,
/// so that it never waits.
pub async fn ready(State(service): State<Service>) -> Result<Json<Health>, Problem> {
    if *service.stopping.borrow() {
        return Err(Problem::overloaded("the server is stopping"));
    }
    let reasons = (service.readiness)();
    if reasons.is_empty() { Ok(Json(ok())) } else { Err(Problem::not_ready(&reasons)) }
}

/// `GET /v1/version`.
pub async fn version(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
    extensions: Extensions,
) -> Result<Json<Version>, Problem> {
    let access = match Caller::of(&extensions).kind.get() {
        _ if service.store.is_read_only() => CallerAccess::ReadOnlyServer,
        Some(TokenKind::Read) => CallerAccess::ReadOnlyToken,
        _ => CallerAccess::Full,
    };
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        numeric_profile: NUMERIC_PROFILE.to_owned(),
        sqlite: service.store.sqlite_version().to_owned(),
        access,
    }))
}
