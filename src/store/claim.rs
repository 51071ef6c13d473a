//! Claims: who may run a trial, with how much memory.

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::{Event, JobId, JobState};
use crate::work::Lease;

/// A trial that somebody may now run.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedTrial {
    /// The right to run it.
    pub lease: Lease,
    /// How often it was claimed and not given back.
    pub attempt: i64,
    /// Steps of the checkpoint that an earlier claim left, if there is one.
    pub checkpoint_step: Option<i64>,
    /// What a search wants it for.
    pub point_json: Option<String>,
    /// Whether it is run again to be compared with what was stored.
    pub is_verification: bool,
    /// The first trial of the queue, where it needs more memory than was asked for.
    pub passed_over: Option<(JobId, u32)>,
}

impl Transaction<'_> {
    async fn claim(
        &mut self,
        worker: &str,
        lease_ms: i64,
        room: i64,
    ) -> Result<Option<ClaimedTrial>, StoreError> {
        self.requeue_expired().await?;
        let first: Option<(String, u32, bool)> = sqlx::query_as(
            "select job, number, coalesce(bytes, 0) > ? from trials where state = 'queued'
             order by rank, number, job limit 1",
        )
        .bind(room)
        .fetch_optional(&mut *self.connection)
        .await?;
        let Some((first_job, first_number, is_passed_over)) = first else { return Ok(None) };
        let claimed: Option<(String, u32, i64, i64, Option<i64>, Option<String>, bool)> = sqlx::query_as(
            "update trials
             set state = 'running', epoch = epoch + 1, attempt = attempt + 1, worker = ?1, lease_until_ms = ?2
             where (job, number) =
                 (select job, number from trials where state = 'queued' and coalesce(bytes, 0) <= ?3
                  order by rank, number, job limit 1)
             returning job, number, epoch, attempt, (
                 select step from checkpoints where checkpoints.job = trials.job and checkpoints.number = trials.number), point,
                 expected_digest is not null",
        )
        .bind(worker)
        .bind(self.now_ms + lease_ms)
        .bind(room)
        .fetch_optional(&mut *self.connection)
        .await?;
        let Some((job, number, epoch, attempt, checkpoint_step, point_json, is_verification)) = claimed
        else {
            return Ok(None);
        };
        let is_first: bool = sqlx::query_scalar("select started_ms is null from jobs where id = ?")
            .bind(&job)
            .fetch_one(&mut *self.connection)
            .await?;
        sqlx::query(
            "update jobs set queued = queued - 1, running = running + 1, state = 'running',
                             started_ms = coalesce(started_ms, ?2)
             where id = ?1",
        )
        .bind(&job)
        .bind(self.now_ms)
        .execute(&mut *self.connection)
        .await?;
        let job: JobId = job.parse().map_err(|_| StoreError::Internal("job id of a trial".into()))?;
        if is_first {
            self.record(job, &Event::Started { state: JobState::Running }).await?;
        }
        let lease = Lease { job, number, epoch };
        let passed_over = match first_job.parse() {
            Ok(first_job) if is_passed_over => Some((first_job, first_number)),
            _ => None,
        };
        Ok(Some(ClaimedTrial { lease, attempt, checkpoint_step, point_json, is_verification, passed_over }))
    }

    async fn put_back_large(&mut self, lease: Lease, bytes: i64) -> Result<(), StoreError> {
        sqlx::query("update trials set bytes = ?3 where job = ?1 and number = ?2")
            .bind(lease.job.to_string())
            .bind(lease.number)
            .bind(bytes)
            .execute(&mut *self.connection)
            .await?;
        self.put_back(lease, true).await
    }
}

impl Store {
    /// Claims the next trial: low numbers first across all jobs.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn claim(&self, worker: &str, lease_ms: i64) -> Result<Option<ClaimedTrial>, StoreError> {
        self.claim_within(worker, lease_ms, u64::MAX).await
    }

    /// Claims the next trial that is not known to need more bytes of memory than these.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn claim_within(
        &self,
        worker: &str,
        lease_ms: i64,
        room: u64,
    ) -> Result<Option<ClaimedTrial>, StoreError> {
        let (worker, room) = (worker.to_owned(), i64::try_from(room).unwrap_or(i64::MAX));
        self.writer
            .run(move |transaction| Box::pin(async move { transaction.claim(&worker, lease_ms, room).await }))
            .await
    }

    /// Gives a claimed trial back that needs more memory than its worker has room for, and notes how
    /// many bytes.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn release_large(&self, lease: Lease, bytes: u64) -> Result<(), StoreError> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.writer.run(move |transaction| Box::pin(transaction.put_back_large(lease, bytes))).await
    }
}
