//! Calibration from the command line: the suite through the same path as any job.

use anyhow::{Context, bail};

use super::App;
use crate::calibration::Certificate;
use crate::certification;
use crate::job::CalibrationState;
use crate::science::trial::NUMERIC_PROFILE;
use crate::store::Begun;

impl App {
    /// Runs the suite, tells `progress` the name of each case that ended, and returns the stored
    /// certificate. One that was interrupted goes on, if it is of the same suite.
    ///
    /// # Errors
    /// When the store cannot be used, or the calibration was cancelled.
    pub async fn calibrate(&self, quick: bool, progress: impl Fn(&str)) -> anyhow::Result<Certificate> {
        let calibration = loop {
            match certification::begin(&self.store, quick).await? {
                Begun::Running(other) if other.quick != quick => {
                    self.store.cancel_calibration(other.number).await?;
                }
                Begun::New(row) | Begun::Running(row) => break row,
            }
        };
        for (job, case) in self.store.jobs_of_calibration(calibration.number).await? {
            self.store.ended(job).await?;
            progress(case.split_once(' ').map_or(case.as_str(), |(_, name)| name));
        }
        certification::conclude(&self.store, &self.evaluator).await?;
        let calibration = self.store.calibration().await?.context("the calibration is gone")?;
        if calibration.state != CalibrationState::Succeeded {
            bail!("the calibration was cancelled");
        }
        let (json, _) = self.store.certificate(NUMERIC_PROFILE).await?.context("no certificate")?;
        Ok(serde_json::from_str(&json)?)
    }
}
