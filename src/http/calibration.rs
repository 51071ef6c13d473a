//! `GET /v1/calibration`: how well the instrument meets numbers that are known.

use axum::Json;
use axum::extract::State;

use super::extract::{NoParameters, Query};
use super::jobs::view::timestamp;
use super::{Problem, Service};
use crate::api::IssuedCertificate;
use crate::science::trial::NUMERIC_PROFILE;

/// Shows the certificate.
pub async fn show(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<IssuedCertificate>, Problem> {
    let stored = service.store.certificate(NUMERIC_PROFILE).await?;
    let Some((json, issued_ms)) = stored else {
        return Err(Problem::not_found(
            "this data directory holds no certificate of this build: stop the server and run `bitgauge calibrate --data-dir`",
        ));
    };
    let certificate = serde_json::from_str(&json).map_err(|_| Problem::internal())?;
    Ok(Json(IssuedCertificate { issued_at: timestamp(issued_ms), certificate }))
}
