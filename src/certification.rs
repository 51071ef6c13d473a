//! Certification: runs the suite of known answers as jobs of a store, and issues the certificate
//! when all of them have ended. Knows neither HTTP nor who runs trials.

use std::collections::BTreeMap;

use crate::calibration::{Case, Certificate, suite};
use crate::evaluator::Evaluator;
use crate::job::{CalibrationState, JobState};
use crate::science::trial::NUMERIC_PROFILE;
use crate::spec::ValidJobSpec;
use crate::spec::admission::Limits;
use crate::store::{Begun, CalibrationRow, NewCalibration, NewJob, Store, StoreError};

/// Version of this build.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stores the suite's jobs as a calibration, unless one runs.
///
/// # Errors
/// When the store cannot be used.
pub async fn begin(store: &Store, quick: bool) -> Result<Begun, StoreError> {
    if let Some(row) = store.calibration().await?
        && row.state == CalibrationState::Running
    {
        return Ok(Begun::Running(row));
    }
    let now_ms = store.clock().now_ms();
    let jobs = tokio::task::spawn_blocking(move || jobs(quick, now_ms)).await;
    let jobs = jobs.map_err(|error| StoreError::Internal(format!("a case of the suite: {error}")))?;
    let (version, numeric_profile) = (VERSION.to_owned(), NUMERIC_PROFILE.to_owned());
    store.begin_calibration(NewCalibration { quick, version, numeric_profile, jobs }).await
}

/// Issues the certificate of the calibration that runs, if all its jobs have ended. One that can
/// have no certificate any more is cancelled.
///
/// # Errors
/// When the store cannot be used.
pub async fn conclude(store: &Store, evaluator: &Evaluator) -> Result<(), StoreError> {
    let Some(row) = store.calibration().await? else { return Ok(()) };
    if row.state != CalibrationState::Running {
        return Ok(());
    }
    let is_of_this_build = row.version == VERSION && row.numeric_profile == NUMERIC_PROFILE;
    if !is_of_this_build || row.jobs_left < row.jobs || row.jobs_cancelled > 0 {
        tracing::warn!(calibration = row.number, "a calibration is cancelled: it lost a job or its build");
        store.cancel_calibration(row.number).await?;
    } else if row.jobs_ended == row.jobs {
        let certificate = certificate(store, evaluator, &row).await?;
        let json =
            serde_json::to_string(&certificate).map_err(|error| StoreError::Internal(error.to_string()))?;
        store.issue_certificate(row.number, certificate.numeric_profile, json).await?;
    }
    Ok(())
}

/// The cases with what tells them apart: several may have one name.
fn cases(quick: bool) -> impl Iterator<Item = (String, Case)> {
    let chosen = suite().into_iter().filter(move |case| case.quick || !quick);
    chosen.enumerate().map(|(place, case)| (format!("{place:03} {}", case.name), case))
}

fn jobs(quick: bool, now_ms: i64) -> Vec<(String, NewJob)> {
    let job = |(key, case): (String, Case)| {
        let mut document = case.spec;
        document["name"] = case.name.into();
        document["tags"] = vec!["calibration"].into();
        // what is to be checked is measured, not remembered
        document["reuse"] = false.into();
        let spec = ValidJobSpec::of_document(document, &Limits::default())
            .expect("anyone could submit any case of the suite: a test holds it");
        (key, NewJob::of(&spec, now_ms, None))
    };
    cases(quick).map(job).collect()
}

async fn certificate(
    store: &Store,
    evaluator: &Evaluator,
    calibration: &CalibrationRow,
) -> Result<Certificate, StoreError> {
    let jobs = store.jobs_of_calibration(calibration.number).await?;
    let jobs: BTreeMap<_, _> = jobs.into_iter().map(|(id, case)| (case, id)).collect();
    let mut rows = Vec::new();
    for (key, case) in cases(calibration.quick) {
        let job = match jobs.get(&key) {
            Some(id) => store.job(*id).await?,
            None => None,
        };
        let evaluated = match job {
            Some(job) if job.state == JobState::Succeeded => evaluator.of(job.id).await.ok(),
            _ => None,
        };
        rows.extend(evaluated.map_or_else(|| case.failed(), |evaluated| case.rows(&evaluated)));
    }
    #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53")]
    let seconds = (store.clock().now_ms() - calibration.created_ms).max(0) as f64 / 1000.0;
    Ok(Certificate {
        version: calibration.version.clone(),
        numeric_profile: calibration.numeric_profile.clone(),
        quick: calibration.quick,
        met: rows.iter().all(|row| row.met),
        seconds,
        rows,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_has_a_job_of_its_own() {
        for quick in [true, false] {
            let keys: BTreeSet<String> = cases(quick).map(|(key, _)| key).collect();
            assert_eq!(keys.len(), cases(quick).count());
        }
    }
}
