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

fn id(job: &str) -> Result<JobId, StoreError> {
    job.parse().map_err(|_| StoreError::Internal("job id of a trial".into()))
}

impl Transaction<'_> {
    async fn claim(
        &mut self,
        worker: &str,
        lease_ms: i64,
        room: i64,
    ) -> Result<Option<ClaimedTrial>, StoreError> {
        self.requeue_expired().await?;
        let (next, passed_over) = self.next_trial(room).await?;
        let Some(next) = next else { return Ok(None) };
        let claimed: (i64, i64, Option<i64>, Option<String>, bool) = sqlx::query_as(
            "update trials
             set state = 'running', epoch = epoch + 1, attempt = attempt + 1, worker = ?3, lease_until_ms = ?4,
                 not_before_ms = null
             where job = ?1 and number = ?2
             returning epoch, attempt, (
                 select step from checkpoints where checkpoints.job = trials.job and checkpoints.number = trials.number),
                 point, expected_digest is not null",
        )
        .bind(&next.job)
        .bind(next.number)
        .bind(worker)
        .bind(self.running_ms + lease_ms)
        .fetch_one(&mut *self.connection)
        .await?;
        let (epoch, attempt, checkpoint_step, point_json, is_verification) = claimed;
        let is_first: bool = sqlx::query_scalar("select started_ms is null from jobs where id = ?")
            .bind(&next.job)
            .fetch_one(&mut *self.connection)
            .await?;
        sqlx::query(
            "update jobs set queued = queued - 1, running = running + 1, state = 'running',
                             started_ms = coalesce(started_ms, max(?2, created_ms)),
                             served_seconds = served_seconds + trial_seconds
             where id = ?1",
        )
        .bind(&next.job)
        .bind(self.now_ms)
        .execute(&mut *self.connection)
        .await?;
        let job = id(&next.job)?;
        if is_first {
            self.record(job, &Event::Started { state: JobState::Running }).await?;
        }
        let lease = Lease { job, number: next.number, epoch };
        let passed_over = passed_over.map(|first| Ok::<_, StoreError>((id(&first.job)?, first.number)));
        let passed_over = passed_over.transpose()?;
        Ok(Some(ClaimedTrial { lease, attempt, checkpoint_step, point_json, is_verification, passed_over }))
    }

    async fn put_back_large(&mut self, lease: Lease, bytes: i64) -> Result<(), StoreError> {
        sqlx::query("update trials set bytes = ?3 where job = ?1 and number = ?2")
            .bind(lease.job.to_string())
            .bind(lease.number)
            .bind(bytes)
            .execute(&mut *self.connection)
            .await?;
        self.charge(&lease.job.to_string(), 0.0).await?;
        self.put_back(lease, true).await
    }
}

impl Store {
    /// Claims the next trial: of the highest priority, in turns of the oldest job and of the one that
    /// has had the least time.
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
