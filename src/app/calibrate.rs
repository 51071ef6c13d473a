//! Calibration: the suite through the same path as any job.

use std::time::Instant;

use anyhow::{Context, ensure};

use super::App;
use crate::job::admission::Limits;
use crate::job::analysis::analyze;
use crate::job::calibration::{Case, Certificate, suite};
use crate::job::results::results;
use crate::job::{JobId, JobState, ValidJobSpec};
use crate::science::trial::NUMERIC_PROFILE;
use crate::store::{Created, JobRow, NewJob, TrialRow};

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
            jobs.push(self.submit(case).await?);
        }
        let mut rows = Vec::new();
        for (case, (id, spec)) in cases.iter().zip(&jobs) {
            let row = self.ended(*id).await?;
            progress(case);
            if row.state != JobState::Succeeded {
                rows.extend(case.failed());
                continue;
            }
            let trials = self.store.trials(*id).await?;
            let outcomes = trials.iter().map(TrialRow::outcome).collect::<Result<Vec<_>, _>>()?;
            rows.extend(case.rows(&results(spec, &outcomes), &analyze(spec, &outcomes)));
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

    async fn submit(&self, case: &Case) -> anyhow::Result<(JobId, ValidJobSpec)> {
        let mut spec = case.spec.clone();
        spec["name"] = case.name.into();
        spec["tags"] = vec!["calibration"].into();
        let spec = ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default());
        let spec = spec.map_err(|rejection| anyhow::anyhow!("{}: {rejection}", case.name))?;
        let new = NewJob::of(&spec, self.store.clock().now_ms(), None);
        let (Created::New(row) | Created::Replayed(row)) = self.store.create_job(new).await?;
        Ok((row.id, spec))
    }

    /// Waits until a job has ended.
    async fn ended(&self, id: JobId) -> anyhow::Result<JobRow> {
        let mut happened = self.store.subscribe();
        loop {
            let row = self.store.job(id).await?.context("a job of the suite is gone")?;
            ensure!(row.counts.trials > 0, "a job without trials");
            if row.state.is_terminal() {
                return Ok(row);
            }
            // or too much happened at once: look again
            let _ = happened.recv().await;
        }
    }
}
