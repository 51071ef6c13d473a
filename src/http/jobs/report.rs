//! `GET /v1/jobs/{id}/report.html`: everything about a job in one file.

use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::table::origin;
use super::view::timestamp;
use super::{find, made, with_evaluation};
use crate::evaluator::Evaluated;
use crate::report::{self, Receipt};
use crate::science::trial::NUMERIC_PROFILE;

/// The file; of a job that runs with the results so far.
pub async fn show(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let certificate = service.store.certificate(NUMERIC_PROFILE).await?;
    let what = format!("report.html {:?}", certificate.as_ref().map(|(_, issued_ms)| issued_ms));
    let mut response = made(&service, id, &headers, &what, async || {
        let row = find(&service, id).await?;
        let certificate = certificate.map(|(json, issued_ms)| {
            serde_json::from_str(&json).map(|certificate| (timestamp(issued_ms), certificate))
        });
        let is_before = row.known_before == 0;
        let sqlite = service.store.sqlite_version().to_owned();
        let make = move |evaluated: &Evaluated| {
            let receipt = Receipt {
                origin: origin(&row, evaluated.spec.common().seed),
                state: row.state.to_string(),
                tags: row.tags.clone(),
                spec: evaluated.spec.document().clone(),
                times: [Some(row.created_ms), row.started_ms, row.finished_ms]
                    .map(|time| time.map(timestamp)),
                claims_before_looking: (row.spec_digest.is_some() && row.claims > 0).then_some(is_before),
                certificate: certificate.transpose().unwrap_or_default(),
                machine: machine(&sqlite),
            };
            report::html(evaluated, &receipt).into_bytes()
        };
        Ok(("text/html; charset=utf-8", with_evaluation(&service, id, make).await?))
    })
    .await?;
    let policy = format!("{}; frame-ancestors 'none'", report::policy());
    let policy = HeaderValue::try_from(policy).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

fn machine(sqlite: &str) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{os} on {arch}, {cores} cores; SQLite {sqlite}")
}
