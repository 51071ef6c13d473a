//! Jobs that are made from another job: what they take over of its trials.

use serde_json::json;

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::{JobId, Relation};

/// From which job a new one is made, and what it takes over.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The other job.
    pub origin: JobId,
    /// What is taken over of it.
    pub takes: Takes,
}

/// What a job takes over of another one.
#[derive(Debug, Clone, PartialEq)]
pub enum Takes {
    /// Its spec alone, with changes.
    Spec,
    /// Its trials that ended with a report, under the same numbers.
    EndedTrials,
    /// Some of its trials, to be run again.
    TrialsAgain {
        /// Their numbers.
        numbers: Vec<u32>,
        /// What is left out, as JSON.
        left_out_json: String,
    },
}

impl Derived {
    /// How the job is made.
    #[must_use]
    pub const fn relation(&self) -> Relation {
        match self.takes {
            Takes::Spec => Relation::Clone,
            Takes::EndedTrials => Relation::Extension,
            Takes::TrialsAgain { .. } => Relation::Verification,
        }
    }

    pub(super) fn again(&self) -> Option<(JobId, &[u32], &str)> {
        match &self.takes {
            Takes::TrialsAgain { numbers, left_out_json } => Some((self.origin, numbers, left_out_json)),
            Takes::Spec | Takes::EndedTrials => None,
        }
    }

    pub(super) fn taken_over_from(&self) -> Option<JobId> {
        (self.takes == Takes::EndedTrials).then_some(self.origin)
    }
}

impl Transaction<'_> {
    /// Trials of the origin, to be run again, with the digests that they must have.
    pub(super) async fn insert_again(
        &mut self,
        job: JobId,
        (origin, numbers, left_out_json): (JobId, &[u32], &str),
    ) -> Result<(), StoreError> {
        let inserted = sqlx::query(
            "insert into trials (job, number, state, epoch, attempt, point, expected_digest)
             select ?1, number, 'queued', 0, 0, point, digest from trials
             where job = ?2 and digest is not null and number in (select value from json_each(?3))",
        )
        .bind(job.to_string())
        .bind(origin.to_string())
        .bind(json!(numbers).to_string())
        .execute(&mut *self.connection)
        .await?;
        if inserted.rows_affected() != numbers.len() as u64 {
            // it was deleted in between
            return Err(StoreError::NotFound);
        }
        sqlx::query("update jobs set left_out = ?2 where id = ?1")
            .bind(job.to_string())
            .bind(left_out_json)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    /// What ended in the origin is not trained again, and was looked at before.
    pub(super) async fn take_over(&mut self, job: JobId, origin: JobId) -> Result<(), StoreError> {
        // a report of the origin may be older than the record of what was run
        sqlx::query(
            "update trials set state = old.state, attempt = old.attempt, report = old.report, digest = old.digest,
                               seconds = old.seconds, run_digest = old.run_digest, ended_ms = old.ended_ms, ended_event = old.ended_event
             from (select * from trials where job = ?2 and state in ('succeeded', 'diverged')) as old
             where trials.job = ?1 and trials.number = old.number",
        )
        .bind(job.to_string())
        .bind(origin.to_string())
        .execute(&mut *self.connection)
        .await?;
        sqlx::query(
            "update jobs set succeeded = taken.succeeded, diverged = taken.diverged, known_before = taken.trials,
                             queued = queued - taken.trials
             from (select count(*) as trials, coalesce(sum(state = 'succeeded'), 0) as succeeded,
                          coalesce(sum(state = 'diverged'), 0) as diverged
                   from trials where job = ?1 and state in ('succeeded', 'diverged')) as taken
             where id = ?1",
        )
        .bind(job.to_string())
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

/// What must be known of a trial to run it again and compare.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TrialDigest {
    /// Its number.
    pub number: u32,
    /// Whether it ended with a report.
    pub has_report: bool,
    /// The report's digest; none of a report that is not reproducible.
    pub digest: Option<String>,
    /// Whether the report is of the arithmetic that was asked for.
    pub is_of_profile: bool,
}

/// A trial of a verification: what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Verified {
    /// Its number, in both jobs.
    pub number: u32,
    /// The digest that it must have.
    pub expected_digest: String,
    /// The digest that it has.
    pub digest: String,
}

impl Store {
    /// Digests of the trials of a job, by number, and whether they are of this arithmetic.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trial_digests(&self, job: JobId, profile: &str) -> Result<Vec<TrialDigest>, StoreError> {
        let rows = sqlx::query_as(
            "select number, report is not null as has_report, digest,
                    coalesce(instr(report, ?2) > 0, 0) as is_of_profile
             from trials where job = ?1 order by number",
        )
        .bind(job.to_string())
        .bind(format!("\"numeric_profile\":\"{profile}\""))
        .fetch_all(&self.readers)
        .await?;
        Ok(rows)
    }

    /// Trials of a verification whose digests differ from before, so many at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn differing(&self, job: JobId, limit: u32) -> Result<Vec<Verified>, StoreError> {
        let rows = sqlx::query_as(
            "select number, expected_digest, digest from trials
             where job = ? and digest <> expected_digest order by number limit ?",
        )
        .bind(job.to_string())
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows)
    }
}
