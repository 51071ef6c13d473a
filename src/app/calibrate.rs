//! Calibration: the suite through the same path as any job.

use std::time::Instant;

use anyhow::ensure;

use super::App;
use crate::calibration::{Case, Certificate, suite};
use crate::job::{JobId, JobState};
use crate::science::trial::NUMERIC_PROFILE;
use crate::spec::ValidJobSpec;

impl App {
    /// Runs the suite, tells `progress` what each case gave, and stores the
    /// certificate.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn calibrate(&self, quick: bool, progress: impl Fn(&Case)) -> anyhow::Result<Certificate> {
        let start = Instant::now();
        let cases: Vec<Case> = suite().into_iter().filter(|case| case.quick || !quick).collect();
        let mut jobs = Vec::new();
        for case in &cases {
            jobs.push(self.submit_case(case).await?);
        }
        let mut rows = Vec::new();
        for (case, id) in cases.iter().zip(jobs) {
            let row = self.store.ended(id).await?;
            progress(case);
            if row.state == JobState::Succeeded {
                rows.extend(case.rows(&*self.evaluator.of(id).await?));
            } else {
                rows.extend(case.failed());
            }
        }
        let certificate = Certificate {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            numeric_profile: NUMERIC_PROFILE.to_owned(),
            quick,
            met: rows.iter().all(|row| row.met),
            seconds: start.elapsed().as_secs_f64(),
            rows,
        };
        let json = serde_json::to_string(&certificate)?;
        self.store.save_certificate(certificate.numeric_profile.clone(), json).await?;
        Ok(certificate)
    }

    async fn submit_case(&self, case: &Case) -> anyhow::Result<JobId> {
        let mut document = case.spec.clone();
        document["name"] = case.name.into();
        document["tags"] = vec!["calibration"].into();
        let spec = ValidJobSpec::of_document(document, &self.limits());
        ensure!(spec.is_ok(), "{}: {:?}", case.name, spec.err());
        self.submit(&spec?).await
    }
}
