//! Runs: which trials are of one spec, in whatever job; which ended before a job was accepted, and
//! whose result serves another.

use super::trials::By;
use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::TrialState;
use crate::outcome::Digest;
use crate::science::trial::{NUMERIC_PROFILE, TrialSpec};
use crate::spec::search::Probe;
use crate::work::{Completed, Completion, Lease};

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
        sqlx::query(
            "update trials set run_digest = ?3, ended_ms = ?4, ended_event = (select last from event_numbers)
             where job = ?1 and number = ?2",
        )
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
            "update jobs set known_before = known_before + 1 where id = ?1 and exists (
                 select 1 from (
                     select ended_event, ended_ms from trials where run_digest = ?2 and job <> ?1
                     union all select ended_event, ended_ms from deleted_runs where run_digest = ?2)
                 where case when jobs.accepted_event is null then ended_ms <= jobs.created_ms
                            else coalesce(ended_event, -1) < jobs.accepted_event end)",
        )
        .bind(lease.job.to_string())
        .bind(run.as_str())
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

/// The stored result of a trial, to be taken for an equal one.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRun {
    /// What was run.
    pub run: Digest,
    /// Job and number of the trial that gave it.
    pub from: String,
    /// How that trial ended.
    pub state: TrialState,
    /// Its report.
    pub report_json: String,
    /// The report's digest.
    pub digest: Digest,
}

impl Transaction<'_> {
    async fn complete_known(&mut self, lease: Lease, known: KnownRun) -> Result<Completed, StoreError> {
        let KnownRun { run, from, state, report_json, digest } = known;
        let completion =
            Completion::Reported { state, report: report_json, digest: Some(digest), seconds: 0.0 };
        let completed = self.complete(lease, completion, By { run: Some(run), worker: None }).await?;
        if completed == Completed::Stored {
            sqlx::query("update trials set reused_from = ?3 where job = ?1 and number = ?2")
                .bind(lease.job.to_string())
                .bind(lease.number)
                .bind(from)
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(completed)
    }
}

/// Digest of what a trial runs: data, network, training, estimators, seed and replicate.
#[must_use]
pub fn digest_of_run(trial: &TrialSpec) -> Option<Digest> {
    Some(Digest::of(serde_json::to_string(trial).ok()?.as_bytes()))
}

impl Store {
    /// The result of an equal trial of this arithmetic, if one is stored that can be repeated.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn known_run(&self, trial: &TrialSpec) -> Result<Option<KnownRun>, StoreError> {
        let Some(run) = digest_of_run(trial) else { return Ok(None) };
        let found: Option<(String, u32, String, String, String)> = sqlx::query_as(
            "select job, number, state, report, digest from trials
             where run_digest = ? and state in ('succeeded', 'diverged') and digest is not null
                   and report ->> '$.numeric_profile' = ?
                   and not exists (select 1 from jobs where id = job and deleted_ms is not null)
             order by ended_ms limit 1",
        )
        .bind(run.as_str())
        .bind(NUMERIC_PROFILE)
        .fetch_optional(&self.readers)
        .await?;
        let Some((job, number, state, report_json, digest)) = found else { return Ok(None) };
        let state = state.parse().map_err(|_| StoreError::Internal("a stored trial state".into()))?;
        let (from, digest) = (format!("{job}/{number}"), Digest::from_text(digest));
        Ok(Some(KnownRun { run, from, state, report_json, digest }))
    }

    /// Ends a trial with the result of an equal one, if the lease still holds.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn complete_known(&self, lease: Lease, known: KnownRun) -> Result<Completed, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.complete_known(lease, known))).await
    }

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
        Ok(trial.as_ref().and_then(digest_of_run))
    }
}
