//! `GET /v1/calibration`: how well the instrument meets numbers that are known. `POST` measures
//! them, with the workers of the server, behind the jobs that people submitted.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use super::body::read_or_default;
use super::extract::{NoParameters, OptionalBody, Query};
use super::jobs::view::timestamp;
use super::{Problem, Service};
use crate::api::{Calibration, CalibrationLinks, CalibrationRequest, IssuedCertificate, Progress};
use crate::certification;
use crate::job::CalibrationState;
use crate::science::trial::NUMERIC_PROFILE;
use crate::store::{Begun, CalibrationRow};

const RUN: &str = "/v1/calibration/run";

/// Shows the certificate.
pub async fn show(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<IssuedCertificate>, Problem> {
    let stored = service.store.certificate(NUMERIC_PROFILE).await?;
    let Some((json, issued_ms)) = stored else {
        return Err(Problem::not_found(
            "this data directory holds no certificate of this build: POST /v1/calibration makes one",
        ));
    };
    let certificate = serde_json::from_str(&json).map_err(|_| Problem::internal())?;
    Ok(Json(IssuedCertificate { issued_at: timestamp(issued_ms), certificate }))
}

/// Begins a calibration; the one that runs already is the answer, if there is one.
pub async fn begin(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
    OptionalBody(body): OptionalBody,
) -> Result<Response, Problem> {
    let CalibrationRequest { quick } = read_or_default(&body)?;
    let store = service.store.clone();
    // a task of its own: a client that leaves cannot cut it in half
    let begun = tokio::spawn(async move { certification::begin(&store, quick).await });
    let (status, row) = match begun.await.map_err(|_| Problem::internal())?? {
        Begun::New(row) => (StatusCode::ACCEPTED, row),
        Begun::Running(row) => (StatusCode::OK, row),
    };
    Ok((status, [(LOCATION, RUN)], Json(view(&service, &row))).into_response())
}

/// Shows the newest calibration.
pub async fn run(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Calibration>, Problem> {
    let newest = service.store.calibration().await?;
    newest.map(|row| Json(view(&service, &row))).ok_or_else(none)
}

/// Cancels the calibration that runs; once more changes nothing.
pub async fn cancel(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Calibration>, Problem> {
    let newest = service.store.calibration().await?.ok_or_else(none)?;
    let store = service.store.clone();
    let cancelled = tokio::spawn(async move { store.cancel_calibration(newest.number).await });
    let row = cancelled.await.map_err(|_| Problem::internal())??.ok_or_else(none)?;
    if row.state == CalibrationState::Succeeded {
        let detail = "no calibration runs: the last one has succeeded";
        return Err(Problem::new(StatusCode::CONFLICT, "already-ended", detail));
    }
    Ok(Json(view(&service, &row)))
}

fn none() -> Problem {
    Problem::not_found("there was no calibration yet: POST /v1/calibration begins one")
}

fn view(service: &Service, row: &CalibrationRow) -> Calibration {
    Calibration {
        number: row.number,
        quick: row.quick,
        state: row.state,
        jobs: row.jobs,
        jobs_ended: row.jobs_ended,
        trials: row.trials,
        trials_ended: row.trials_ended,
        progress: progress(row, service.store.clock().now_ms()),
        created_at: timestamp(row.created_ms),
        finished_at: row.finished_ms.map(timestamp),
        links: CalibrationLinks {
            itself: RUN.to_owned(),
            jobs: "/v1/jobs?kind=calibration".to_owned(),
            cancel: "/v1/calibration/cancel".to_owned(),
            certificate: "/v1/calibration".to_owned(),
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and times are far below 2^53")]
fn progress(row: &CalibrationRow, now_ms: i64) -> Progress {
    if row.state != CalibrationState::Running {
        return Progress { fraction: 1.0, eta_seconds: None };
    }
    let fraction = row.trials_ended as f64 / row.trials.max(1) as f64;
    let elapsed = (now_ms - row.created_ms).max(0) as f64 / 1000.0;
    let eta_seconds = (fraction > 0.0).then(|| elapsed * (1.0 - fraction) / fraction);
    Progress { fraction, eta_seconds }
}
