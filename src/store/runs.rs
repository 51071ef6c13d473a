//! Runs: which trials are of one spec, in whatever job, and which ended before a job was accepted.

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::outcome::Digest;
use crate::spec::search::Probe;
use crate::work::Lease;

impl Transaction<'_> {
    /// Notes what a trial that ended has run, and whether its like had ended in another job before
    /// this trial's job was accepted.
    pub(super) async fn note_run(&mut self, lease: Lease, run: &Digest) -> Result<(), StoreError> {
        let is_again: bool =
            sqlx::query_scalar("select run_digest is not null from trials where job = ?1 and number = ?2")
                .bind(lease.job.to_string())
                .bind(lease.number)
                .fetch_one(&mut *self.connection)
                .await?;
        sqlx::query("update trials set run_digest = ?3, ended_ms = ?4 where job = ?1 and number = ?2")
            .bind(lease.job.to_string())
            .bind(lease.number)
            .bind(run.as_str())
            .bind(self.now_ms)
            .execute(&mut *self.connection)
            .await?;
        // a trial that failed and was tried again counts once
        if is_again {
            return Ok(());
        }
        sqlx::query(
            "update jobs set known_before = known_before + 1 where id = ?1 and (exists (
                 select 1 from trials where run_digest = ?2 and job <> ?1 and ended_ms <= jobs.created_ms
             ) or exists (select 1 from deleted_runs where run_digest = ?2 and ended_ms <= jobs.created_ms))",
        )
        .bind(lease.job.to_string())
        .bind(run.as_str())
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Digest of what a trial runs: data, network, training, estimators, seed and replicate. `None`
    /// where this version does not read it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn run_digest(&self, lease: Lease) -> Result<Option<Digest>, StoreError> {
        let Ok(spec) = self.spec(lease.job).await? else { return Ok(None) };
        let trial = if spec.search().is_some() {
            let point: Option<String> =
                sqlx::query_scalar("select point from trials where job = ? and number = ?")
                    .bind(lease.job.to_string())
                    .bind(lease.number)
                    .fetch_optional(&self.readers)
                    .await?
                    .flatten();
            let probe: Option<Probe> = point.and_then(|json| serde_json::from_str(&json).ok());
            probe.and_then(|probe| spec.trial_at(&probe))
        } else {
            Some(spec.trial(lease.number))
        };
        Ok(trial.and_then(|trial| Some(Digest::of(serde_json::to_string(&trial).ok()?.as_bytes()))))
    }
}
